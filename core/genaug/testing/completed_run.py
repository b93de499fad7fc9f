"""A completed run, as exporters get it, with every kind of finding."""

from genaug.contracts import CompletedRun, Evidence
from genaug.data import (
    ChangedSample,
    Changes,
    Dataset,
    Figure,
    Finding,
    Findings,
    Pair,
    PredictedClasses,
    Verdict,
)
from genaug.data.audit import audit
from genaug.testing.formulas import CLASSES


def completed_run(evidence: Evidence, dataset: Dataset) -> CompletedRun:
    """Return a completed run with the evidence and every kind of finding in it."""
    views = {
        "train": evidence.train.samples,
        "validation": evidence.validation.samples,
        "test": evidence.test.samples,
    }
    counts = {name: samples.per_class(len(CLASSES)).tolist() for name, samples in views.items()}
    return CompletedRun(
        config={
            "seed": 0,
            "source": {"use": "shapes"},
            "split": {"train_per_class": 6, "validation_per_class": 2},
            "extractor": {"use": "flat"},
            "generator": {"use": "formula"},
            "strategy": {"use": "eight-of-each"},
            "selectors": [{"use": "two-of-three"}],
            "task": {"use": "label"},
            "validators": [{"use": "kit"}],
            "exporters": [],
            "hooks": [],
        },
        versions={"python": "3.11.0", "genaug": "0.1.0"},
        audit={
            **audit(dataset).model_dump(mode="json"),
            "views": {name: dict(zip(CLASSES, row, strict=True)) for name, row in counts.items()},
            "near_copies_across_views": 0,
        },
        history={"step": [1.0, 2.0, 3.0], "loss": [0.9, 0.6, 0.5]},
        warnings=("the formula <was> not fitted",),
        evidence=evidence,
        findings=(_findings(evidence),),
    )


def _findings(evidence: Evidence) -> Findings:
    closest = Pair(
        candidate=str(evidence.pool.ids[0]), training=str(evidence.train.samples.ids[0]), distance=0.01
    )
    chart = {
        "data": [{"type": "bar", "x": list(CLASSES), "y": [0.9, 0.8, 0.7]}],
        "layout": {"title": {"text": "Kit"}},
    }
    return Findings(
        validator="kit",
        findings=(
            Finding(
                name="accuracy",
                value=0.8,
                better="higher",
                interval=(0.7, 0.9),
                n=12,
                reference=0.85,
                per_class=dict(zip(CLASSES, (0.9, 0.8, 0.7), strict=True)),
                note="made up, <for> the kit",
            ),
            Finding(name="distance", value=float("nan"), better="lower", note="fewer than two samples"),
        ),
        figures=(
            Figure(title="A chart", caption="three bars", chart=chart),
            Figure(title="Closest pairs", pairs=(closest,)),
        ),
        verdict=Verdict(
            label="no measurable effect",
            metric="accuracy on the test view",
            baseline="real",
            effect=0.01,
            interval=(-0.02, 0.04),
            minimum_detectable_effect=0.045,
            sentence="No measurable effect: +0.01 accuracy, 95 % interval -0.02 to 0.04.",
        ),
        predicted=tuple(
            PredictedClasses(arm=arm, seeds=3, counts={one: {one: 10, CLASSES[0]: 2} for one in CLASSES[1:]})
            for arm in ("real", "real + made up")
        ),
        changes=(
            Changes(
                before="real",
                after="real + made up",
                seeds=3,
                to_right=1,
                to_wrong=0,
                samples=(
                    ChangedSample(
                        sample=str(evidence.test.samples.ids[0]),
                        label=CLASSES[0],
                        before=CLASSES[1],
                        after=CLASSES[0],
                        right_before=0,
                        right_after=3,
                    ),
                ),
            ),
        ),
        warnings=("12 test samples are few",),
    )
