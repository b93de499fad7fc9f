"""The findings of a validator: named values, figures and notes."""

from html import escape
from typing import Any, Literal

from pydantic import model_validator

from genaug.data.outcomes import Changes, PredictedClasses
from genaug.data.record import Record

Label = Literal["helps", "hurts", "no measurable effect", "not enough data to say"]


class Finding(Record):
    """A measured value."""

    name: str
    """What was measured: `frechet_distance`, `accuracy[real + selected]`."""
    title: str = ""
    """The name in plain words, in the same form: `distance[kept candidates]`; empty: as the name."""
    value: float
    better: Literal["higher", "lower"] | None = None
    """Whether lower or higher values are better; None where neither is."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval."""
    n: int | None = None
    """Number of samples (or runs) behind the value."""
    reference: float | None = None
    """The same value measured between real samples, for comparison."""
    p: float | None = None
    """Two-sided p value of the hypothesis that the true value is 0, where that was tested."""
    bounds: tuple[float, float] | None = None
    """The lowest and the highest possible value, infinite where there is none; None: unknown."""
    per_class: dict[str, float] = {}
    """The value for each class, by class name."""
    class_measure: str = ""
    """What `per_class` holds, where that is not the finding itself: recall, for balanced accuracy."""
    note: str = ""
    """Notes needed to interpret the value: extractor, filter, small n."""


class BaselineGain(Record):
    """The paired gain of the augmented arm over a baseline; positive where the augmented arm is better."""

    over: str
    """The baseline."""
    effect: float
    """Mean paired difference."""
    interval: tuple[float, float]
    """95 % confidence interval."""
    p: float
    """Two-sided p value, not corrected: nothing is chosen among the baselines."""
    minimum_detectable_effect: float
    """Smallest true gain that would have been detected with a probability of 80 %."""


class Verdict(Record):
    """Whether the augmentation helps, with its uncertainty.

    Verdicts of older runs have no `gains` and no best arm: their baseline was chosen on the validation view.
    """

    label: Label
    metric: str
    """The compared metric, e.g. `accuracy on the test view`."""
    baseline: str
    """The baseline of `effect` and `interval`: the one that decides, over which the gain is least certain."""
    augmented: str = ""
    """The augmented arm, chosen without the test view; empty where it is not given."""
    effect: float
    """Mean paired difference, augmented minus baseline; positive where augmentation is better."""
    interval: tuple[float, float]
    """95 % confidence interval of the effect."""
    minimum_detectable_effect: float
    """Smallest true effect, over every baseline, that would have been detected with a probability of 80 %."""
    gains: tuple[BaselineGain, ...] = ()
    """The gain over each baseline, the least certain first; *helps* needs all of their intervals above 0."""
    best_arm: str = ""
    """The arm to train with, whether or not anything generated is in it; empty where it is not known."""
    best_score: float | None = None
    """Its score on the test view."""
    best_interval: tuple[float, float] | None = None
    """95 % confidence interval of that score."""
    best_choice: str = ""
    """How that arm was chosen, and whether that makes its score optimistic."""
    limit: Literal["", "ceiling", "chance"] = ""
    """Why the comparison can hardly show what synthetic samples are worth: `ceiling`, next to nothing is left
    to gain on real data alone; `chance`, no arm is clearly better than a constant guess. Empty: neither."""
    sentence: str
    """A summary in one sentence."""
    conditions: str = ""
    """Methods behind the verdict, and what may differ on another machine."""

    @property
    def decided(self) -> bool:
        """Return whether there were enough data for a verdict."""
        return self.label != "not enough data to say"

    def _repr_html_(self) -> str:
        """Return the verdict for a notebook."""
        return f"<p><b>{escape(self.label)}</b></p><p>{escape(self.sentence)}</p>"


class Pair(Record):
    """A candidate and the training sample closest to it."""

    candidate: str
    """Content id of the candidate."""
    training: str
    """Content id of the training sample."""
    distance: float


class Figure(Record):
    """A picture of a result: a plotly chart, or pairs of samples to show side by side."""

    title: str
    caption: str = ""
    chart: dict[str, Any] | None = None
    """A plotly figure as JSON: `json.loads(figure.to_json())`."""
    pairs: tuple[Pair, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()
    """Content ids of the samples behind the chart's points, from any view or the pool: one tuple for each
    trace, in the order of its points; an empty tuple where the points are not samples. Empty: no point of
    the chart is a sample."""

    @model_validator(mode="after")
    def _one_tuple_a_trace(self) -> "Figure":
        traces = len((self.chart or {}).get("data", ()))
        if self.samples and len(self.samples) != traces:
            raise ValueError(f"samples of {len(self.samples)} traces for a chart of {traces}")
        return self


class Findings(Record):
    """All findings of a validator."""

    validator: str
    title: str = ""
    """What was asked, as a heading for people; empty: the validator's name."""
    findings: tuple[Finding, ...] = ()
    figures: tuple[Figure, ...] = ()
    verdict: Verdict | None = None
    predicted: tuple[PredictedClasses, ...] = ()
    """The classes that were predicted of the test samples, for some training sets."""
    changes: tuple[Changes, ...] = ()
    """The test samples that changed from wrong to right and back."""
    warnings: tuple[str, ...] = ()
    """Limits of the values, a sentence each: too few samples, a bad feature space."""
    remarks: tuple[str, ...] = ()
    """Plain facts of the measurement, a sentence each: what was compared with what."""
    cautions: tuple[str, ...] = ()
    """What nobody may overlook, a sentence each: it is shown beside the verdict, and printed after it."""
