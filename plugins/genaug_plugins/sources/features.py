"""A data set in the feature space of an extractor: vectors for generators that work there."""

from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from genaug import Source
from genaug.components.references import Use
from genaug.contracts import Extractor
from genaug.data import Dataset, Samples, SampleSpec
from genaug.errors import DataError


class FeaturesSource(Source):
    """Read another source's samples and return an extractor's features of them as vectors.

    Labels, groups, origins, views, times, targets and problems are kept; the features are float32 `[D]`, each
    column as the extractor gives it. An extractor that is trained is rejected: before the split, it would be
    trained on validation and test samples.
    """

    name: ClassVar[str] = "features"

    source: Use[Source]
    """The source of the samples."""
    extractor: Use[Extractor]
    """The feature space; one that needs no training."""

    @model_validator(mode="after")
    def _learns_nothing(self) -> Self:
        if self.extractor.needs_training:
            raise ValueError(
                f"the extractor {self.extractor.name!r} is trained on training samples; before the split "
                "there are none, and it would use held-out samples: use one that needs no training"
            )
        return self

    def load(self) -> Dataset:
        """Embed all samples, batch by batch, on the CPU.

        Raises:
            DataError: from the source, and where the extractor does not read its samples.
            MissingWeights: from the extractor.
        """
        dataset = self.source.load()
        self.extractor.check_usable(dataset.spec)
        embedder = self.extractor.load(dataset.spec, "cpu")
        batches = dataset.samples.batches(embedder.batch_size)
        parts = [embedder.embed_all(batch.values) for batch in batches]
        if not parts:
            raise DataError(f"the source {self.source.name!r} has no samples")
        features = np.concatenate(parts)
        spec = SampleSpec(
            modality="vector",
            shape=features.shape[1:],
            class_names=dataset.spec.class_names,
            details={
                **{name: text for name, text in dataset.spec.details.items() if name in ("views", "times")},
                "origin": f"features ({self.extractor.name}) of {self.source.name}",
                **{f"extractor.{name}": value for name, value in embedder.record.items()},
            },
        )
        samples = Samples(features, dataset.samples.labels, dataset.samples.targets)
        return replace(dataset, spec=spec, samples=samples, files=None)

    def known_modality(self) -> str:
        """Return `vector`."""
        return "vector"

    def state(self) -> str:
        """Return the state of the source."""
        return self.source.state()
