"""Selectors that break exactly one promise."""

import types
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genaug import Candidates, Context, Selector
from genaug.contracts import RankingSelector
from genaug.data import Scores, Selection, TrainView
from genaug.data.stored import StoredSamples


class BrightSelector(Selector):
    """A correct selector: it keeps candidates whose mean is above the training view's."""

    name: ClassVar[str] = "bright"

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        values = candidates.pool.samples.values
        score = values.sum(axis=tuple(range(1, values.ndim))).astype(np.float64)
        mean = train.samples.values.sum() / len(train.samples)
        return self._decided(score, score > mean, "darker than the data")

    def _decided(self, score: NDArray[np.float64], kept: NDArray[np.bool_], why: str) -> Selection:
        return Selection(kept, np.where(kept, "", why), {"brightness": score})


class OtherTypeSelector(BrightSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        made = super().select(candidates, train, context)
        return types.SimpleNamespace(**vars(made))  # type: ignore[return-value]


class UndeclaredSelector(BrightSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        context.features(None, candidates.pool)
        return super().select(candidates, train, context)


class BlankSelector(BrightSelector):
    def _decided(self, score: NDArray[np.float64], kept: NDArray[np.bool_], why: str) -> Selection:
        return super()._decided(score, kept, " ")


class InfiniteSelector(BrightSelector):
    def _decided(self, score: NDArray[np.float64], kept: NDArray[np.bool_], why: str) -> Selection:
        return super()._decided(np.where(kept, np.inf, score), kept, why)


class UnseededSelector(BrightSelector):
    def _decided(self, score: NDArray[np.float64], kept: NDArray[np.bool_], why: str) -> Selection:
        return super()._decided(score + np.random.default_rng().random(len(score)), kept, why)


class FirstComeSelector(BrightSelector):
    def _decided(self, score: NDArray[np.float64], kept: NDArray[np.bool_], why: str) -> Selection:
        return super()._decided(score, np.arange(len(score)) < 5, "came late")


class NeedySelector(BrightSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        if not len(candidates):
            raise ValueError("nothing to choose from")
        return super().select(candidates, train, context)


class SociableSelector(BrightSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        if len(candidates) == 1:
            raise ZeroDivisionError("the spread of one candidate")
        return super().select(candidates, train, context)


class CompleteSelector(BrightSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        if len(candidates) > 1:
            for label in range(train.spec.classes):
                np.flatnonzero(candidates.pool.samples.labels == label)[0]
        return super().select(candidates, train, context)


class MeddlingSelector(BrightSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        selection = super().select(candidates, train, context)
        candidates.pool.samples.values[:] = 0
        return selection


class SeedingSelector(BrightSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        np.random.seed(0)
        return super().select(candidates, train, context)


class HoardingSelector(BrightSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        hidden = isinstance(candidates.pool.samples, StoredSamples)  # it looks at what is in memory
        made = super().select(candidates, train, context)
        return self._decided(made.scores["brightness"], made.kept & (not hidden), "not in memory")


class BrightestSelector(RankingSelector):
    """A correct ranking selector with the decisions of `BrightSelector`."""

    name: ClassVar[str] = "brightest"

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        made = BrightSelector().select(candidates, train, context)
        return Scores(made.kept, made.scores["brightness"], "darker than the data", made.scores)


class GreedySelector(BrightestSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:  # type: ignore[misc]
        unbounded = self.model_copy(update={"max_per_class": None})
        return super(GreedySelector, unbounded).select(candidates, train, context)


class StubbornSelector(BrightestSelector):
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:  # type: ignore[misc]
        unfilled = self.model_copy(update={"min_per_class": 0})
        return super(StubbornSelector, unfilled).select(candidates, train, context)


GOOD = [BrightSelector(), BrightestSelector(), BrightestSelector(max_per_class=3, min_per_class=2)]

BROKEN = {
    "decides_on_each": [OtherTypeSelector()],
    "declares_that_it_reads_features": [UndeclaredSelector()],
    "keeps_reasons": [BlankSelector()],
    "scores_with_numbers": [InfiniteSelector()],
    "selects_the_same_twice": [UnseededSelector()],
    "keeps_the_same_in_any_order": [FirstComeSelector()],
    "copes_with_no_candidates": [NeedySelector()],
    "copes_with_one_candidate": [SociableSelector()],
    "copes_with_a_class_without_candidates": [CompleteSelector()],
    "leaves_its_inputs_alone": [MeddlingSelector()],
    "leaves_global_randomness_alone": [SeedingSelector()],
    "reads_candidates_on_disk": [HoardingSelector()],
    "keeps_at_most_max_per_class": [GreedySelector()],
    "keeps_at_least_min_per_class": [StubbornSelector()],
}
