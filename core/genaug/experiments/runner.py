"""The execution of an experiment's runs, several in parallel."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from genaug.data.json_files import write_json
from genaug.experiments.record import Machine
from genaug.experiments.runs import CONFIG, LOG, Run
from genaug.training.processes import process_count, torch_device

MACHINE = "machine.json"
"""The machine of a run, beside its record."""
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 20.0
"""Seconds that an interrupted run may take to end."""

_COMMAND = [sys.executable, "-c", "from genaug.cli import main; main()", "run"]
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_TORCHRUN = ("WORLD_SIZE", "RANK", "LOCAL_RANK")
"""Variables that would make a run wait for other processes."""


@dataclass
class _Worker:
    run: Run
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)


def make(
    runs: Sequence[Run],
    jobs: int,
    say: Callable[[str], None],
    done: Callable[[Run], None] = lambda run: None,
    sources: Sequence[Path] = (),
    isolated: bool = True,
) -> list[Run]:
    """Execute the runs that are not finished, in order; return those that failed.

    Args:
        runs: of an experiment.
        jobs: number of runs in parallel.
        say: called with each line of progress.
        done: called with each run that succeeded; an exception stops the others.
        sources: output folders with artifacts that the runs may share, beside those of each other.
        isolated: give each run its own process, too, where only one is executed at a time. A run that is
            not isolated starts at once, and may have components that are not installed.
    """
    finished = [run for run in runs if run.finished()]
    pending = [run for run in runs if run not in finished]
    say(f"{len(runs)} runs, {len(finished)} of them found finished; {len(pending)} to make, {jobs} at a time")
    pace, working, failed, total = _Pace(jobs), list[_Worker](), list[Run](), len(pending)

    def ended(run: Run, began: float, problem: str) -> None:
        pace.took(run, time.monotonic() - began)
        reason = run.why_unfinished()
        reason = problem if reason in ("", "not run") else reason
        (failed if reason else finished).append(run)
        outcome = f"failed: {reason}" if reason else f"{pace.last:.0f} s"
        left = f"; about {pace.left(pending, working)} left" if pending or working else ""
        say(f"{total - len(pending) - len(working)}/{total} {run.label}: {outcome}{left}")
        if not reason:
            done(run)

    with _stopped_together(working):
        while pending or working:
            # Two arms may be the same run, and two processes cannot write into one folder.
            while len(working) < jobs and (
                run := next(
                    (one for one in pending if one.folder not in {w.run.folder for w in working}), None
                )
            ):
                pending.remove(run)
                run.prepare([*sources, *(one.folder for one in finished)])
                if isolated or jobs > 1 or process_count() > 1:
                    working.append(_Worker(run, _started(run, jobs)))
                    continue
                began, problem = time.monotonic(), ""
                try:
                    run.pipeline.run(run.folder)
                except Exception as error:  # the other runs do not depend on this one
                    problem = str(error)
                ended(run, began, problem)
            time.sleep(LOOK_SECONDS if working else 0)
            for worker in [one for one in working if one.process.poll() is not None]:
                working.remove(worker)
                code = worker.process.returncode
                ended(worker.run, worker.began, f"ended with exit code {code}" if code else "")
    return failed


def _started(run: Run, jobs: int) -> subprocess.Popen[bytes]:
    threads, device = run.pipeline.threads, torch_device(run.pipeline.device)
    if device.startswith("cuda"):
        import torch

        device = torch.cuda.get_device_name(device)
    machine = Machine(device=device, threads=threads, at_a_time=jobs)
    write_json(run.folder / MACHINE, machine.model_dump())
    limits = {} if threads is None else dict.fromkeys(_THREADS, str(threads))
    with (run.folder / LOG).open("wb") as log:
        return subprocess.Popen(
            [*_COMMAND, str(run.folder / CONFIG), "--out", str(run.folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={name: value for name, value in os.environ.items() if name not in _TORCHRUN} | limits,
            start_new_session=True,  # an interrupt then reaches it once, through `_stopped_together`
        )


@contextmanager
def _stopped_together(working: list[_Worker]) -> Iterator[None]:
    """Interrupt the running processes when this process is stopped; their runs can be resumed."""

    def ended(*_: object) -> NoReturn:
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, ended)
    try:
        yield
    finally:
        for worker in working:
            worker.process.send_signal(signal.SIGINT)
        for worker in working:
            try:
                worker.process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
        signal.signal(signal.SIGTERM, before)


class _Pace:
    """An estimate of the remaining time, from the durations of an arm at other seeds, or of other arms."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._took: dict[tuple[str, int], list[float]] = {}
        self.last = 0.0

    def took(self, run: Run, seconds: float) -> None:
        self._took.setdefault((run.arm, run.value.position), []).append(seconds)
        self.last = seconds

    def left(self, pending: Sequence[Run], working: Sequence[_Worker]) -> str:
        now = time.monotonic()
        seconds = sum(self._expected(run) for run in pending)
        seconds += sum(max(self._expected(one.run) - (now - one.began), 0) for one in working)
        minutes = round(seconds / self._jobs / 60)
        return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"

    def _expected(self, run: Run) -> float:
        known = self._took.get((run.arm, run.value.position))
        known = known or [one for took in self._took.values() for one in took]
        return sum(known) / len(known)
