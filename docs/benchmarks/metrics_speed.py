"""Time the Fréchet and the kernel distance against their reference packages, values compared first.

Run: python docs/benchmarks/metrics_speed.py --out docs/benchmarks

It writes ``metrics-speed.md``; some ten minutes on two cores. clean-fid takes part where it can be imported,
e.g. with PYTHONPATH naming a folder that ``pip install --no-deps --target FOLDER clean-fid`` filled; else
scipy's routine takes its place, called as clean-fid calls it.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import torch
from numpy.typing import NDArray
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

from genaug_plugins.metrics.frechet import frechet_between, frechet_distance
from genaug_plugins.metrics.kernel import kernel_distance
from genaug_plugins.metrics.moments import Moments

try:
    from cleanfid.fid import frechet_distance as clean_fid
except ImportError:
    clean_fid = None

Features = NDArray[np.float32] | NDArray[np.float64]
OURS, FIDELITY, CLEAN = "genaug", "torch-fidelity", "clean-fid" if clean_fid else "scipy.linalg.sqrtm"


@dataclass(frozen=True)
class Row:
    """Hold what is measured, on how many samples a set, by whom, and how much faster ours is to be."""

    job: str
    n: int
    peers: Sequence[str]
    bar: float | None = None


def rows(sizes: Sequence[int], kernel_sizes: Sequence[int]) -> list[Row]:
    """Return what is measured."""
    found = []
    for n in sizes:
        bar = 20.0 if n <= 1000 else 5.0
        found.append(Row("moments to figure", n, (FIDELITY, CLEAN), bar if n > 1000 else None))
        found.append(Row("features to figure", n, (FIDELITY, CLEAN), bar if n <= 1000 else None))
        if n > 1000:
            found.append(Row("float64 features to figure", n, (FIDELITY,)))
    return found + [Row("kernel distance", n, (FIDELITY,), 1.0) for n in kernel_sizes]


def draws(n: int, d: int) -> tuple[Features, Features]:
    """Return two sets of normal features whose spreads fall from 1 to 0.1, the second larger and shifted."""
    rng = np.random.default_rng(0)
    spread = np.logspace(0, -1, d).astype(np.float32)
    real, fake = (rng.standard_normal((n, d), dtype=np.float32) for _ in range(2))
    real *= spread
    fake *= 1.05 * spread
    fake += 0.02
    return real, fake


def sqrtm_distance(mean: Any, covariance: Any, other_mean: Any, other_covariance: Any) -> float:
    """Measure with scipy's square root of a matrix, as clean-fid does."""
    if clean_fid:
        return float(clean_fid(mean, covariance, other_mean, other_covariance))
    root = scipy.linalg.sqrtm(covariance.dot(other_covariance), disp=False)[0].real
    shift = mean - other_mean
    return float(shift.dot(shift) + np.trace(covariance) + np.trace(other_covariance) - 2 * np.trace(root))


def work(job: str, who: str, real: Features, fake: Features) -> Callable[[], float]:
    """Return what is timed; what it is given is made before."""
    if job.startswith("float64"):
        job, real, fake = job.removeprefix("float64 "), real.astype(np.float64), fake.astype(np.float64)
    tensors = torch.from_numpy(real), torch.from_numpy(fake)
    if job == "kernel distance":
        if who == OURS:
            return lambda: kernel_distance(real, fake)
        size = min(1000, len(real))
        return lambda: kid_features_to_metric(*tensors, kid_subset_size=size, verbose=False)[
            "kernel_inception_distance_mean"
        ]

    def by_fidelity(pair: Any) -> float:
        return float(fid_statistics_to_metric(*pair, verbose=False)["frechet_inception_distance"])

    def by_root(pair: Any) -> float:
        return sqrtm_distance(*(part for own in pair for part in (own["mu"], own["sigma"])))

    peer = by_fidelity if who == FIDELITY else by_root
    if job == "features to figure":
        if who == OURS:
            return lambda: frechet_distance(real, fake)
        return lambda: peer([fid_features_to_statistics(features) for features in tensors])
    moments = [Moments.of(features) for features in (real, fake)]
    if who == OURS:
        return lambda: frechet_between(*moments)
    pair = [{"mu": own.mean, "sigma": own.covariance} for own in moments]
    return lambda: peer(pair)


def child(job: str, who: str, n: int, d: int) -> None:
    """Measure once and print it: value, seconds on the wall and of the processor, peak memory in GiB."""
    warnings.simplefilter("ignore")  # scipy's about its own keyword
    work(job, who, *draws(100, 20))()  # whatever is loaded or started at the first call
    timed = work(job, who, *draws(n, d))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, processor = time.perf_counter(), time.process_time()
    value = timed()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    measured = {
        "value": value,
        "wall": wall,
        "processor": processor,
        "peak": peak / 2**20,
        "held": held / 2**20,
    }
    print(json.dumps(measured))


