"""The number of real samples that correspond to one synthetic sample, by the learning curve of the task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from genaug.contracts import Context, Evidence, Validator
from genaug.data import Finding, Findings, Samples
from genaug.data.summary import count
from genaug_plugins.evaluation.fits import fit_arms
from genaug_plugins.evaluation.requirements import refused_training, unequal_work

if TYPE_CHECKING:
    from genaug_plugins.validators.effective_size.curve import Curve

FEWEST_TEST = 50
"""Number of test samples below which a learning curve cannot be distinguished from noise."""


class EffectiveSizeValidator(Validator):
    """Estimate from the task's learning curve how many real samples would do as well as the selection.

    The task is fitted to nested, stratified subsets of the training view, drawn anew for each seed, to all of
    it, and to real + selected. The errors on the test view, with equal class weights, give a power law
    err(m) = a·m^(−c) + b (Hestness et al. 2017, arXiv 1712.00409; Rosenfeld et al. 2020,
    arXiv 1909.12673) through the error of the whole training view, with which real + selected is compared
    sample by sample. Its inverse gives the number of real samples m* with the error of real + selected, and
    a synthetic sample is worth (m* − m_S)/m_G real ones: 1 if it is as good as a real one, 0 if it adds
    nothing, below 0 if it harms.

    A real sample means one more from the distribution of the training view, with the same class shares. The
    interval is a bootstrap over seeds and test samples jointly; the sampling noise of one draw of training
    and synthetic samples, estimated from the subsets, is added. It assumes the power law: m* beyond m_S is
    extrapolated. If the curve does not fall, no value is reported; if m* is beyond `farthest` times the
    training view, or below the smallest subset, only that bound is reported. Nothing is chosen on the test
    view: it is only measured on.
    """

    name: ClassVar[str] = "effective-size"
    title: ClassVar[str] = "How many real samples are they worth?"

    seeds: int = Field(default=5, ge=3, le=1000)
    """Number of fits of each training set; each seed draws its own subsets."""
    points: int = Field(default=4, ge=3, le=10)
    """Number of sizes of the curve, including the whole training view, spaced geometrically."""
    smallest: float = Field(default=0.125, gt=0, le=0.5)
    """Share of the training view in the smallest subset; more where a class would keep fewer than 2."""
    farthest: float = Field(default=4.0, gt=1, le=100)
    """Largest size up to which the curve is extrapolated, in multiples of the training view; beyond it only
    a bound of m* is reported."""
    resamples: int = Field(default=500, ge=100, le=100_000)
    """Number of bootstrap resamples of the intervals."""

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Fit the curve and invert it; give a warning with the reason if that is not possible."""
        from genaug.statistics.bounds import difference_bounds
        from genaug.statistics.paired import crossed_interval
        from genaug_plugins.evaluation.arms import REAL, SELECTED
        from genaug_plugins.evaluation.scoring import Scoring
        from genaug_plugins.validators.effective_size.curve import Curve, subset, subset_sizes
        from genaug_plugins.validators.effective_size.figure import curve_figure
        from genaug_plugins.validators.effective_size.worth import worth

        task, perfect = evidence.task, evidence.task.perfect
        train, selected, test = evidence.train.samples, evidence.selected.samples, evidence.test.samples
        sizes = subset_sizes(train, self.points, self.smallest)
        obstacle = ""
        if not len(selected):
            obstacle = f"none of the {len(evidence.pool)} candidates was kept"
        elif refused := refused_training(evidence):
            obstacle = refused
        elif perfect is None:
            obstacle = f"the task {task.name!r} does not define a perfect score (`perfect`)"
        elif len(test) < FEWEST_TEST:
            obstacle = f"the test view has {count(len(test), 'sample')}, {FEWEST_TEST} are needed"
        elif len(sizes) < 3:
            rarest = int(np.unique(train.labels, return_counts=True)[1].min())
            obstacle = (
                f"the rarest class of the training view has {count(rarest, 'sample')}: too few to leave some "
                "out"
            )
        if obstacle or perfect is None:
            return self._nothing(obstacle)

        shares = list(sizes)
        arms = [f"{sizes[share]} real" for share in shares[:-1]]
        sets: dict[str, Callable[[int], tuple[Samples, ...]]] = {REAL: lambda seed: (train,)}
        for arm, share in zip(arms, shares[:-1], strict=True):
            sets[arm] = lambda seed, share=share: (  # type: ignore[misc]
                subset(train, share, context.rng("effective size", str(seed))),
            )
        augmented = Samples.join([train, selected])
        sets[SELECTED] = lambda seed: (augmented,)
        predictions = fit_arms(sets, evidence, context, self.seeds)
        if predictions.failed:
            arm, why = next(iter(predictions.failed.items()))
            return self._nothing(f"the task rejected {arm!r}: {why}")
        predicted = predictions.revealed(SELECTED)  # nothing is chosen: this arm is measured
        order = [*arms, REAL, SELECTED]
        scoring = Scoring(task, test, evidence.spec.class_names, predicted)
        wrong = np.abs(np.stack([scoring.values(task.metric, arm) for arm in order]) - perfect)
        # Classes have equal weights if the task is scored by class.
        labels = test.labels if task.class_metric is not None else np.zeros_like(test.labels)
        curve = Curve(
            np.array(list(sizes.values()), dtype=np.float64),
            wrong,
            labels,
            len(selected),
            self.farthest,
            # An error is the distance from the perfect score.
            (0.0, max(abs(end - perfect) for end in scoring.metrics[task.metric].bounds)),
        )
        findings = list(self._errors(curve, order))
        fall = crossed_interval(curve.weighed(0) - curve.weighed(-2), curve.grain)
        fall = fall.clipped(difference_bounds(curve.bounds))
        if fall.low <= 0:
            said = (
                f"the learning curve is flat: from {curve.sizes[0]:.0f} to {curve.sizes[-1]:.0f} real "
                f"samples the error falls by {fall.value:.4f} ({fall.low:.4f} to {fall.high:.4f}), so that "
                "no error corresponds to a number of samples"
            )
            figure = curve_figure(curve, None)
            return Findings(
                validator=self.name,
                findings=tuple(findings),
                figures=(figure,),
                warnings=(said,),
                remarks=tuple(unequal_work(evidence)),
            )
        rng = context.rng("effective size", "bootstrap")
        worths, warnings = worth(curve, self.resamples, rng)
        return Findings(
            validator=self.name,
            findings=(*worths, *findings),
            figures=(curve_figure(curve, curve.fitted()),),
            warnings=tuple(warnings),
            remarks=tuple(unequal_work(evidence)),
        )

    def _nothing(self, obstacle: str) -> Findings:
        return Findings(validator=self.name, warnings=(f"no effective size: {obstacle}",))

    def _errors(self, curve: Curve, order: list[str]) -> list[Finding]:
        """Return the error of each training set."""
        from genaug.statistics.paired import crossed_interval

        found = []
        for row, arm in enumerate(order):
            estimate = crossed_interval(curve.weighed(row), curve.grain, bounds=curve.bounds)
            found.append(
                Finding(
                    name=f"balanced_error[{arm}]",
                    value=estimate.value,
                    better="lower",
                    interval=estimate.interval,
                    n=curve.wrong.shape[2],
                    note=f"mean over {self.seeds} seeds and over the classes of the test view",
                )
            )
        return found
