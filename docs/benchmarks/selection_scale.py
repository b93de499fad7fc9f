"""Run a million candidates of 512 numbers through a chain of selectors, and watch time and memory.

Run: python docs/benchmarks/selection_scale.py --out docs/benchmarks

It writes ``selection-scale.json`` and ``.md``. Each size is a `genaug run` in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from genaug.data.funnel_files import load_funnel
from genaug.experiments.measuring import Script
from genaug.experiments.record import Machine

DIMENSIONS, CLASSES, TRAINING, HELD_OUT = 512, 10, 10_000, 40
"""Numbers a sample, classes, training samples, samples a class that the other two views get."""
FACTORS = 32
"""Directions in which the samples of a class differ, beside noise of every number."""
GIBIBYTE = 2**30
LIMIT = 4 * GIBIBYTE
"""Bytes that a run may hold at most."""
TICK = 0.1
"""Seconds between two looks at the process."""
KIBIBYTE, CLOCK = 1024, os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run all sizes, write the record and the page."""
    script = Script(__file__, __doc__)
    options = script.options
    options.add_argument("--sizes", type=int, nargs="+", default=[250_000, 1_000_000], help="candidates")
    options.add_argument("--extractor", default="standardized", help="feature space (standardized)")
    options.add_argument("--work", type=Path, help="folder to work in; it needs 10 GB (a temporary one)")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.work) as work:
        folder = Path(work)
        write_data(folder / "data.npz")
        runs = [watched(folder, size, asked.extractor) for size in asked.sizes]
    last = runs[-1]
    setting = {
        "classes": CLASSES,
        "dimensions": DIMENSIONS,
        "training": TRAINING,
        "limit": LIMIT / GIBIBYTE,
        "features": 4 * DIMENSIONS * last.candidates / GIBIBYTE,
    }
    results = {
        "setting": setting,
        "selectors": config(Path("data.npz"), last.candidates, asked.extractor)["selectors"],
        "runs": [asdict(run) | {"peak": run.peak / GIBIBYTE} for run in runs],
        "rows": list(rows(runs[0], last)),
    }
    threads = os.environ.get("OMP_NUM_THREADS")
    script.publish(asked, results, Machine(threads=int(threads) if threads else None))


def write_data(path: Path) -> None:
    """Write Gaussian classes: means a little apart, a few strong directions each, noise in all."""
    rng = np.random.default_rng(0)
    each = TRAINING // CLASSES + HELD_OUT
    values = np.empty((CLASSES * each, DIMENSIONS), dtype=np.float32)
    for label in range(CLASSES):
        mean = rng.normal(size=DIMENSIONS)
        directions = rng.normal(size=(FACTORS, DIMENSIONS))
        own = slice(label * each, (label + 1) * each)
        values[own] = (
            mean + rng.normal(size=(each, FACTORS)) @ directions / 4 + rng.normal(size=(each, DIMENSIONS))
        )
    np.savez(path, values=values, labels=np.repeat(np.arange(CLASSES), each))


