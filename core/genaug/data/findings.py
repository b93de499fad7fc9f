"""What a validator found: named values and figures, never prose alone."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

Label = Literal["helps", "hurts", "no measurable effect", "not enough data to say"]


class _Record(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, ser_json_inf_nan="strings"
    )


class Finding(_Record):
    """Hold one measured value."""

    name: str
    """What was measured: `frechet_distance`, `accuracy[real + selected]`."""
    value: float
    better: Literal["higher", "lower"] | None = None
    """Which way is good; None where neither is."""
    interval: tuple[float, float] | None = None
    """95 % interval."""
    n: int | None = None
    """How many samples (or runs) the value rests on."""
    reference: float | None = None
    """The same value measured between real parts, as the yardstick beside it."""
    per_class: dict[str, float] = {}
    """The value for each class, under the class's name."""
    note: str = ""
    """What a reader must know to read the value: extractor, filter, small n."""


class Verdict(_Record):
    """Say whether the augmentation helps, and how sure that is."""

    label: Label
    metric: str
    """What was compared, e.g. `accuracy on the test view`."""
    baseline: str
    """The arm that the augmentation is held against; chosen without the test view."""
    augmented: str = ""
    """The arm that stands for the augmentation, chosen without the test view; empty where it is not told."""
    effect: float
    """Mean paired difference, augmented minus baseline; positive is better."""
    interval: tuple[float, float]
    """95 % interval of the effect."""
    minimum_detectable_effect: float
    """A true effect of this size would have been told from 0 four times in five."""
    sentence: str
    """One line that a person reads first."""
    conditions: str = ""
    """What it was computed with, and what may differ on another machine."""


class Pair(_Record):
    """Name a candidate and the training sample that lies closest to it."""

    candidate: str
    """Content id of the candidate."""
    training: str
    """Content id of the training sample."""
    distance: float


class Figure(_Record):
    """Hold one picture of a result: a plotly chart, or pairs of samples to show side by side."""

    title: str
    caption: str = ""
    chart: dict[str, Any] | None = None
    """A plotly figure as plain JSON: `json.loads(figure.to_json())`."""
    pairs: tuple[Pair, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()
    """Content ids of the samples that the chart's points stand for: for each trace those of its points,
    in their order, of any view or of the pool; an empty tuple for a trace whose points are no samples.
    Empty: no point of the chart is a sample."""

    @model_validator(mode="after")
    def _one_tuple_a_trace(self) -> "Figure":
        traces = len((self.chart or {}).get("data", ()))
        if self.samples and len(self.samples) != traces:
            raise ValueError(f"samples of {len(self.samples)} traces for a chart of {traces}")
        return self


class Findings(_Record):
    """Hold everything one validator found."""

    validator: str
    findings: tuple[Finding, ...] = ()
    figures: tuple[Figure, ...] = ()
    verdict: Verdict | None = None
    warnings: tuple[str, ...] = ()
    """What limits the values, in plain words: too few samples, a bad feature space."""
