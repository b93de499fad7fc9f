"""The stages `validate.…`: one for each validator, which measures the kept candidates."""

from collections.abc import Iterator
from pathlib import Path

from genaug.components.blame import blaming
from genaug.components.identity import described
from genaug.contracts import Evidence, Task, Validator
from genaug.data import Findings
from genaug.errors import PluginFailed
from genaug.stages import choose
from genaug.stages.evidence import gathered
from genaug.stages.stage import Stage, StageContext, labelled


def stages(
    validators: tuple[Validator, ...],
    last_selector: str | None,
    task: Task,
) -> Iterator[Stage]:
    """Yield a stage for each validator; they do not depend on one another."""
    inputs = ("split", "generate", *([last_selector] if last_selector else []))
    for label, validator in labelled(validators):
        choice = choose.inputs(task) if validator.reads_task else ()
        yield _stage(f"validate.{label}", validator, last_selector, task, (*inputs, *choice))


def _stage(
    name: str,
    validator: Validator,
    last_selector: str | None,
    task: Task,
    inputs: tuple[str, ...],
) -> Stage:
    def work(stage: StageContext) -> None:
        evidence = gathered(stage, last_selector, task, choice=choose.NAME in inputs)
        with blaming(validator):
            findings = validator.measure(evidence, stage.context)
        if not isinstance(findings, Findings):
            raise PluginFailed(f"the {described(validator)} returned {type(findings).__name__}, not Findings")
        findings = titled(findings, validator)
        if validator.reads_task and (warning := _unlearned_soft_labels(evidence)):
            findings = findings.model_copy(update={"warnings": (*findings.warnings, warning)})
            stage.hooks.warned(message=f"{validator.name}: {warning}")
        (stage.folder / "findings.json").write_text(findings.model_dump_json(indent=2), encoding="utf-8")
        stage.hooks.found(findings=findings)

    components = {"validator": validator, "task": task}
    return Stage(name, components, {"label": name}, inputs, work, read, judges=True)


def _unlearned_soft_labels(evidence: Evidence) -> str:
    """Return a warning where the task's model learns no soft labels, and there are some; else ""."""
    model, soft = evidence.task.model, evidence.selected.samples.soft_labels
    if evidence.task.predicts != "classes" or soft is None or model.learns_soft_labels(evidence.spec):
        return ""
    count = int((soft.max(axis=1) < 1).sum())
    return (
        f"{count:,} kept candidates have soft labels, which the model {model.name!r} does not learn: it "
        "learned the class with the largest share of each"
    )


def titled(findings: Findings, validator: Validator) -> Findings:
    """Return findings with a heading: that of the validator where they have none."""
    return findings if findings.title else findings.model_copy(update={"title": validator.title})


def read(folder: Path) -> Findings:
    """Read the artifact back."""
    return Findings.model_validate_json((folder / "findings.json").read_text(encoding="utf-8"))