def config(data: Path, candidates: int, extractor: str) -> dict[str, Any]:
    """Return the run: every selector sees most of the pool, so that each is tried at its size."""
    each = candidates // CLASSES
    return {
        "source": {"use": "arrays", "path": str(data)},
        "split": {
            "train_per_class": TRAINING // CLASSES,
            "validation_per_class": HELD_OUT // 2,
            "test_per_class": HELD_OUT // 2,
        },
        "extractor": {"use": extractor},
        "generator": {"use": "gaussian"},
        "strategy": {"use": "class-balance", "add": each},
        "selectors": [
            {
                "use": "top-k",
                "k": 2,
                "judge": {"use": "classification", "model": {"use": "logistic-regression"}},
            },
            {"use": "realism", "share": 0.95},
            {"use": "near-copy"},
            {"use": "cluster", "clusters": 50, "per_cluster": each // 50},
            {"use": "coreset", "max_per_class": 50},
        ],
        "hooks": [{"use": "event-log"}],
    }


@dataclass
class Moment:
    """What a look at the process saw: seconds, bytes."""

    time: float
    processor: float
    resident: int
    own: int


@dataclass
class Stage:
    """What a stage took.

    Attributes:
        seconds: on the clock.
        processor: seconds of all threads.
        resident: most bytes that the process held meanwhile, mapped files among them.
        own: most bytes that it held and the system could not take back.
        reports: the number of reports of its progress.
        silence: the longest time without a report, in seconds.
    """

    seconds: float
    processor: float
    resident: int
    own: int
    reports: int
    silence: float


@dataclass
class Watched:
    """A run."""

    candidates: int
    stages: dict[str, Stage]
    left: dict[str, int]
    peak: int
    seconds: float
    processor: float
    notes: list[str] = field(default_factory=list)


def watched(folder: Path, candidates: int, extractor: str) -> Watched:
    """Run one size, and look at its process as it runs."""
    file, out = folder / f"{candidates}.json", folder / str(candidates)
    file = file.with_suffix(".yaml")
    file.write_text(json.dumps(config(folder / "data.npz", candidates, extractor)), encoding="utf-8")
    command = [sys.executable, "-c", "import sys; from genaug.cli import main; sys.exit(main())"]
    began = time.time()
    process = subprocess.Popen([*command, "run", str(file), "--out", str(out)], stdout=subprocess.DEVNULL)
    moments: list[Moment] = []
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        moments += looked(process.pid)
        time.sleep(TICK)
    if status:
        sys.exit(f"the run of {candidates:,} candidates failed")
    process.returncode = 0  # it was waited for here, which Popen does not know
    events = [json.loads(line) for line in (out / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    chains = sorted(out.glob("store/select-*/chain.json"), key=lambda path: len(path.read_text()))
    funnel = load_funnel(chains[-1].parent)
    return Watched(
        candidates,
        dict(stages(events, moments)),
        {"generate": candidates, **{f"select.{label}": count for label, count in funnel.selectors}},
        usage.ru_maxrss * KIBIBYTE,
        time.time() - began,
        usage.ru_utime + usage.ru_stime,
        list(funnel.notes),
    )


def looked(pid: int) -> list[Moment]:
    """Return what there is to see of a process; nothing where it has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    memory = {
        name: int(value.split()[0]) * KIBIBYTE
        for name, _, value in (line.partition(":") for line in status.splitlines())
        if name in ("VmRSS", "RssAnon")
    }
    if len(memory) < 2:  # ended, but not yet waited for
        return []
    processor = (int(times[11]) + int(times[12])) / CLOCK
    return [Moment(time.time(), processor, memory["VmRSS"], memory["RssAnon"])]


def stages(events: list[dict[str, Any]], moments: list[Moment]) -> Iterator[tuple[str, Stage]]:
    """Yield each stage with its measurements."""
    began = 0.0
    reports: list[float] = []
    for event in events:
        at = datetime.fromisoformat(event["time"]).timestamp()
        if event["event"] == "stage_started":
            began, reports = at, []
        elif event["event"] == "progressed":
            reports.append(at)
        elif event["event"] == "stage_finished":
            seen = [moment for moment in moments if began - TICK <= moment.time <= at + TICK]
            silence = max(np.diff([began, *reports, at]))
            yield (
                event["stage"],
                Stage(
                    at - began,
                    seen[-1].processor - seen[0].processor if seen else 0.0,
                    max((moment.resident for moment in seen), default=0),
                    max((moment.own for moment in seen), default=0),
                    len(reports),
                    float(silence),
                ),
            )


def rows(first: Watched, last: Watched) -> Iterator[list[str]]:
    """Yield the columns' names, and a row for each stage."""
    both = (f"{first.candidates:,}", f"{last.candidates:,}")
    columns = [f"{what}, {size}" for what in ("left", "s", "s of processor") for size in both]
    yield ["stage", *columns, "growth", *(f"GiB, {size}" for size in both), "own", "reports", "silence"]
    for name, other in last.stages.items():
        one = first.stages[name]
        left = [f"{run.left[name]:,}" if name in run.left else "" for run in (first, last)]
        seconds = [f"{of:.1f}" for of in (one.seconds, other.seconds, one.processor, other.processor)]
        growth = f"{other.processor / one.processor:.1f}×" if one.processor > 2 else ""
        memory = [f"{of / GIBIBYTE:.2f}" for of in (one.resident, other.resident, other.own)]
        yield [name, *left, *seconds, growth, *memory, str(other.reports), f"{other.silence:.1f}"]


if __name__ == "__main__":
    main()
