"""The evidence that validators and exporters get, from the results of the stages."""

from genaug.contracts import Evidence, Task
from genaug.data import Funnel, Pool
from genaug.stages.split import Views
from genaug.stages.stage import StageContext


def gathered(stage: StageContext, last_selector: str | None, task: Task) -> Evidence:
    """Return the evidence of a run; `last_selector` names the chain's last stage, None: no chain."""
    views: Views = stage.read("split")
    pool: Pool = stage.read("generate")
    funnel: Funnel = stage.read(last_selector) if last_selector else Funnel.of(len(pool))
    return Evidence(views.train, views.validation, views.test, pool, funnel, task)
