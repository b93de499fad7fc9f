"""The interface of executors: the local one, or one that distributes the work over machines."""

from pathlib import Path
from typing import Protocol

from genaug.contracts.context import Map
from genaug.execution.job import Job
from genaug.execution.record import RunRecord


class Executor(Protocol):
    """Interface of executors: they execute the stages of a job and provide a map for independent work.

    An executor decides where work runs, and nothing else: every executor gives the same manifest for a job.
    `tests/core/execution/test_executors.py` contains the tests that each executor must pass.
    """

    def run(self, job: Job, folder: Path) -> RunRecord:
        """Execute each stage whose artifact does not exist, after the stages it reads; see `Pipeline.run`."""

    def map(self, job: Job, folder: Path) -> Map:
        """Return the map that the stages of a job use for independent work."""
