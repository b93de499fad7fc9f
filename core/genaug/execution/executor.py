"""The contract of executors: the local one, or one that distributes the work over machines."""

from pathlib import Path
from typing import Protocol

from genaug.contracts.context import Map
from genaug.execution.job import Job
from genaug.execution.record import RunRecord


class Executor(Protocol):
    """Contract of executors: they execute the stages of a job, and map functions over independent items.

    An executor decides where work runs, and nothing else. `genaug.execution.run.run` executes a job's
    stages in this process with any map, so that an executor that only places independent work elsewhere
    consists of its map. Every executor guarantees:

    - **Order.** A stage is executed after the stages that it reads. A map yields results in the order of
      the items, and takes items lazily.
    - **Equal results.** The same job gives the same artifacts, to the bit, and so the same manifest,
      wherever and beside what a call runs: each call has the CPU threads that `Map` asks for, on a device
      of the run's type. What a call needs is passed by pickle; a function or item that cannot be pickled
      is computed in the process of the run.
    - **Resume.** A finished stage is never executed again. Results that a map has yielded before an
      interrupt are not lost: the stages store them, and pass only the other items in the next run.
    - **Errors.** An error of a call is raised in the process of the run with its type and message, so
      that it names the same plugin as without this executor. Nothing half-written is left in the output
      folder, and `run.json` records the error.
    - **Progress.** Hooks are called in the process of the run only. Results that come from elsewhere are
      reported when they arrive (`genaug.contracts.progress`).
    - **Folder.** Nothing is written outside the output folder and the executor's own temporary files,
      which are removed.

    The tests in ``tests/core/execution`` check this for each executor in the fixture `executor`.
    """

    def run(self, job: Job, folder: Path) -> RunRecord:
        """Execute each stage whose artifact does not exist; see `Pipeline.run`."""

    def map(self, job: Job, folder: Path) -> Map:
        """Return the map that the stages of a job use for independent work; see `Context.map`."""
