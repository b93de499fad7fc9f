"""The execution of runs, several in parallel, each in its own process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from genaug.data.json_files import write_json
from genaug.experiments.record import Machine
from genaug.experiments.study.runs import CONFIG, LOG, MACHINE, Run

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 20.0
"""Seconds that an interrupted run may take to end."""

_COMMAND = [sys.executable, "-c", "from genaug.cli import main; main()", "run"]
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass
class _Worker:
    run: Run
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)


def make(
    runs: Sequence[Run], jobs: int, say: Callable[[str], None], done: Callable[[Run], None]
) -> list[Run]:
    """Execute the runs that are not finished, in order; return those that failed.

    Args:
        runs: of a study.
        jobs: number of runs in parallel.
        say: called with each line of progress.
        done: called with each run that succeeded; an exception stops the others.
    """
    finished = [run for run in runs if run.finished()]
    pending = [run for run in runs if run not in finished]
    say(f"{len(runs)} runs, {len(finished)} of them found finished; {len(pending)} to make, {jobs} at a time")
    pace, working, failed, total = _Pace(jobs), list[_Worker](), list[Run](), len(pending)
    with _stopped_together(working):
        while pending or working:
            while pending and len(working) < jobs:
                run = pending.pop(0)
                run.prepare(next((one for one in finished if one.shares_split_with(run)), None))
                working.append(_Worker(run, _started(run, jobs)))
            time.sleep(LOOK_SECONDS)
            for worker in [one for one in working if one.process.poll() is not None]:
                working.remove(worker)
                run = worker.run
                pace.took(run, time.monotonic() - worker.began)
                made = total - len(pending) - len(working)
                code = worker.process.returncode
                reason = run.why_unfinished() or (f"ended with exit code {code}" if code else "")
                (failed if reason else finished).append(run)
                outcome = reason or f"{pace.last:.0f} s"
                left = f"; about {pace.left(pending, working)} left" if pending or working else ""
                say(f"{made}/{total} {run.label}: {outcome}{left}")
                if not reason:
                    done(run)
    return failed


def _started(run: Run, jobs: int) -> subprocess.Popen[bytes]:
    threads = run.pipeline.threads
    machine = Machine(device=_device(run.pipeline.device), threads=threads, at_a_time=jobs)
    write_json(run.folder / MACHINE, machine.model_dump())
    limits = {} if threads is None else dict.fromkeys(_THREADS, str(threads))
    with (run.folder / LOG).open("wb") as log:
        return subprocess.Popen(
            [*_COMMAND, str(run.folder / CONFIG), "--out", str(run.folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | limits,
            start_new_session=True,  # an interrupt then reaches it once, through `_stopped_together`
        )


def _device(name: str) -> str:
    import torch

    if name == "cpu" or not torch.cuda.is_available():
        return "cpu"
    return torch.cuda.get_device_name(None if name == "auto" else name)


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
        self._took: dict[str, list[float]] = {}
        self.last = 0.0

    def took(self, run: Run, seconds: float) -> None:
        self._took.setdefault(_kind(run), []).append(seconds)
        self.last = seconds

    def left(self, pending: Sequence[Run], working: Sequence[_Worker]) -> str:
        now = time.monotonic()
        seconds = sum(self._expected(run) for run in pending)
        seconds += sum(max(self._expected(one.run) - (now - one.began), 0) for one in working)
        minutes = round(seconds / self._jobs / 60)
        return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"

    def _expected(self, run: Run) -> float:
        known = self._took.get(_kind(run)) or [one for took in self._took.values() for one in took]
        return sum(known) / len(known)


def _kind(run: Run) -> str:
    return json.dumps([run.arm, run.value.position])
