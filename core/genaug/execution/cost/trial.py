"""The trial of a run: every stage is started on the real data, in a temporary folder, for a few seconds."""

import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pluggy

from genaug.data import Pool
from genaug.errors import DataError, PluginFailed
from genaug.execution.cost.forecast import NOT_MEASURED, CostForecast, StageCost
from genaug.execution.cost.memory import machine_memory, peak_memory, reset_peak
from genaug.execution.cost.stand_ins import (
    stand_in_findings,
    stand_in_fit,
    stand_in_pool,
    stand_in_selection,
)
from genaug.execution.cost.watch import Enough, Watch
from genaug.execution.job import Job
from genaug.execution.mapping import WORTH_PROCESSES, LocalMap
from genaug.execution.run_state import RunState
from genaug.execution.stage_context import RunStageContext
from genaug.execution.store import STORE, TEMPORARY, Store
from genaug.hooks import PROJECT, HookSpecs
from genaug.stages.stage import Stage
from genaug.training.processes import limited_threads, thread_count, torch_device

BUDGET = 5.0
"""Seconds after which a stage that reports progress is stopped."""
MOST = 60.0
"""Seconds after which a stage is stopped that reports none."""
MEASURED = (0.7, 1.5)
"""Shortest and longest time of a stage that ran to its end, as factors of what it took."""
EXTRAPOLATED = (0.6, 1.7)
"""The same for work that was not done."""
CHILD = 400 * 2**20
"""Bytes of a child process besides its data: Python with torch or scikit-learn."""


def trial(
    job: Job,
    folder: Path | None = None,
    *,
    runs: int = 1,
    clock: Callable[[], float] = time.monotonic,
    budget: float = BUDGET,
    most: float = MOST,
) -> CostForecast:
    """Measure what a job will cost, by starting each of its stages.

    A stage that reports progress is stopped when the budget is used up, and its time is extrapolated. The
    stages behind it then work on a stand-in: the samples of a generator that has hardly learned, as many of
    them as could be made in the time; selectors keep as many candidates as they can keep at most. Nothing is
    written but a temporary folder, which is removed.

    Args:
        job: as for `run`; its data must have passed `check`.
        folder: the output folder; finished stages there cost nothing.
        runs: number of such runs: the folds.
        clock: returns seconds.
        budget: seconds of a stage.
        most: seconds of a stage that reports no progress.
    """
    began = clock()
    watch = Watch(clock, budget, most)
    finished = Store(folder / STORE) if folder else None
    with tempfile.TemporaryDirectory(prefix="genaug-trial-") as place, limited_threads(job.threads):
        costs, spared = _Trial(job, Path(place), watch, finished).measured()
    return CostForecast(tuple(costs), runs, clock() - began, spared, machine_memory())


class _Trial:
    def __init__(self, job: Job, home: Path, watch: Watch, finished: Store | None) -> None:
        device, threads = torch_device(job.device), thread_count(job.threads)
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(HookSpecs)
        manager.register(watch)
        local = LocalMap(device, threads, home / STORE / TEMPORARY, worth=math.inf)
        mapped = watch.mapped(local, threads if device == "cpu" else 1)
        self._job, self._watch, self._finished = job, watch, finished
        self._state = RunState(job, home, manager.hook, mapped)
        self._real = True  # whether the candidates are those of the run
        self._made = 1.0  # share of the candidates that exist in the trial
        self._spared = 0

    def measured(self) -> tuple[list[StageCost], int]:
        """Return the cost of each stage, and the memory that the trial did not need, in bytes."""
        costs: list[StageCost] = []
        for stage in self._job.stages:
            cost, goes_on = self._stage(stage)
            costs.append(cost)
            if not goes_on:
                break
            self._state.release_after(stage)
        unknown = self._job.stages[len(costs) :]
        costs += [StageCost(stage.name, None, None, NOT_MEASURED) for stage in unknown]
        return costs, self._spared

    def _stage(self, stage: Stage) -> tuple[StageCost, bool]:
        """Return the cost of a stage, and whether the next ones can be measured."""
        state, name, fingerprint = self._state, stage.name, self._job.fingerprints[stage.name]
        found = self._finished and self._finished.find(name, fingerprint)
        if found:
            state.artifacts[name] = found
            return StageCost(name, (0.0, 0.0), None, "finished already"), True
        reset_peak()
        ended, fault = False, ""
        with self._watch.stage():
            try:
                with state.store.create(name, fingerprint, None, stage.keep_partial) as partial:
                    stage.work(RunStageContext(stage, state, partial))
                ended = state.find(name) is not None
            except Enough:
                pass
            except (DataError, PluginFailed) as error:
                if self._real:
                    raise  # the run would end with it, too
                fault = str(error)
            elapsed = self._watch.elapsed
        if fault:
            cost = StageCost(name, None, None, f"{NOT_MEASURED}: {fault}")
        else:
            seconds, how = self._seconds(name, elapsed, ended)
            cost = StageCost(name, seconds, peak_memory(), how)
        return cost, self._replaced(stage, ended)

    def _seconds(self, name: str, elapsed: float, ended: bool) -> tuple[tuple[float, float | None], str]:
        """Return the time of a stage as a range, and what it rests on."""
        low, high = (factor * elapsed for factor in MEASURED)
        how = "in full"
        if not ended:
            left = self._watch.remaining()
            if left is None:
                return (low, None), "stopped: nothing says how far it was"
            how = f"{left.done:,} of {left.total:,} ({left.task})"
            short, long = EXTRAPOLATED[0] * left.new, EXTRAPOLATED[1] * left.seconds
            processes = self._watch.processes
            if processes > 1 and left.seconds >= WORTH_PROCESSES:
                short /= processes
                self._spared = max(self._spared, CHILD * processes)
            low, high = low + short, high + long
        if self._made < 1:
            how = f"{how}, with {self._made:.0%} of the candidates"
            high /= self._made ** (2 if name.startswith("select.") else 1)  # a selector may compare pairs
            low /= self._made if name.startswith("select.") else 1
        return (low, high), how

    def _replaced(self, stage: Stage, ended: bool) -> bool:
        """Replace an artifact that is not that of the run; return whether there is one now."""
        state, name = self._state, stage.name
        if ended and (self._real or not name.startswith("select.")):
            return True
        self._real = False
        if name == "fit":
            return stand_in_fit(stage, state)
        if name == "generate":
            self._made = self._watch.share()
            stand_in_pool(stage, state, self._made)
            pool: Pool = state.read(name)
            of_one = 4 * math.prod(pool.native()[0].shape)
            self._spared += int(len(pool) * of_one * (1 / self._made - 1))
        elif name.startswith("select."):
            stand_in_selection(stage, state)
        elif name.startswith("validate."):
            stand_in_findings(stage, state)
        return name not in ("audit", "split")
