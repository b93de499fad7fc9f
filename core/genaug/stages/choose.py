"""The stage `choose`: the task's model is chosen on the training view, before anything is generated."""

from functools import partial
from pathlib import Path

from genaug.components.blame import blaming
from genaug.contracts import Task
from genaug.contracts.model_choice import ModelChoice, choose_model, label, with_chosen
from genaug.data import SampleSpec, TrainView
from genaug.stages.stage import Stage, StageContext

NAME = "choose"
FILE = "choice.json"


def stages(task: Task) -> tuple[Stage, ...]:
    """Return the stage that chooses the task's model; none where the config names it."""
    if not task.model.chooses:
        return ()
    return (Stage(NAME, {"task": task}, {}, ("split",), partial(_work, task), read),)


def inputs(task: Task) -> tuple[str, ...]:
    """Return the names of the stages that `chosen` reads."""
    return (NAME,) if task.model.chooses else ()


def announced(task: Task, spec: SampleSpec) -> str:
    """Return among which models a run chooses, in a sentence; "" where the config names the model."""
    if not task.model.chooses:
        return ""
    names = ", ".join(label(one) for one in task.model.candidates(spec))
    return (
        f"model: one of {names}, by cross-validation on the training view (2 to 10 fits each); name one in "
        "`task.model` to skip this"
    )


def chosen(task: Task, train: TrainView, stage: StageContext) -> Task:
    """Return the task with the model that was chosen in this run, or as it is where nothing was chosen."""
    return with_chosen(task, train, stage.read(NAME)) if task.model.chooses else task


def read(folder: Path) -> ModelChoice:
    """Read the artifact back."""
    return ModelChoice.model_validate_json((folder / FILE).read_text(encoding="utf-8"))


def _work(task: Task, stage: StageContext) -> None:
    with blaming(task):
        choice = choose_model(task, stage.read("split").train, stage.context)
    (stage.folder / FILE).write_text(choice.model_dump_json(indent=2), encoding="utf-8")
    stage.hooks.noted(message=choice.sentence)
