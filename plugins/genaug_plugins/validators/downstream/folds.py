"""The downstream comparison over folds: predictions of all folds, joined sample by sample."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from genaug.contracts import Context, Evidence
from genaug.data import Findings, Samples, TestView, ValidationView
from genaug.data.samples import FloatArray
from genaug_plugins.evaluation.fits import Arms, fit_arms
from genaug_plugins.evaluation.predictions import ArmPredictions


def joined(
    folds: Sequence[tuple[Evidence, Context]], arms: Sequence[Arms], seeds: int
) -> tuple[Evidence, ArmPredictions]:
    """Return evidence with the held-out samples of all folds, and the arms' predictions for them.

    Row s of an arm's predictions has seed s of every fold. An arm that is missing in a fold is reported as
    failed. The predictions for test samples stay sealed.

    Args:
        folds: evidence and context of each fold.
        arms: of each fold.
        seeds: paired fits of each arm.

    Returns:
        The evidence has the training view and the candidates of the fold with the most arms: they only tell
        which arms there are. The curves are those of all folds, as if each fit were a further seed; where
        they are not of equal lengths, those of that fold.
    """
    found = [
        fit_arms(its, evidence, context, seeds) for its, (evidence, context) in zip(arms, folds, strict=True)
    ]
    widest = max(range(len(folds)), key=lambda fold: len(arms[fold]))
    failed = {arm: reason for one in found for arm, reason in one.failed.items()}
    for arm in arms[widest]:
        missing = [str(number) for number, its in enumerate(arms, 1) if arm not in its]
        if missing:
            failed[arm] = f"it does not exist in fold {', '.join(missing)}"
    common = [arm for arm in arms[widest] if arm not in failed]
    choice = "predictions of the folds are joined"
    predictions = ArmPredictions(
        {arm: np.concatenate([one.validation[arm] for one in found], axis=1) for arm in common},
        failed,
        {arm: np.concatenate([one.revealed(choice)[arm] for one in found], axis=1) for arm in common},
        {
            arm: _curves([one.curves.get(arm, {}) for one in found], its)
            for arm, its in found[widest].curves.items()
        },
    )
    evidence = folds[widest][0]
    whole = replace(
        evidence,
        validation=ValidationView(evidence.spec, Samples.join([one.validation.samples for one, _ in folds])),
        test=TestView(evidence.spec, Samples.join([one.test.samples for one, _ in folds])),
    )
    return whole, predictions


def _curves(
    folds: Sequence[Mapping[str, FloatArray]], widest: Mapping[str, FloatArray]
) -> Mapping[str, FloatArray]:
    """Return the curves ``[folds · seeds, P]`` of an arm; those of one fold where others are not as long."""
    alike = all(
        name in one and one[name].shape[1:] == values.shape[1:]
        for one in folds
        for name, values in widest.items()
    )
    return {name: np.concatenate([one[name] for one in folds]) for name in widest} if alike else widest


def noted(findings: Findings, folds: int) -> Findings:
    """Return joint findings whose verdict and remarks say what they rest on."""
    verdict = findings.verdict
    said = (
        f"the verdict rests on {folds} folds: each sample is predicted by models that were trained without "
        "it. The folds share training samples, so that its interval is an approximation (Bengio & Grandvalet "
        "2004: the variance of cross-validation has no unbiased estimate)"
    )
    if verdict is not None:
        verdict = verdict.model_copy(update={"sentence": f"{verdict.sentence}; over {folds} folds"})
    return findings.model_copy(update={"verdict": verdict, "remarks": (*findings.remarks, said)})
