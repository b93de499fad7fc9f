"""The joint result of a run over folds: one data set, one funnel, findings with their spread over folds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import CompletedRun, Evidence
from genaug.contracts.model_choice import ModelChoice
from genaug.data import (
    Finding,
    Findings,
    Funnel,
    Pool,
    Samples,
    TestView,
    TrainView,
    ValidationView,
)
from genaug.data.dataset import VIEWS

SHARED = "folds"
"""What drops the candidates beyond an equal share of each fold, in the joint funnel."""


def join_runs(
    runs: Sequence[CompletedRun],
    findings: Sequence[Findings],
    config: Mapping[str, Any],
    model: ModelChoice | None = None,
) -> CompletedRun:
    """Return the runs of all folds as one, for exporters.

    Its training view has every real sample: each was a test sample in one fold, so that the other views are
    empty. Its candidates are those of all folds, of which as many are kept as one fold kept on average.

    Args:
        runs: of the folds, in order.
        findings: joint ones.
        config: of the whole.
        model: the choice of the task's model over all folds.
    """
    first, folds = runs[0], len(runs)
    evidence = first.evidence
    real = all_real(evidence.train, evidence.validation, evidence.test)
    pool, funnel = join_candidates([(run.evidence.pool, run.evidence.funnel) for run in runs])
    nothing = evidence.train.samples.take(np.zeros(0, dtype=np.int64))
    whole = Evidence(
        replace(evidence.train, samples=real, groups=None),
        ValidationView(evidence.spec, nothing),
        TestView(evidence.spec, nothing),
        pool,
        funnel,
        evidence.task,
    )
    views = first.audit["views"]
    counts = {name: sum(views[view][name] for view in views) for name in evidence.spec.class_names}
    audit = {
        **first.audit,
        "views": {view: counts if view == "train" else dict.fromkeys(counts, 0) for view in views},
        "near_copies_across_views": 0,
    }
    said = (
        f"a run over {folds} folds: these are all real samples, with kept candidates of every fold, as many "
        "as one fold kept on average. A candidate was made by a generator that learned from the real samples "
        "outside its fold: measure what is trained on them on other data, not by another cross-validation"
    )
    warnings = dict.fromkeys([said, *(warning for run in runs for warning in run.warnings)])
    return replace(
        first,
        config=config,
        audit=audit,
        warnings=tuple(warnings),
        evidence=whole,
        findings=tuple(findings),
        files=_all_files(first.files),
        history=joint_history([run.history for run in runs]),
        model=model.sentence if model else "",
        folds=folds,
    )


def joint_choice(choices: Sequence[ModelChoice | None]) -> ModelChoice | None:
    """Return the choices of the task's model in all folds as one; None where the config names the model.

    Args:
        choices: of the folds, in order. The scores are means over the folds that have them; the chosen model
            is the one of most folds, and the sentence names that of each.
    """
    made = [one for one in choices if one is not None]
    if not made or len(made) < len(choices):
        return None
    places: dict[int, list[int]] = {}
    for fold, one in enumerate(made, start=1):
        places.setdefault(one.chosen, []).append(fold)
    candidates = []
    for place, first in enumerate(made[0].candidates):
        known = [score for one in made if (score := one.candidates[place].score) is not None]
        score = float(np.mean(known)) if known else None
        candidates.append(first.model_copy(update={"score": score, "standard_error": None}))
    most = max(places, key=lambda chosen: len(places[chosen]))
    where = [
        f"{made[0].candidates[chosen].model} in {'every fold' if len(places) == 1 else _folds(folds)}"
        for chosen, folds in places.items()
    ]
    scores = ", ".join(f"{one.model} {one.score:.3f}" for one in candidates if one.score is not None)
    means = f"; means over the folds of the {made[0].metric}: {scores}" if scores and made[0].metric else ""
    return ModelChoice(
        chosen=most,
        metric=made[0].metric,
        candidates=tuple(candidates),
        sentence=f"model: {', '.join(where)}, each chosen on the training samples of its fold{means}",
    )


def _folds(folds: Sequence[int]) -> str:
    return f"fold{'s' if len(folds) > 1 else ''} {', '.join(map(str, folds))}"


def joint_history(histories: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, list[float]]:
    """Return the mean over folds of what the generators logged, without values of unequal lengths."""
    first = histories[0]
    return {
        name: np.mean([one[name] for one in histories], axis=0).tolist()
        for name, values in first.items()
        if all(len(one.get(name, ())) == len(values) for one in histories)
    }


def all_real(*views: TrainView | ValidationView | TestView) -> Samples:
    """Return the labelled samples of all views."""
    return Samples.join([view.samples for view in views if len(view.samples)])


def join_candidates(parts: Sequence[tuple[Pool, Funnel]]) -> tuple[Pool, Funnel]:
    """Return the candidates of all folds as one pool, each content once, and their funnel.

    Of each class as many are kept as one fold kept on average, the first ones of every fold.

    Args:
        parts: pool and funnel of each fold.
    """
    pools, funnels = [pool for pool, _ in parts], [funnel for _, funnel in parts]
    starts = np.cumsum([0, *(len(one.origins) for one in pools)])
    names = [name for name in pools[0].scores if all(name in one.scores for one in pools)]
    native = pools[0].native_samples is not None
    pool = Pool(
        pools[0].spec,
        Samples.join([one.samples for one in pools]),
        tuple(origin for one in pools for origin in one.origins),
        np.concatenate([one.origin + start for one, start in zip(pools, starts, strict=False)]),
        np.concatenate([one.position for one in pools]),
        {name: np.concatenate([one.scores[name] for one in pools]) for name in names},
        Samples.join([one.native()[1] for one in pools]) if native else None,
        pools[0].native_spec,
        tuple(dict.fromkeys(note for one in pools for note in one.notes)),
    )
    kept = np.concatenate([one.kept for one in funnels])
    dropped_by = np.concatenate([one.dropped_by.astype(np.object_) for one in funnels])
    reasons = np.concatenate([one.reasons.astype(np.object_) for one in funnels])
    place = _places(pools, funnels)
    scored = [name for name in funnels[0].scores if all(name in one.scores for one in funnels)]
    scores = {name: np.concatenate([one.scores[name] for one in funnels]) for name in scored}
    once = np.sort(np.unique(pool.ids, return_index=True)[1])
    if len(once) < len(pool):  # generators that learned from other samples may make the same one
        pool, kept, dropped_by, reasons, place = (
            pool.take(once),
            kept[once],
            dropped_by[once],
            reasons[once],
            place[once],
        )
        scores = {name: column[once] for name, column in scores.items()}
    for label in range(pool.spec.classes):
        rows = np.flatnonzero(kept & (pool.labels == label))
        extra = rows[np.argsort(place[rows], kind="stable")][round(len(rows) / len(parts)) :]
        kept[extra] = False
        dropped_by[extra] = SHARED
        reasons[extra] = f"an equal share of each of {len(parts)} folds is kept"
    chain = [name for name, _ in funnels[0].selectors]
    passed = {name: sum(dict(one.selectors).get(name, 0) for one in funnels) for name in chain}
    funnel = Funnel(
        kept,
        dropped_by,
        reasons,
        scores,
        (*passed.items(), (SHARED, int(kept.sum()))),
        tuple(dict.fromkeys(warning for one in funnels for warning in one.warnings)),
        tuple(dict.fromkeys(remark for one in funnels for remark in one.remarks)),
    )
    return pool, funnel


def _places(pools: Sequence[Pool], funnels: Sequence[Funnel]) -> NDArray[np.int64]:
    """Return the rank of each candidate among the kept ones of its class and fold, ``[N]``."""
    found = []
    for pool, funnel in zip(pools, funnels, strict=True):
        place = np.zeros(len(pool), dtype=np.int64)
        for label in range(pool.spec.classes):
            rows = np.flatnonzero(funnel.kept & (pool.labels == label))
            place[rows] = np.arange(len(rows))
        found.append(place)
    return np.concatenate(found)


def spread(of_folds: Sequence[Findings], joint: Findings | None) -> Findings:
    """Return the findings over all folds, each with its values in the single folds.

    Args:
        of_folds: the findings of a validator in each fold.
        joint: those that it measured over all folds; None: the means of the folds are reported.
    """
    values = [{one.name: one.value for one in found.findings} for found in of_folds]
    base = joint or of_folds[0]
    rows = []
    for finding in base.findings:
        own = [one[finding.name] for one in values if finding.name in one]
        if joint is None and own:
            finding = finding.model_copy(
                update={"value": float(np.mean(own)), "interval": None, "p": None, "per_class": {}, "n": None}
            )
        rows.append(finding.model_copy(update={"note": _noted(finding, own, len(values), joint is None)}))
    warnings = dict.fromkeys(
        joint.warnings if joint else (warning for one in of_folds for warning in one.warnings)
    )
    update: dict[str, Any] = {"findings": tuple(rows), "warnings": tuple(warnings)}
    if joint is None:  # pictures, and verdicts on few samples, are in the reports of the folds
        update |= {"figures": (), "verdict": None, "predicted": (), "changes": ()}
    return base.model_copy(update=update)


def _noted(finding: Finding, own: Sequence[float], folds: int, mean: bool) -> str:
    if not own:
        return finding.note
    said = f"{f'mean of {len(own)} folds; ' if mean else ''}by fold: {', '.join(f'{one:.3g}' for one in own)}"
    if len(own) > 1:
        said += f" (standard deviation {np.std(own, ddof=1):.2g})"
    if len(own) < folds:
        said += f"; {folds - len(own)} of {folds} folds lack it"
    return f"{finding.note}; {said}" if finding.note else said


def _all_files(files: Mapping[str, NDArray[np.str_]]) -> dict[str, NDArray[np.str_]]:
    return {"train": np.concatenate([files[view] for view in VIEWS])} if set(files) == set(VIEWS) else {}
