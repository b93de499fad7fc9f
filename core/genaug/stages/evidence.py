"""Gather what judges and exporters are given from what the steps made."""

from genaug.contracts import Evidence, Task
from genaug.data import Funnel, Pool
from genaug.stages.split import Views
from genaug.stages.step import Bench


def gathered(bench: Bench, last_selector: str | None, task: Task) -> Evidence:
    """Return the evidence of a run; `last_selector` names the chain's last step, None: no chain."""
    views: Views = bench.read("split")
    pool: Pool = bench.read("generate")
    funnel: Funnel = bench.read(last_selector) if last_selector else Funnel.of(len(pool))
    return Evidence(views.train, views.validation, views.test, pool, funnel, task)
