"""The evidence that validators and exporters get, from the results of the stages."""

from genaug.contracts import Evidence, Task
from genaug.data import Funnel, Pool
from genaug.stages import choose
from genaug.stages.split import Views
from genaug.stages.stage import StageContext


def gathered(
    stage: StageContext,
    last_selector: str | None,
    task: Task,
    candidates: str = "generate",
    choice: bool = False,
) -> Evidence:
    """Return the evidence of a run.

    Args:
        stage: reads the results of the stages.
        last_selector: name of the chain's last stage; None: no chain.
        task: the downstream task.
        candidates: name of the stage that made the pool.
        choice: whether the stage reads the choice of the task's model.
    """
    views: Views = stage.read("split")
    pool: Pool = stage.read(candidates)
    funnel: Funnel = stage.read(last_selector) if last_selector else Funnel.of(len(pool))
    if choice:
        task = choose.chosen(task, views.train, stage)
    return Evidence(views.train, views.validation, views.test, pool, funnel, task)
