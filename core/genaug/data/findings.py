"""The findings of a validator: named values, figures and notes."""

from html import escape
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

Label = Literal["helps", "hurts", "no measurable effect", "not enough data to say"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, ser_json_inf_nan="strings")


class Finding(_Record):
    """A measured value."""

    name: str
    """What was measured: `frechet_distance`, `accuracy[real + selected]`."""
    value: float
    better: Literal["higher", "lower"] | None = None
    """Whether lower or higher values are better; None where neither is."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval."""
    n: int | None = None
    """Number of samples (or runs) behind the value."""
    reference: float | None = None
    """The same value measured between real samples, for comparison."""
    per_class: dict[str, float] = {}
    """The value for each class, by class name."""
    note: str = ""
    """Notes needed to interpret the value: extractor, filter, small n."""


class Verdict(_Record):
    """Whether the augmentation helps, with its uncertainty."""

    label: Label
    metric: str
    """The compared metric, e.g. `accuracy on the test view`."""
    baseline: str
    """The arm that the augmentation is compared with; chosen without the test view."""
    augmented: str = ""
    """The augmented arm, chosen without the test view; empty where it is not given."""
    effect: float
    """Mean paired difference, augmented minus baseline; positive where augmentation is better."""
    interval: tuple[float, float]
    """95 % confidence interval of the effect."""
    minimum_detectable_effect: float
    """Smallest true effect that would have been detected with a probability of 80 %."""
    sentence: str
    """A summary in one sentence."""
    conditions: str = ""
    """Methods behind the verdict, and what may differ on another machine."""

    def _repr_html_(self) -> str:
        """Return the verdict for a notebook."""
        return f"<p><b>{escape(self.label)}</b></p><p>{escape(self.sentence)}</p>"


class Pair(_Record):
    """A candidate and the training sample closest to it."""

    candidate: str
    """Content id of the candidate."""
    training: str
    """Content id of the training sample."""
    distance: float


class Figure(_Record):
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


class Findings(_Record):
    """All findings of a validator."""

    validator: str
    findings: tuple[Finding, ...] = ()
    figures: tuple[Figure, ...] = ()
    verdict: Verdict | None = None
    warnings: tuple[str, ...] = ()
    """Limits of the values, a sentence each: too few samples, a bad feature space."""
