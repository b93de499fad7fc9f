"""The comparison of contenders: rows, a recommendation and a sentence."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from genaug.contracts import Evidence
from genaug.data.comparison import EVERYTHING, RANDOM, REAL, Comparison, Gain, Row, Score
from genaug.data.summary import count
from genaug.statistics.multiple import holm, two_sided_p
from genaug_plugins.evaluation.predictions import ArmPredictions
from genaug_plugins.evaluation.requirements import unequal_work
from genaug_plugins.evaluation.scoring import Scoring
from genaug_plugins.validators.downstream.best import FEWEST_TO_CHOOSE_BY
from genaug_plugins.validators.downstream.choice import RULE, Choice, chosen
from genaug_plugins.validators.downstream.contenders import control_name

UNDECIDED = "no recommendation"


def compared(
    validator: str, evidences: Mapping[str, Evidence], predictions: ArmPredictions, metric: str, seeds: int
) -> Comparison:
    """Choose on the validation view, then report on the test view."""
    evidence = evidences[EVERYTHING]
    lengths = {
        name: len(one.funnel.selectors)
        for name, one in evidences.items()
        if name != EVERYTHING and name in predictions.validation
    }
    views = (evidence.validation.samples, evidence.test.samples)
    # The order matters: the choice is made before the predictions for the test view are revealed.
    validation = Scoring(evidence.task, views[0], evidence.spec.class_names, predictions.validation)
    choice = chosen(validation, metric, lengths) if len(views[0]) >= 2 else None
    revealed = predictions.revealed(choice.name if choice is not None else UNDECIDED)
    test = (
        Scoring(evidence.task, views[1], evidence.spec.class_names, revealed) if len(views[1]) >= 2 else None
    )

    shown = validation if choice is not None else None
    rows = _rows(evidences, predictions, metric, shown, test)
    row = next((row for row in rows if choice is not None and row.name == choice.name), None)
    return Comparison(
        validator=validator,
        metric=metric,
        seeds=seeds,
        validation_samples=len(views[0]),
        test_samples=len(views[1]),
        rows=rows,
        recommended=None if choice is None else choice.name,
        rule=RULE,
        sentence=_sentence(choice, row, metric, seeds, len(views[0]), len(views[1])),
        warnings=tuple(_warnings(evidence)),
        remarks=tuple(unequal_work(evidence)),
    )


def without_scores(
    validator: str, evidences: Mapping[str, Evidence], metric: str, seeds: int, why: str
) -> Comparison:
    """Return a comparison without scores that gives the reason."""
    evidence = evidences[EVERYTHING]
    nothing = ArmPredictions({}, dict.fromkeys((REAL, *evidences), why), {})
    return Comparison(
        validator=validator,
        metric=metric,
        seeds=seeds,
        validation_samples=len(evidence.validation.samples),
        test_samples=len(evidence.test.samples),
        rows=_rows(evidences, nothing, metric, None, None),
        recommended=None,
        rule=RULE,
        sentence=f"{UNDECIDED}: {why}",
    )


def _rows(
    evidences: Mapping[str, Evidence],
    predictions: ArmPredictions,
    metric: str,
    validation: Scoring | None,
    test: Scoring | None,
) -> tuple[Row, ...]:
    """Return a row for each contender, the best on the validation view first, those without scores last."""
    gains = [_gains(scoring, metric, tuple(evidences)) for scoring in (validation, test)]
    rows = []
    for name in (REAL, *evidences):
        one = evidences.get(name)
        kept = np.zeros(0, dtype=np.int64) if one is None else one.pool.labels[one.funnel.kept]
        names = () if one is None else one.spec.class_names
        problem = predictions.failed.get(name, "")
        if one is not None and not len(kept):
            problem = f"kept none of {len(one.pool)} candidates"
        notes = [] if one is None else [*one.funnel.warnings, *one.funnel.remarks]
        if reason := predictions.failed.get(control_name(name)):
            notes.append(f"not compared with {RANDOM}: {reason}")
        rows.append(
            Row(
                name=name,
                kept=len(kept),
                kept_per_class={
                    said: int(count)
                    for said, count in zip(names, np.bincount(kept, minlength=len(names)), strict=True)
                },
                validation=_score(validation, metric, name),
                test=_score(test, metric, name),
                validation_gains=gains[0].get(name, ()),
                test_gains=gains[1].get(name, ()),
                problem=problem,
                notes=tuple(notes),
            )
        )
    scoring = validation or test
    sign = -1 if scoring is None or scoring.metrics[metric].higher_is_better else 1

    def place(row: Row) -> tuple[bool, float]:
        shown = row.validation or row.test
        return bool(row.problem), sign * shown.value if shown else 0.0

    return tuple(sorted(rows, key=place))


def _score(scoring: Scoring | None, metric: str, arm: str) -> Score | None:
    if scoring is None or arm not in scoring.predicted:
        return None
    estimate = scoring.estimate(metric, arm)
    seeds = tuple(float(value) for value in scoring.by_seed(metric, arm))
    return Score(value=estimate.value, interval=estimate.interval, by_seed=seeds)


def _gains(scoring: Scoring | None, metric: str, contenders: Sequence[str]) -> dict[str, tuple[Gain, ...]]:
    """Return the gain of each contender over its controls, with p values corrected by Holm's method."""
    if scoring is None:
        return {}
    found: dict[str, list[Gain]] = {name: [] for name in contenders}
    for over in (EVERYTHING, RANDOM, REAL):
        pairs = {name: control_name(name) if over == RANDOM else over for name in contenders if name != over}
        estimates = {
            name: scoring.gain(metric, over=against, arm=name)
            for name, against in pairs.items()
            if name in scoring.predicted and against in scoring.predicted
        }
        corrected = holm([two_sided_p(one) for one in estimates.values()])
        for (name, one), p in zip(estimates.items(), corrected, strict=True):
            found[name].append(Gain(over=over, value=one.value, interval=one.interval, p=float(p)))
    return {name: tuple(gains) for name, gains in found.items()}


