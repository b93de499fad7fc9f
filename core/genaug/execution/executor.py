"""What carries out a job: the local executor, or one that spreads the work over machines."""

from pathlib import Path
from typing import Protocol

from genaug.contracts.context import Map
from genaug.execution.job import Job
from genaug.execution.record import RunRecord


class Executor(Protocol):
    """Executes the stages of a job, and gives them a map for independent work.

    An executor decides where work runs, and nothing else: the same job gives the same manifest under each.
    `tests/core/execution/test_executors.py` holds the tests that each must pass.
    """

    def run(self, job: Job, folder: Path) -> RunRecord:
        """Execute each stage whose artifact does not exist, after those that it reads; see `Pipeline.run`."""

    def map(self, job: Job, folder: Path) -> Map:
        """Return what the stages of a job apply functions to items with."""
