"""The local executor: everything runs on this machine."""

from dataclasses import dataclass
from pathlib import Path

from genaug.contracts.context import Map
from genaug.execution.job import Job
from genaug.execution.mapping import WORTH_PROCESSES, LocalMap
from genaug.execution.record import RunRecord
from genaug.execution.run import run
from genaug.execution.store import STORE, TEMPORARY
from genaug.training.processes import thread_count, torch_device


@dataclass(frozen=True)
class LocalExecutor:
    """Executor that runs stages in this process, and long independent work in child processes.

    Attributes:
        worth: seconds of remaining work above which calls run in child processes.
    """

    worth: float = WORTH_PROCESSES

    def run(self, job: Job, folder: Path) -> RunRecord:
        """Execute the stages of a job sequentially; see `Pipeline.run`."""
        return run(job, folder, self.map(job, folder))

    def map(self, job: Job, folder: Path) -> Map:
        """Return a map with as many processes as the job has threads."""
        temporary = folder / STORE / TEMPORARY
        return LocalMap(torch_device(job.device), thread_count(job.threads), temporary, self.worth)