def _sentence(
    choice: Choice | None, row: Row | None, metric: str, seeds: int, validation: int, test: int
) -> str:
    if choice is None or row is None or row.validation is None:
        seen = count(validation, "sample")
        return f"{UNDECIDED}: the validation view has {seen}, but a choice needs at least 2"
    weak = "" if validation >= FEWEST_TO_CHOOSE_BY else ", too few for a reliable choice"
    name = "do not augment (real only)" if row.name == REAL else row.name
    how = "the best there"
    if choice.name != choice.best:
        how = (
            f"the best there, {choice.best}, is {choice.behind:.3f} better with a standard error of "
            f"{choice.standard_error:.3f}: not significant"
        )
    said = f"recommended: {name}: {metric} {row.validation.value:.3f} on {validation} validation samples"
    said = f"{said}{weak} ({how})"
    if row.test is None:
        return f"{said}; not reported: the test view has {count(test, 'sample')}"
    low, high = row.test.interval
    said = f"{said}; {row.test.value:.3f} on {test} test samples (95 % interval {low:.3f} to {high:.3f})"
    gains = ", ".join(
        f"{gain.value:+.3f} over {gain.over} ({gain.interval[0]:+.3f} to {gain.interval[1]:+.3f})"
        for gain in row.test_gains
    )
    return f"{said}{f': {gains}' if gains else ''}; {seeds} paired seeds"


def _warnings(evidence: Evidence) -> Iterator[str]:
    names = evidence.spec.class_names
    for view, samples in (("validation", evidence.validation.samples), ("test", evidence.test.samples)):
        if len(samples) < FEWEST_TO_CHOOSE_BY:
            seen = count(len(samples), "sample")
            yield f"the {view} view has {seen}: {FEWEST_TO_CHOOSE_BY} or more are recommended"
        missing = [name for name, n in zip(names, samples.per_class(len(names)), strict=True) if not n]
        if len(samples) and missing:
            yield f"the {view} view has none of {', '.join(map(repr, missing))}"
