"""The choice of a contender on the validation view."""

from collections.abc import Mapping
from dataclasses import dataclass

from genaug.data.comparison import EVERYTHING, REAL
from genaug_plugins.evaluation.scoring import Scoring

RULE = (
    "Chosen on the validation view alone, starting with the simplest: real only, then everything, then the "
    "best chain of one selector, of two, and so on. Each replaces the previous choice only if it is better "
    "there by more than one standard error of the paired difference (over seeds and validation samples). So "
    "noise does not decide the choice, and a more complex contender must be clearly better."
)


@dataclass(frozen=True)
class Choice:
    """The chosen contender.

    Attributes:
        name: the recommended contender.
        best: the best one on the validation view.
        behind: difference between the best score and the chosen one on the validation view.
        standard_error: of that difference; 0 where they are the same.
    """

    name: str
    best: str
    behind: float
    standard_error: float


def chosen(validation: Scoring, score: str, lengths: Mapping[str, int]) -> Choice:
    """Choose by `RULE`.

    Args:
        validation: the predictions for the validation view.
        score: the name of the leading score.
        lengths: number of selectors of each chain that has predictions, by the chain's name.
    """
    rank = {REAL: -2, EVERYTHING: -1} | dict(lengths)
    sign = 1 if validation.metrics[score].higher_is_better else -1
    means = {
        name: sign * validation.estimate(score, name).value for name in rank if name in validation.predicted
    }
    taken = REAL
    for complexity in sorted({rank[name] for name in means} - {rank[REAL]}):
        rivals = sorted(name for name in means if rank[name] == complexity)
        rival = max(rivals, key=means.__getitem__)
        gain = validation.gain(score, over=taken, arm=rival)
        if gain.value > gain.standard_error:
            taken = rival
    best = max(sorted(means, key=lambda name: rank[name]), key=means.__getitem__)
    if means[best] <= means[taken]:
        return Choice(taken, taken, 0.0, 0.0)
    behind = validation.gain(score, over=taken, arm=best)
    return Choice(taken, best, behind.value, behind.standard_error)
