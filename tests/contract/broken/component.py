"""Components that break exactly one promise of every component."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import ConfigDict, Field, field_serializer

from genaug import Candidates, Context, Selector, Task, Use
from genaug.components.frozen_dict import FrozenDict
from genaug.data import DataFacts, SampleSpec, Selection, TrainView
from genaug.errors import DataError
from genaug.testing.companions import LabelTask


class KeepAllSelector(Selector):
    name: ClassVar[str] = "keep-all"

    share: float = Field(default=0.25, ge=0, le=1)
    """Share that would be kept if it kept less than all."""

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        return Selection(np.ones(len(candidates), dtype=np.bool_), np.full(len(candidates), ""))


class JudgingSelector(KeepAllSelector):
    name: ClassVar[str] = "judging"

    judge: Use[Task] = LabelTask()
    """A component that is not installed, as the parts of a plugin under development are not."""
    more: tuple[Use[Task], ...] = (LabelTask(),)
    """Several of them."""


class FutureSelector(KeepAllSelector):
    contract: ClassVar[int] = 99


class OddlyCalledSelector(KeepAllSelector):
    name: ClassVar[str] = "Keep_All"


class ThawedSelector(KeepAllSelector):
    model_config = ConfigDict(frozen=False)


class ListingSelector(KeepAllSelector):
    names: list[str] | None = None
    """Whose default hides the list."""


class NestedSelector(KeepAllSelector):
    names: tuple[Mapping[str, str], ...] = ({"a": "b"},)
    """A mapping is a dict, wherever it is."""


class NamingSelector(KeepAllSelector):
    names: FrozenDict[str, str] = FrozenDict({"a": "b"})
    """A mapping that stays as it is."""


class SilentSelector(KeepAllSelector):
    strength: float = 1.0


class LenientSelector(KeepAllSelector):
    model_config = ConfigDict(extra="ignore")


class EagerSelector(KeepAllSelector):
    def model_post_init(self, context: Any) -> None:
        Path("cache.txt").write_text("made")


class SeedingSelector(KeepAllSelector):
    def model_post_init(self, context: Any) -> None:
        np.random.seed(0)


class RoundingSelector(KeepAllSelector):
    @field_serializer("share")
    def _rounded(self, share: float) -> float:
        return round(share, 1)


class ShapelessSelector(KeepAllSelector):
    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "object"}


class PresumingSelector(KeepAllSelector):
    def check_usable(self, spec: SampleSpec) -> None:
        assert spec.shape[2] > 0  # which signals and vectors have not


class DividingSelector(KeepAllSelector):
    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        assert facts.train.min() > 1  # a class may have one sample
        return ()


class WordlessSelector(KeepAllSelector):
    def check_data(self, facts: DataFacts) -> Any:
        return (None,)


class PicturesOnlySelector(KeepAllSelector):
    def check_usable(self, spec: SampleSpec) -> None:
        if spec.modality != "image":
            raise DataError("it reads pictures: use another selector")


GOOD = [
    PicturesOnlySelector(),
    KeepAllSelector(),
    KeepAllSelector(share=0.5),
    NamingSelector(),
    JudgingSelector(),
]

BROKEN = {
    "is_of_its_kind": [FutureSelector()],
    "is_called_by_its_entry_point": [OddlyCalledSelector()],
    "refuses_early_what_it_cannot_read": [PresumingSelector()],
    "refuses_early_what_the_numbers_forbid": [DividingSelector(), WordlessSelector()],
    "is_frozen": [ThawedSelector()],
    "has_settings_that_stay_as_they_are": [ListingSelector(), NestedSelector()],
    "describes_its_settings": [SilentSelector()],
    "refuses_unknown_settings": [LenientSelector()],
    "is_made_without_work": [lambda folder: EagerSelector(), lambda folder: SeedingSelector()],
    "comes_back_from_a_dump": [RoundingSelector()],
    "renders_a_schema": [ShapelessSelector()],
}