def measure(job: str, who: str, n: int, d: int) -> dict[str, float]:
    """Measure in a process of its own, so that nobody's memory counts as another's."""
    command = [sys.executable, __file__, "--child", job, who, str(n), "--dimensions", str(d)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, float] = json.loads(output.splitlines()[-1])
    return measured


def main() -> None:
    """Measure in turns and write the page, or be one of the measurements."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--out", type=Path, help="folder to write metrics-speed.md to; none: print it")
    options.add_argument(
        "--sizes", type=int, nargs="*", default=[1000, 50_000], help="for the Fréchet distance"
    )
    options.add_argument("--kernel-sizes", type=int, nargs="*", default=[10_000, 50_000])
    options.add_argument("--dimensions", type=int, default=2048)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.child:
        job, who, n = asked.child
        child(job, who, int(n), asked.dimensions)
        return
    start = time.perf_counter()
    found: dict[tuple[Row, str], list[dict[str, float]]] = {}
    asked_rows = rows(asked.sizes, asked.kernel_sizes)
    for number in range(asked.rounds):
        for row in asked_rows:
            for who in (OURS, *row.peers):
                print(f"round {number + 1}: {row.job}, n = {row.n:,}, {who}", file=sys.stderr, flush=True)
                found.setdefault((row, who), []).append(measure(row.job, who, row.n, asked.dimensions))
    text = page(asked, asked_rows, found, time.perf_counter() - start)
    if asked.out:
        (asked.out / "metrics-speed.md").write_text(text, encoding="utf-8")
    else:
        print(text)


def page(
    asked: argparse.Namespace,
    asked_rows: Sequence[Row],
    found: dict[tuple[Row, str], list[dict[str, float]]],
    took: float,
) -> str:
    """Return the page."""

    def median(row: Row, who: str, of: str) -> float:
        return statistics.median(measured[of] for measured in found[row, who])

    values, times, missed = [], [], []
    for row in asked_rows:
        ours = median(row, OURS, "value")
        for who in (OURS, *row.peers):
            value = median(row, who, "value")
            difference = "" if who == OURS else f"{abs(value - ours) / abs(ours):.1e}"
            values.append(f"| {row.job} | {row.n:,} | {who} | {value:.9g} | {difference} |")
            # Of the runs of a round, for a machine's pace changes.
            ratios = [
                statistics.median(
                    peer[of] / own[of] for peer, own in zip(found[row, who], found[row, OURS], strict=True)
                )
                for of in ("wall", "processor")
            ]
            judged = ""
            if who != OURS and row.bar is not None:
                judged = f"{row.bar:g} {'met' if ratios[0] >= row.bar else '**missed**'}"
                if ratios[0] < row.bar:
                    missed.append(f"{row.job} at n = {row.n:,} against {who}")
            shown = "" if who == OURS else f"{ratios[0]:.2f} | {ratios[1]:.2f}"
            times.append(
                f"| {row.job} | {row.n:,} | {who} | {median(row, who, 'wall'):.2f} "
                f"| {median(row, who, 'processor'):.2f} | {median(row, who, 'peak'):.2f} "
                f"| {median(row, who, 'held'):.2f} | {shown or ' | '} | {judged} |"
            )
    sizes, kernel_sizes = (" ".join(map(str, given)) for given in (asked.sizes, asked.kernel_sizes))
    given = f"--sizes {sizes} --kernel-sizes {kernel_sizes}"
    given += f" --dimensions {asked.dimensions} --rounds {asked.rounds}"
    absent = "" if clean_fid else "clean-fid was not there: scipy's sqrtm was called as it calls it. "
    return f"""# What the Fréchet and the kernel distance cost

Made by a command, never by hand:

    python docs/benchmarks/metrics_speed.py {given}

Two sets of n normal float32 features each, D = {asked.dimensions}, whose spreads fall from 1 to 0.1. Every
measurement is a process of its own, in turns; medians of {asked.rounds} rounds, ratios within a round.
`moments to figure` begins with means and covariances, `features to figure` with the features. The peer of
the kernel distance is at its default of 100 random subsets of 1,000, ours uses all pairs up to 8,000
samples and disjoint blocks beyond. Cores: {os.cpu_count()}, torch {torch.__version__}, scipy
{scipy.__version__}. {absent}
It took {took / 60:.1f} minutes.

## Values first

The peers' eigenvalues of a singular covariance product, n ≤ D, are rounding where they should be 0, and
their roots are not small: what differs there is theirs, as `tests/plugins/metrics/test_frechet.py` shows
against closed forms. The mean of float32 features they take in float32, of float64 ones as ours is taken
of both. Random subsets scatter about the value that all pairs give.

| what | n | by | value | relative difference |
| --- | --- | --- | --- | --- |
{chr(10).join(values)}

## Time and memory

Memory is the process's peak in GiB, and what it held before the call: libraries and features. A ratio says
how many times ours is faster.

| what | n | by | s on the wall | s of the processor | peak | before | ratio | ratio of processor time | bar |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
{chr(10).join(times)}

{f"Bars missed: {'; '.join(missed)}." if missed else "Every bar is met."}
"""


if __name__ == "__main__":
    main()
