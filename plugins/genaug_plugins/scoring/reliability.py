"""How reliable judges are: their score on training samples that they were not trained on, beside chance."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Task
from genaug.data import Samples

IfWeak = Literal["warn", "error"]
"""What happens where judges are hardly better than chance."""
WEAK = 0.25
"""Share of the way from chance to a perfect score below which judges are weak."""


@dataclass(frozen=True)
class Reliability:
    """The held-out score of judges.

    Attributes:
        accuracy: share of the samples whose class they find.
        score: the task's leading metric: balanced accuracy on imbalanced samples.
        interval: 95 % interval of the score.
        chance: score of the best constant answer.
        weak: whether the interval includes chance, or the score is less than a quarter of the way from chance
            to a perfect one.
        sentence: score, interval and chance in words.
    """

    accuracy: float
    score: float
    interval: tuple[float, float]
    chance: float
    weak: bool
    sentence: str

    @property
    def warning(self) -> str:
        """Return the warning about weak judges."""
        return (
            f"weak judge: {self.score:.1%} where the best constant answer has {self.chance:.1%}: what it "
            "keeps and drops says little about the quality of candidates. Name a stronger judge, add "
            "training samples, or select by similarity to the training samples (realism, density)"
        )


def reliability(judge: Task, probabilities: NDArray[np.float64], samples: Samples) -> Reliability:
    """Measure judges by their predictions of samples that they were not trained on.

    Args:
        judge: the task; its leading metric is used.
        probabilities: ``[N, classes]``, N ≥ 1.
        samples: the N samples, with their labels.
    """
    leading = judge.leading(samples)
    metric = next(one for one in judge.metrics(samples) if one.name == leading)
    values = metric.scores(probabilities, samples)
    score = float(values.mean())
    half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else np.inf
    low, high = (float(np.clip(score + side * half, 0.0, 1.0)) for side in (-1, 1))
    classes = probabilities.shape[1]
    constant = np.eye(classes)[np.full(len(samples), samples.per_class(classes).argmax())]
    chance = float(metric.scores(constant, samples).mean())
    weak = chance < 1 and (low <= chance or (score - chance) / (1 - chance) < WEAK)
    accuracy = float((probabilities.argmax(axis=1) == samples.labels).mean())
    sentence = (
        f"the judges classify {accuracy:.1%} of {len(samples)} training samples correctly, each scored by "
        f"the judge that was not trained on it: {leading} {score:.1%} [{low:.1%}, {high:.1%}], "
        f"chance {chance:.1%}"
    )
    return Reliability(accuracy, score, (low, high), chance, weak, sentence)
