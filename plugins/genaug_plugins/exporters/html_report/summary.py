"""The first screen of the page: the outcome, the best training set, the next step and what it is worth."""

import math
from dataclasses import dataclass

from genaug.data import BaselineGain, Verdict
from genaug.data.findings import Label
from genaug_plugins.exporters.html_report import words
from genaug_plugins.exporters.html_report.words import alike, interval, number

HEADLINES: dict[Label, str] = {
    "helps": "Yes: the synthetic samples help",
    "hurts": "No: the synthetic samples hurt",
    "no measurable effect": "No measurable effect",
    "not enough data to say": "Not enough data to say",
}
MARKS: dict[Label, str] = {
    "helps": "▲",
    "hurts": "▼",
    "no measurable effect": "=",
    "not enough data to say": "?",
}
"""A mark beside the headline: outcomes differ by shape, not by colour alone."""
STEPS: dict[Label, str] = {
    "helps": "Train on {augmented}",
    "hurts": "Leave these synthetic samples out",
    "no measurable effect": "Train on {best}",
    "not enough data to say": "Get more test samples or seeds first",
}
"""The next step in a few words; `words.NEXT` explains it."""
LIMITS = {
    "ceiling": "Train on {best}: next to nothing is left to gain",
    "chance": "First find a model or features that learn these classes",
}
"""The next step where the comparison can hardly show anything; `words.LIMITS` explains it."""


@dataclass(frozen=True)
class Summary:
    """What the first screen says of a verdict.

    Attributes:
        label, headline, mark: the outcome.
        best, score, score_interval, choice: the best training set; empty where it is unknown.
        step, why: the next step, in a few words and explained.
        worth: what the step is expected to be worth, a sentence each, from the verdict's numbers alone.
        metric, baseline, augmented, effect, interval, scale: the difference that decides.
        sentence, conditions: of the verdict.
    """

    label: Label
    headline: str
    mark: str
    best: str
    score: str
    score_interval: str
    choice: str
    step: str
    why: str
    worth: list[str]
    metric: str
    baseline: str
    augmented: str
    effect: str
    interval: str
    scale: dict[str, float] | None
    sentence: str
    conditions: str


def summary(verdict: Verdict) -> Summary:
    """Return the first screen of a verdict; parts that a verdict of an older run lacks are left empty."""
    effect, low, high = alike((verdict.effect, *verdict.interval), signed=True)
    augmented = verdict.augmented or "the augmented training"
    best = verdict.best_arm
    instead = best or "the simplest training set"
    limit = "" if verdict.label == "helps" else verdict.limit
    return Summary(
        label=verdict.label,
        headline=HEADLINES[verdict.label],
        mark=MARKS[verdict.label],
        best=best,
        score="" if verdict.best_score is None else number(verdict.best_score),
        score_interval="" if verdict.best_interval is None else interval(verdict.best_interval),
        choice=verdict.best_choice,
        step=LIMITS.get(limit, STEPS[verdict.label]).format(augmented=augmented, best=instead),
        why=words.LIMITS.get(limit, words.NEXT[verdict.label]),
        worth=_worth(verdict),
        metric=verdict.metric,
        baseline=verdict.baseline,
        augmented=augmented,
        effect=effect,
        interval=f"{low} to {high}",
        scale=words.scale(verdict),
        sentence=verdict.sentence.removeprefix(f"{verdict.label}: "),  # it is in the headline
        conditions=verdict.conditions,
    )


def _worth(verdict: Verdict) -> list[str]:
    score = verdict.metric.removesuffix(" on the test view")
    gains = {gain.over: gain for gain in verdict.gains}
    decisive = gains.get(verdict.baseline) or BaselineGain(
        over=verdict.baseline,
        effect=verdict.effect,
        interval=verdict.interval,
        p=math.nan,
        minimum_detectable_effect=verdict.minimum_detectable_effect,
    )
    if not all(map(math.isfinite, (decisive.effect, *decisive.interval))):
        return ["Nothing was compared, so no gain can be expected from this run."]
    match verdict.label:
        case "helps":
            return [
                f"{_gain(decisive)} in {score}, compared with {decisive.over}: the smallest of the gains, "
                "and the one to plan with."
            ]
        case "hurts":
            low, high = decisive.interval
            avoided = decisive.model_copy(update={"effect": -decisive.effect, "interval": (-high, -low)})
            return [f"{_gain(avoided)} in {score}, compared with training on them."]
        case "no measurable effect":
            return [*_instead(verdict, gains, score), *_further(verdict, decisive, score)]
    return [
        f"Unknown. The gain that this run saw: {_gain(decisive)} in {score}, compared with {decisive.over}."
    ]


def _instead(verdict: Verdict, gains: dict[str, BaselineGain], score: str) -> list[str]:
    """Return the gain of the best training set over the augmented one, where the verdict has it."""
    if (gain := gains.get(verdict.best_arm)) is None:
        return []
    low, high = gain.interval
    turned = gain.model_copy(update={"effect": -gain.effect, "interval": (-high, -low)})
    return [f"{_gain(turned)} in {score}, compared with {verdict.augmented}."]


def _further(verdict: Verdict, decisive: BaselineGain, score: str) -> list[str]:
    """Return the most that the synthetic samples can add, and what a larger comparison would find.

    The standard error falls with the root of the number of seeds and test samples: four times as many of both
    find half the gain.
    """
    most = decisive.interval[1]
    known = verdict.minimum_detectable_effect
    said = []
    if most > 0:
        said.append(
            f"At most, by the 95 % interval, these synthetic samples add {_signed(most)} in {score} "
            f"over {decisive.over}."
        )
    if math.isfinite(known):
        said.append(
            f"This comparison finds gains from {_signed(known)}; one with four times the seeds "
            f"and test samples, from about {_signed(known / 2)}."
        )
    return said


def _gain(gain: BaselineGain) -> str:
    effect, low, high = map(_signed, (gain.effect, *gain.interval))
    return f"{effect} ({low} to {high})"


def _signed(value: float) -> str:
    """Return three decimals, as in the verdict's sentence; more where that would be zero."""
    return f"{value:+.3f}".replace("-", "−") if abs(value) >= 0.001 else number(value, signed=True)
