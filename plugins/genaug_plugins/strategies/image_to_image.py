"""Variants of the training samples."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, Field, JsonValue, model_validator

from genaug import Context, Sampler
from genaug.data import Request, TrainView
from genaug_plugins.strategies.source_amounts import SourceAmountsStrategy, paired_request

LADDER = (0.25, 0.5, 0.75, 1.0)
DRAWN_TOGETHER = 8
"""Candidates with the same drawn strength."""

Strength = Annotated[float, Field(gt=0, le=1)]


class ImageToImageStrategy(SourceAmountsStrategy):
    """Request variants of each training sample, at several strengths; their lineage names the sample.

    The samples may be of any modality. For generators without the option `strength` none is set.
    """

    name: ClassVar[str] = "image-to-image"

    strengths: tuple[Strength, ...] | None = Field(default=None, min_length=1)
    """Strengths that are used in turn, each equally often, and by each sample as evenly as the numbers allow;
    1 ignores the sample. None: .25, .5, .75, 1 where the generator has the option."""
    between: tuple[Strength, Strength] | None = None
    """Draw strengths between these two instead, one for eight candidates."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.strengths is not None and self.between is not None:
            raise ValueError("give `strengths` or `between`, not both")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError(
                f"between: the first strength must not be above the second, as {self.between} is"
            )
        if "strength" in self.options:
            raise ValueError("options: strength is set by `strengths`, e.g. `strengths: [0.5]`")
        return self

    def requested_options(self) -> Iterable[Mapping[str, JsonValue]]:
        """Return the options that are known before the generator is."""
        known = self.between or self.strengths
        return super().requested_options() if known is None else [self._options(one) for one in known]

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each class and strength, one sample for each source."""
        rungs = self._rungs(sampler.options_model)
        for starts in self.starts(train, rng):
            if self.between is not None:
                for first in range(0, len(starts.rows), DRAWN_TOGETHER):
                    rows = starts.rows[first : first + DRAWN_TOGETHER]
                    options = self._options(round(float(rng.uniform(*self.between)), 4))
                    yield paired_request(train, starts.label, rows, options)
                continue
            rung = (starts.places + starts.rounds) % len(rungs)
            for number, strength in enumerate(rungs):
                rows = starts.rows[rung == number]
                if len(rows):
                    yield paired_request(train, starts.label, rows, self._options(strength))

    def _rungs(self, model: type[BaseModel] | None) -> tuple[float | None, ...]:
        if self.strengths is not None:
            return self.strengths
        return LADDER if model is not None and "strength" in model.model_fields else (None,)

    def _options(self, strength: float | None) -> dict[str, Any]:
        return dict(self.options) if strength is None else {**self.options, "strength": strength}
