"""Time the neighbourhood metrics against `prdc`, values compared first.

Run: python docs/benchmarks/neighbours_speed.py --out docs/benchmarks

It writes ``neighbours-speed.json`` and ``.md``; about ten minutes on two cores. Each measurement runs in
a process of its own, whose peak memory is its own.
"""

import argparse
import contextlib
import json
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from genaug.experiments.measuring import Script, in_own_process, measured, medians
from genaug.experiments.record import Machine

K = 5
WITHIN = 1e-6
"""Largest difference of a value from prdc's on the same features in float64."""
FASTER, LEANER = 5.0, 1 / 3
"""Bars at n = 10,000: how many times faster, and with what share of the memory."""
ALONE_WITHIN = 6.0
"""Bar of the peak memory at n = 50,000, in GiB."""
WHO = ("genaug", "prdc")
NAMES = ("precision", "recall", "density", "coverage")


def features(kind: str, n: int, d: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return real and fake features.

    ``normal``: independent, where no trick that rests on structure helps. ``spectrum``: non-negative and
    correlated, with variances that fall off as those of a network's features do.
    """
    random = np.random.default_rng(0)
    if kind == "normal":
        sets = [random.standard_normal((n, d), dtype=np.float32) for _ in range(2)]
        return sets[0].astype(dtype, copy=False), sets[1].astype(dtype, copy=False)
    scales = np.arange(1, 257, dtype=np.float32) ** -0.7
    mixing = random.standard_normal((256, d), dtype=np.float32) * scales[:, None]
    made = []
    for shift in (0.0, 0.1):
        values = random.standard_normal((n, 256), dtype=np.float32) @ mixing + shift
        values += 0.05 * random.standard_normal((n, d), dtype=np.float32)
        made.append(np.maximum(values, 0).astype(dtype, copy=False))
    return made[0], made[1]


def once(who: str, kind: str, n: int, d: int, dtype: str) -> dict[str, Any]:
    """Measure once, in this process: the four values, seconds, and memory in GiB."""
    if who == "genaug":
        from genaug_plugins.metrics.neighbourhood import neighbourhood
    else:
        import prdc

    def work(real: np.ndarray, fake: np.ndarray) -> Mapping[str, Any]:
        if who == "genaug":
            return vars(neighbourhood(real, fake, K))
        with contextlib.redirect_stdout(sys.stderr):
            return dict(prdc.compute_prdc(real, fake, K))

    work(*features(kind, 500, 250, dtype))  # imports, and the threads of the numeric libraries
    found = measured(partial(work, *features(kind, n, d, dtype)))
    return found | {"value": {name: float(found["value"][name]) for name in NAMES}}


def main() -> None:
    """Compare, time, write the record and the page, or be one of the measurements."""
    script = Script(__file__, __doc__)
    options = script.options
    options.add_argument("--sizes", type=int, nargs="+", default=[2000, 10_000], help="samples of each set")
    options.add_argument(
        "--alone", type=int, default=50_000, help="samples where prdc cannot follow; 0: none"
    )
    options.add_argument("--d", type=int, default=2048, help="dimensions (2048)")
    options.add_argument("--rounds", type=int, default=3, help="rounds in which each takes its turn (3)")
    options.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.child:
        who, kind, n, d, dtype = asked.child
        print(json.dumps(once(who, kind, int(n), int(d), dtype)))
        return

    def child(who: str, kind: str, n: int, dtype: str = "float32") -> dict[str, Any]:
        return in_own_process(script.path, "--child", who, kind, n, asked.d, dtype)

    differences = []
    for kind in ("normal", "spectrum"):
        for dtype in ("float64", "float32"):
            ours, theirs = (child(who, kind, asked.sizes[0], dtype)["value"] for who in WHO)
            difference = max(abs(ours[name] - theirs[name]) for name in NAMES)
            if dtype == "float64" and difference > WITHIN:
                sys.exit(f"{kind}: genaug measures {ours}, and prdc {theirs}: nothing is timed")
            differences.append({"kind": kind, "dtype": dtype, "value": difference})
    rows = []
    for kind in ("normal", "spectrum"):
        for n in asked.sizes:
            runs = {who: list[dict[str, Any]]() for who in WHO}
            for _ in range(asked.rounds):
                for who, done in runs.items():
                    done.append(child(who, kind, n))
            rows.append({"kind": kind, "n": n} | compared(runs))
    results = {
        "k": K,
        "within": WITHIN,
        "faster": FASTER,
        "leaner": LEANER,
        "alone_within": ALONE_WITHIN,
        "differences": differences,
        "rows": rows,
        "alone": child("genaug", "normal", asked.alone) if asked.alone else None,
    }
    script.publish(asked, results, Machine(), compared=["prdc"])


def compared(runs: Mapping[str, list[dict[str, Any]]]) -> dict[str, dict[str, float]]:
    """Return the medians of each, and how many times as much prdc takes."""
    keys = ("wall", "processor", "peak", "held")
    middle = {who: medians([{key: run[key] for key in keys} for run in done]) for who, done in runs.items()}
    ours, theirs = middle["genaug"], middle["prdc"]
    ratio = {key: theirs[key] / ours[key] for key in ("wall", "processor", "peak")}
    # What a call raises may fit what was free before: a mebibyte at least, or nothing can be divided by it.
    ratio["raised"] = (theirs["peak"] - theirs["held"]) / max(ours["peak"] - ours["held"], 2**-10)
    return middle | {"ratio": ratio}


if __name__ == "__main__":
    main()
