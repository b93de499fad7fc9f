"""The effect of the selected candidates on a downstream task: the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from genaug.contracts import Comparator, Context, Evidence, Forecast, Task, Validator
from genaug.data import DataFacts, Figure, Findings
from genaug.data.comparison import EVERYTHING, Comparison
from genaug.data.summary import count, some
from genaug_plugins.evaluation.fits import Arms, fit_arms
from genaug_plugins.evaluation.machine import conditions
from genaug_plugins.evaluation.predictions import ArmPredictions
from genaug_plugins.evaluation.requirements import refused_training, unequal_work

FEWEST_PER_CLASS = 5
"""Minimum number of test samples of a class; with fewer, a warning is given."""


class DownstreamValidator(Validator, Comparator):
    """Train the task with and without the kept candidates, and compare on the test view.

    Arms: ``real``; ``real + repeats`` and ``real + classical``, the cheap baselines, as large as the
    augmented set in every class: real samples repeated, and real samples augmented classically;
    ``real + selected``, and where `ratios` or `mixing` ask for them, other ways to use the kept
    candidates; ``real + random`` (as many candidates of each class as were kept, drawn anew for every
    seed from the whole pool: the control for the selectors); ``synthetic only`` (the classification
    accuracy score, Ravuri & Vinyals 2019). Every arm of a seed is fitted with the same seed, and at equal
    work where the model fixes its work (`Model.equal_work`); else a warning says so. An arm that the task
    rejects is reported in a warning. Fits run in parallel where the run may use several threads.

    The verdict compares the augmented arm with every cheap baseline, by the metric that the task leads with;
    of several augmented arms, the one that does best on the validation view. The task's other metrics are
    reported. The interval of a paired difference covers both the noise of training seeds and that of the
    finite test view (`genaug.statistics.paired.crossed_interval`). It is conditional on the training view,
    the generator and the pool. Gains of the leading metric are reported with their p value, a permutation
    test and a bootstrap; notes give p values corrected for the number of comparisons by Holm's method.

    ``helps``: the 95 % interval of the gain over each of the cheap baselines is above 0 (an
    intersection-union test). ``hurts``: that over ``real`` is below 0. ``no measurable effect``: neither.
    ``not enough data to say``: nothing was kept, the task cannot learn the training view, the test view has
    fewer than 50 samples, or the task reports what is missing. The verdict always names the best arm, even
    if nothing generated is in it: chosen on the validation view where that has 50 samples, else by the score
    on the test view, which is then called optimistic. Nothing else is chosen on the test view: the
    predictions for it are sealed until the choices are made.

    A selector comparison (`compare`) uses the same protocol: every contender is fitted with the same seeds,
    and chains are compared with everything, with as many random candidates, and with real only.
    """

    name: ClassVar[str] = "downstream"
    title: ClassVar[str] = "Does training with them help?"

    seeds: int = Field(default=5, ge=3, le=1000)
    """Number of paired trainings of each arm. Fewer than 3 give no reliable interval."""
    random_control: bool = True
    """Also train on as many randomly drawn candidates, as a control for the selectors."""
    ratios: tuple[Annotated[float, Field(gt=0)], ...] = ()
    """Also train on fewer of the kept candidates: numbers of candidates for each real sample, like [0.5, 1,
    2], with the same class shares. The verdict is given for the one that is best on the validation view; all
    kept candidates are one of them."""
    mixing: tuple[Literal["replace", "pretrain"], ...] = ()
    """Other ways to use the candidates than appending them. `replace`: in every pass, each real sample is
    replaced by a kept candidate of its class with the probability `share`. `pretrain`: on the candidates in
    the first half of the steps, on the real samples in the second; for tasks that support it. Both take part
    in the choice."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Probability, in `replace`, that a real sample is replaced."""

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Fit every arm with every seed and compare; a killed measurement resumes from the last fit."""
        return self._compared(evidence, context, None)

    def forecast(self, facts: DataFacts, task: Task, error: float | None = None) -> Forecast:
        """Return whether a verdict is possible, and how small a gain it could find."""
        from genaug_plugins.validators.downstream.forecast import forecast

        return forecast(facts, task, self.seeds, self.random_control, error)

    def measure_folds(self, folds: Sequence[tuple[Evidence, Context]]) -> Findings:
        """Compare the arms on the test samples of all folds, by the fits of each fold.

        The values of all folds are joined, sample by sample, so that the same verdict as for one split rests
        on every sample of the data. See `genaug_plugins.validators.downstream.folds`.
        """
        from genaug_plugins.validators.downstream.folds import joined, noted

        arms = [self._arms(evidence, context) for evidence, context in folds]
        evidence, predictions = joined(folds, arms, self.seeds)
        return noted(self._compared(evidence, folds[0][1], predictions), len(folds))

    def _arms(self, evidence: Evidence, context: Context) -> Arms:
        """Return the training sets of all arms."""
        from genaug_plugins.evaluation.arms import augmented_arms, cheap_arms, control_arms

        return {
            **cheap_arms(evidence, context),
            **augmented_arms(evidence, context, self.ratios, self.mixing, self.share),
            **control_arms(evidence, context, self.random_control),
        }

    def _compared(self, evidence: Evidence, context: Context, known: ArmPredictions | None) -> Findings:
        """Compare the arms; `known` has their predictions where they are fitted already."""
        from genaug_plugins.evaluation.arms import (
            BASELINES,
            RANDOM,
            REAL,
            SELECTED,
            augmented_arms,
            names_by_ratio,
        )
        from genaug_plugins.evaluation.scoring import Scoring
        from genaug_plugins.validators.downstream.best import (
            FEWEST_TO_CHOOSE_BY,
            best_as_helpful,
            best_here,
            best_on_validation,
        )
        from genaug_plugins.validators.downstream.figures import arms_figure, classes_figure, sweep_figure
        from genaug_plugins.validators.downstream.findings import findings_of
        from genaug_plugins.validators.downstream.learning_figure import learning_figures
        from genaug_plugins.validators.downstream.limits import limit
        from genaug_plugins.validators.downstream.outcomes import changes, predicted_classes
        from genaug_plugins.validators.downstream.verdict import too_few, verdict, without_comparison

        task, test, names = evidence.task, evidence.test.samples, evidence.spec.class_names
        leading = task.leading(test)
        refused = refused_training(evidence)
        obstacles = [refused] if refused else []
        if not evidence.funnel.kept.any():
            obstacles.insert(0, f"none of the {len(evidence.pool)} candidates was kept")
        obstacles += too_few(len(test)) or task.obstacles(test)
        warnings = [f"no verdict: {obstacle}" for obstacle in obstacles]
        if refused or len(test) < 2:
            undecided = without_comparison(leading, obstacles)
            return Findings(validator=self.name, verdict=undecided, warnings=tuple(warnings))
        augmented = augmented_arms(evidence, context, self.ratios, self.mixing, self.share)
        arms = self._arms(evidence, context)
        warnings += self._missing(evidence, arms)
        predictions = known or fit_arms(arms, evidence, context, self.seeds)
        if REAL in predictions.failed:
            obstacles.append(f"the task cannot learn the real data alone: {predictions.failed[REAL]}")
            undecided = without_comparison(leading, obstacles)
            return Findings(validator=self.name, verdict=undecided, warnings=tuple(warnings))
        warnings += [f"no arm {arm!r}: {reason}" for arm, reason in predictions.failed.items()]
        # The order is the point: the arms are chosen before anything is known of the test view.
        validation = Scoring(task, evidence.validation.samples, names, predictions.validation)
        fitted = [arm for arm in augmented if arm not in predictions.failed]
        arm = validation.best(leading, fitted) if fitted else SELECTED
        usable = [name for name in arms if name != RANDOM]  # the control is drawn anew for every seed
        chosen = best_on_validation(validation, leading, usable)
        if len(validation.samples) < FEWEST_TO_CHOOSE_BY and len(fitted) > 1:
            warnings.append(
                f"the augmented arm, {arm!r}, was chosen on {len(validation.samples)} validation samples: "
                f"{FEWEST_TO_CHOOSE_BY} or more are recommended"
            )
        scoring = Scoring(task, test, names, predictions.revealed(f"{arm}; {chosen} is the best"))
        best = best_here(scoring, leading, usable, chosen)
        baselines = [name for name in BASELINES if name in scoring.predicted]
        figures: list[Figure] = [arms_figure(scoring, leading)]
        swept = names_by_ratio(evidence, augmented, self.ratios)
        if len(swept) > 2 and len(validation.samples) >= 2:
            figures.append(sweep_figure(validation, scoring, leading, swept, arm))
        if not fitted and augmented:
            obstacles.append(f"the task rejected {SELECTED!r}: {predictions.failed[SELECTED]}")
        decided = without_comparison(leading, obstacles, best)
        if fitted:
            metric = scoring.metrics[leading]
            decided = verdict(
                scoring.values(leading, arm),
                {name: scoring.values(leading, name) for name in baselines},
                metric=leading,
                augmented_name=arm,
                grain=metric.grain,
                bounds=metric.bounds,
                obstacles=obstacles,
                higher_is_better=metric.higher_is_better,
                best=best,
                best_if_helpful=best_as_helpful(scoring, leading, arm),
                conditions=conditions(context.device),
            )
            if task.class_metric is not None:
                figures.append(classes_figure(scoring, decided.baseline, arm))
        figures += learning_figures(predictions.curves)
        reached = limit(scoring, leading)
        if reached is not None:
            decided = decided.model_copy(update={"limit": reached.kind})
        return Findings(
            validator=self.name,
            findings=tuple(findings_of(scoring, leading, arm, decided, context)),
            figures=tuple(figures),
            verdict=decided,
            predicted=predicted_classes(scoring, names, (REAL, decided.best_arm or best.arm, arm)),
            changes=changes(scoring, names, REAL, arm),
            warnings=tuple(warnings),
            remarks=tuple(unequal_work(evidence)),
            cautions=() if reached is None else (reached.sentence,),
        )

    def _missing(self, evidence: Evidence, arms: Arms) -> Iterator[str]:
        """Yield a warning for each missing arm and each class with few test samples."""
        from genaug_plugins.evaluation.arms import PRETRAINED, SELECTED, SYNTHETIC, ratio_name

        if SELECTED in arms and SYNTHETIC not in arms:
            yield f"no arm {SYNTHETIC!r}: the kept candidates are of one class"
            if "pretrain" in self.mixing:
                yield f"no arm {PRETRAINED!r}: the kept candidates are of one class"
        kept, real = len(evidence.selected.samples), len(evidence.train.samples)
        for ratio in self.ratios:
            if SELECTED in arms and ratio_name(ratio) not in arms:
                yield (
                    f"no arm {ratio_name(ratio)!r}: {kept} candidates were kept for {real} real samples, and "
                    f"{SELECTED!r} uses them all"
                )
        called = evidence.task.class_metric
        if called is None:
            return
        names, counts = evidence.spec.class_names, evidence.test.samples.per_class(evidence.spec.classes)
        absent = [repr(name) for name, found in zip(names, counts, strict=True) if found == 0]
        rare = [repr(name) for name, found in zip(names, counts, strict=True) if 0 < found < FEWEST_PER_CLASS]
        if len(absent) == 1:
            yield f"the test view has no {absent[0]}: that class is not measured"
        elif absent:
            yield f"{len(absent)} classes have no test samples and are not measured: {some(absent)}"
        if len(rare) == 1:
            few = int(counts[(counts > 0) & (counts < FEWEST_PER_CLASS)][0])
            yield f"the {called} of {rare[0]} is computed from {count(few, 'test sample')}"
        elif rare:
            yield (
                f"{len(rare)} classes have under {FEWEST_PER_CLASS} test samples, from which their "
                f"{called} is computed: {some(rare)}"
            )

    def compare(self, evidences: Mapping[str, Evidence], context: Context) -> Comparison:
        """Fit every contender with every seed; choose on the validation view, report on the test view.

        The leading metric is chosen from both views together; no other property of the test view is used
        before the choice is made. A contender whose training set the task rejects is reported without scores.
        """
        from genaug.data.comparison import REAL
        from genaug_plugins.validators.downstream.comparison import compared, without_scores
        from genaug_plugins.validators.downstream.contenders import contender_arms

        evidence = evidences[EVERYTHING]
        views = (evidence.validation.samples, evidence.test.samples)
        leading = evidence.task.leading(*views)
        why = refused_training(evidence)
        if not why and not any(map(len, views)):
            why = "the validation and test views are empty"
        if why:
            return without_scores(self.name, evidences, leading, self.seeds, why)
        predictions = fit_arms(contender_arms(evidences, context), evidence, context, self.seeds)
        if REAL in predictions.failed:
            return without_scores(self.name, evidences, leading, self.seeds, predictions.failed[REAL])
        return compared(self.name, evidences, predictions, leading, self.seeds)
