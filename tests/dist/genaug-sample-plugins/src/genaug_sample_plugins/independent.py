"""A generator of tables in a few lines: each column by itself."""

import json

import numpy as np
from safetensors.numpy import load_file, save_file

from genaug import Generator, Sampler
from genaug.data import Samples, SampleSpec
from genaug.errors import DataError


class IndependentGenerator(Generator):
    """Draw each column of a row from the class's training rows, independently of the other columns."""

    name = "independent"
    given_capabilities = frozenset({"class-conditional"})

    def check_usable(self, spec):
        """Refuse what is not a table."""
        if spec.modality != "table":
            raise DataError(f"independent makes rows of tables, not {spec.modality} samples")

    def fit(self, train, context):
        """Keep the training rows."""
        self.check_usable(train.spec)
        return IndependentSampler(train.spec, train.samples.values, train.samples.labels)

    def load(self, folder, context):
        """Read the rows back."""
        tensors = load_file(folder / "rows.safetensors")
        spec = SampleSpec.model_validate(json.loads((folder / "spec.json").read_text(encoding="utf-8")))
        return IndependentSampler(spec, tensors["values"], tensors["labels"])


class IndependentSampler(Sampler):
    """Draw from rows, float64 ``[N, D]``, with their labels."""

    capabilities = frozenset({"class-conditional"})

    def __init__(self, spec, values, labels):
        self.spec, self.values, self.labels = spec, values, labels

    def sample(self, request, rng):
        """Return rows of the class."""
        rows = self.values[self.labels == request.label]
        made = np.stack([rng.choice(column, request.count) for column in rows.T], axis=1)
        return Samples(made, np.full(request.count, request.label, dtype=np.int64))

    def save(self, folder):
        """Write the rows."""
        save_file({"values": self.values, "labels": self.labels}, folder / "rows.safetensors")
        (folder / "spec.json").write_text(self.spec.model_dump_json(), encoding="utf-8")
