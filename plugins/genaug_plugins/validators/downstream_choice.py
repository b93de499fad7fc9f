"""Which contender to take, by the validation view alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from genaug.data.comparison import EVERYTHING, REAL
from genaug_plugins.validators.downstream_scores import Scoring

RULE = (
    "Chosen on the validation view alone, by the one-standard-error rule: of all contenders whose paired "
    "difference to the best one there is within one standard error (over seeds and validation samples), "
    "the simplest is taken: real only before everything before shorter chains before longer ones; of "
    "chains of one length the best."
)


@dataclass(frozen=True)
class Choice:
    """Hold what was chosen.

    Attributes:
        name: the contender to take.
        best: the one with the highest score on the validation view.
        behind: how far the chosen one is behind the best there.
        standard_error: of that difference; 0 where they are the same.
    """

    name: str
    best: str
    behind: float
    standard_error: float


def chosen(validation: Scoring, score: str, lengths: Mapping[str, int]) -> Choice:
    """Choose by the one-standard-error rule.

    Args:
        validation: what was predicted for the validation view.
        score: which score leads.
        lengths: the selectors of each chain that has predictions, by the chain's name.
    """
    means = {name: validation.estimate(score, name).value for name in _contenders(validation, lengths)}
    rank = {REAL: -2, EVERYTHING: -1} | dict(lengths)
    by_simplicity = sorted(means, key=lambda name: (rank[name], -means[name], name))
    best = max(by_simplicity, key=means.__getitem__)
    for name in by_simplicity[: by_simplicity.index(best)]:
        behind = validation.gain(score, over=name, arm=best)
        if behind.value <= behind.standard_error:
            return Choice(name, best, behind.value, behind.standard_error)
    return Choice(best, best, 0.0, 0.0)


def _contenders(validation: Scoring, lengths: Mapping[str, int]) -> list[str]:
    return [name for name in (REAL, EVERYTHING, *lengths) if name in validation.predicted]
