"""Time the Fréchet and the kernel distance against their reference packages, values compared first.

Run: python docs/benchmarks/metrics_speed.py --out docs/benchmarks

It writes ``metrics-speed.json`` and ``.md``; some ten minutes on two cores. clean-fid takes part where it
can be imported, e.g. with PYTHONPATH naming a folder that ``pip install --no-deps --target FOLDER clean-fid``
filled; else scipy's routine takes its place, called as clean-fid calls it.
"""

import argparse
import json
import statistics
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
import torch
from numpy.typing import NDArray
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

from genaug.experiments.measuring import Script, in_own_process, measured, medians
from genaug.experiments.record import Machine
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
    """What is measured, on how many samples a set, by whom, and how much faster ours is to be."""

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
    # Imports, and the threads of the numeric libraries, which start with the first large matrices; the other
    # order of n and D takes other code.
    work(job, who, *draws(*((250, 500) if n <= d else (500, 250))))()
    call = work(job, who, *draws(n, d))
    print(json.dumps(measured(call)))


def main() -> None:
    """Measure in turns, write the record and the page, or be one of the measurements."""
    script = Script(__file__, __doc__)
    options = script.options
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
    found: dict[tuple[Row, str], list[dict[str, float]]] = {}
    asked_rows = rows(asked.sizes, asked.kernel_sizes)
    for number in range(asked.rounds):
        for row in asked_rows:
            for who in (OURS, *row.peers):
                print(f"round {number + 1}: {row.job}, n = {row.n:,}, {who}", file=sys.stderr, flush=True)
                once = in_own_process(
                    script.path, "--dimensions", asked.dimensions, "--child", row.job, who, row.n
                )
                found.setdefault((row, who), []).append(once)
    summary = [line for row in asked_rows for line in summed_up(row, found)]
    script.publish(
        asked,
        {"clean_fid": clean_fid is not None, "rows": summary},
        Machine(),
        compared=["torch-fidelity", *(["clean-fid"] if clean_fid else [])],
    )


def summed_up(row: Row, found: dict[tuple[Row, str], list[dict[str, float]]]) -> Iterator[dict[str, Any]]:
    """Yield the medians of each who measured; a ratio says how many times ours is faster."""
    ours = found[row, OURS]
    value = medians(ours)["value"]
    for who in (OURS, *row.peers):
        theirs = found[row, who]
        peer = who != OURS
        # Of the runs of a round, for a machine's pace changes.
        wall, processor = (
            statistics.median(one[of] / own[of] for one, own in zip(theirs, ours, strict=True))
            for of in ("wall", "processor")
        )
        middle = medians(theirs)
        yield {
            "job": row.job,
            "n": row.n,
            "who": who,
            **middle,
            "difference": abs(middle["value"] - value) / abs(value) if peer else None,
            "ratio": wall if peer else None,
            "processor_ratio": processor if peer else None,
            "bar": row.bar if peer else None,
        }


if __name__ == "__main__":
    main()
