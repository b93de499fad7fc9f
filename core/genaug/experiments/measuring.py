"""Measuring scripts: clocks, rounds, child processes, a record and its page."""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from genaug.experiments import pages
from genaug.experiments.record import Machine, Made, package_versions


class Measurements(BaseModel):
    """The record of a script: its provenance, its options, its results."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    experiment: str
    """Name of the script and of its template."""
    made: Made
    asked: dict[str, Any]
    """The options of the command."""
    results: dict[str, Any]
    minutes: float
    """Duration of the script."""

    def page(self, templates: Path) -> str:
        """Return the page: the template, filled with the record."""
        content = json.loads(self.model_dump_json())
        return pages.rendered(
            f"{self.experiment}.md.j2", [templates], **(content | {"made": self.made} | content["results"])
        )


class Script:
    """A script of `docs/benchmarks`: its options, its record and its page.

    Args:
        file: the script's ``__file__``.
        about: its docstring.
    """

    def __init__(self, file: str, about: str) -> None:
        self.path = Path(file).resolve()
        self.root = self.path.parents[2]
        self.stem = self.path.stem.replace("_", "-")
        self.options = argparse.ArgumentParser(description=about.splitlines()[0])
        self.options.add_argument(
            "--out", type=Path, help="folder of the record and its page; none: print it"
        )
        self._began = time.monotonic()

    def publish(
        self,
        asked: argparse.Namespace,
        results: Mapping[str, Any],
        machine: Machine | None = None,
        compared: Iterable[str] = (),
    ) -> None:
        """Write ``<stem>.json`` and ``<stem>.md`` to the folder of the options, or print the page.

        Args:
            asked: the options.
            results: of the measurements, as plain JSON.
            machine: of the measurements; None: the CPU, with torch's present number of threads.
            compared: other packages whose versions belong to the record.
        """
        hidden = {action.dest for action in self.options._actions if action.help is argparse.SUPPRESS}
        given = {name: value for name, value in vars(asked).items() if name != "out" and name not in hidden}
        script = self.path.relative_to(self.root).as_posix()
        made = Made.by(
            " ".join(["python", script, *_words(given), "--out", Path(script).parent.as_posix()]),
            [script],
            self.root,
            versions={name: (one,) for name, one in package_versions(*compared).items()},
            machines=(machine or Machine(threads=torch_threads()),),
        )
        record = Measurements(
            experiment=self.stem,
            made=made,
            asked=json.loads(json.dumps(given, default=str)),
            results=dict(results),
            minutes=round((time.monotonic() - self._began) / 60, 1),
        )
        page = record.page(self.root / "docs" / "templates")
        if asked.out is None:
            print(page)
            return
        for path in pages.write(asked.out, self.stem, page, record):
            print(f"wrote {path}")


def _words(options: Mapping[str, Any]) -> Iterable[str]:
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            yield from [option] * value
        elif value is not None:
            yield option
            yield from map(str, value if isinstance(value, list | tuple) else [value])


def torch_threads() -> int | None:
    """Return the threads of torch; None where torch is not loaded."""
    return torch.get_num_threads() if (torch := sys.modules.get("torch")) else None


def peak_memory() -> float:
    """Return this process's peak memory so far, in GiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def measured(work: Callable[[], Any]) -> dict[str, Any]:
    """Call a function once, and measure it.

    Returns:
        Its value; wall time and processor time in seconds; and peak memory in GiB: of the process, and
        before the call (``held``).
    """
    held, wall, processor = peak_memory(), time.perf_counter(), time.process_time()
    value = work()
    return {
        "value": value,
        "wall": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "peak": peak_memory(),
        "held": held,
    }


def in_own_process(script: Path, *arguments: object) -> dict[str, Any]:
    """Run a script in a child process, to measure its peak memory; return the JSON that it prints last."""
    command = [sys.executable, str(script), *map(str, arguments)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def in_turns(
    steps: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Time functions, one call of each in every round, so that changes of the machine's speed affect all.

    Args:
        steps: by name.
        rounds: number of measured rounds; one more, the first, is a warm-up.
        clock: returns seconds, after all work is done.
    """
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(rounds + 1):
        for name, step in steps.items():
            began = clock()
            step()
            if turn:
                seconds[name].append(clock() - began)
    return seconds


def medians(rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each figure over measurements."""
    found = list(rows)
    return {name: statistics.median(row[name] for row in found) for name in found[0]}
