"""Training samples with a part that is made anew."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, JsonValue, model_validator

from genaug import Context, Sampler
from genaug.data import DataFacts, Request, SampleSpec, TrainView
from genaug.data.samples import BoolArray, IntArray
from genaug.errors import DataError
from genaug_plugins.strategies import masks
from genaug_plugins.strategies.source_amounts import SourceAmountsStrategy, paired_request


class InpaintStrategy(SourceAmountsStrategy):
    """Request training samples with a part made anew, and the rest kept."""

    name: ClassVar[str] = "inpaint"
    needs: ClassVar[frozenset[str]] = frozenset({"image-to-image", "inpaint"})

    mask: Literal["random", "centre", "salient", "rest", "folder"] = "random"
    """The part that is made anew: a box at a `random` place; a box in the `centre`; the `salient` part, where
    the values change most (edges, not an object's outline as a trained model would find it); the `rest`, all
    but the salient part; or what the masks of a `folder` mark. Of vectors and tables: `random` columns."""
    size: float = Field(default=0.5, gt=0, lt=1)
    """Side of the box, as a share of the sample's; for `salient` and `rest` the share of the sample that is
    salient; for vectors and tables the share of the columns."""
    path: Path | None = None
    """With `folder`: a folder of images, white where new values are made. Each candidate gets one at random,
    scaled to the size of the data."""
    strength: float | None = Field(default=None, gt=0, le=1)
    """How far the new part may be from the old one; None: the generator's default, or 1, all anew, where it
    has the option."""

    @model_validator(mode="after")
    def _folder_is_named(self) -> Self:
        if (self.mask == "folder") != (self.path is not None):
            raise ValueError("`mask: folder` and `path`, the folder of the masks, go together")
        return self

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse texts, and masks that the modality does not have."""
        if spec.modality == "text":
            raise DataError("strategy inpaint: a text has no parts that a mask could mark")
        if self.mask == "folder" and spec.modality != "image":
            raise DataError(f"strategy inpaint: masks of a folder are for images, not {spec.modality}s")
        if self.mask != "random" and spec.modality not in ("image", "signal"):
            raise DataError(
                f"strategy inpaint: the columns of a {spec.modality} have no places, so there is no "
                f"{self.mask!r} part: set `mask: random`"
            )

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Refuse what `check_usable` and the amounts refuse, and a folder without masks."""
        self.check_usable(facts.spec)
        if self.path is not None:
            masks.read_masks(masks.mask_files(self.path), facts.spec.shape[1:])
        return super().check_data(facts)

    def requested_options(self) -> Iterable[Mapping[str, JsonValue]]:
        """Return the options that are known before the generator is."""
        if self.strength is None:
            return super().requested_options()
        return [{**self.options, "strength": self.strength}]

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each class, one sample for each source, with its mask.

        Raises:
            DataError: where the samples have no such part, or a mask cannot be read.
        """
        self.check_usable(train.spec)
        options, model = dict(self.options), sampler.options_model
        if self.strength is not None:
            options["strength"] = self.strength
        elif model is not None and "strength" in model.model_fields:
            options.setdefault("strength", 1.0)
        read = None
        if self.path is not None:
            read = masks.read_masks(masks.mask_files(self.path), train.spec.shape[1:])
        for starts in self.starts(train, rng):
            mask = self._masks(train, starts.rows, read, rng)
            yield paired_request(train, starts.label, starts.rows, options, mask)

    def _masks(
        self, train: TrainView, rows: IntArray, read: BoolArray | None, rng: np.random.Generator
    ) -> BoolArray:
        """Return the masks of the candidates from these training samples, ``[1 or n, …]``."""
        shape = train.spec.shape
        if train.spec.modality not in ("image", "signal"):
            return masks.random_columns(shape[0], self.size, len(rows), rng)
        if read is not None:
            return read[rng.integers(len(read), size=len(rows))]
        if self.mask == "centre":
            return masks.centre_box(shape[1:], self.size)
        if self.mask == "random":
            return masks.random_boxes(shape[1:], self.size, len(rows), rng)
        marked = masks.salient(train.samples.take(rows).values, self.size)
        return marked if self.mask == "salient" else ~marked
