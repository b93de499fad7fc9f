"""Time the neighbourhood metrics against `prdc`, values compared first.

Run: python docs/benchmarks/neighbours_speed.py --out docs/benchmarks

It writes ``neighbours-speed.md``; about ten minutes on two cores. Each measurement runs in a process
of its own, whose peak memory is its own.
"""

import argparse
import contextlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

K = 5
WITHIN = 1e-6
"""Largest difference of a value from prdc's on the same features in float64."""
FASTER, LEANER = 5.0, 1 / 3
"""Bars at n = 10,000: how many times faster, and with what share of the memory."""
ALONE_WITHIN = 6.0
"""Bar of the peak memory at n = 50,000, in GiB."""
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


def measured(asked: argparse.Namespace) -> dict[str, Any]:
    """Measure once, in this process: values, wall and processor seconds, and memory."""
    if asked.who == "genaug":
        from genaug_plugins.metrics.neighbourhood import neighbourhood
    else:
        import prdc
    real, fake = features(asked.kind, asked.n, asked.d, asked.dtype)
    before, wall, processor = _peak(), time.perf_counter(), time.process_time()
    if asked.who == "genaug":
        found: Mapping[str, Any] = vars(neighbourhood(real, fake, K))
    else:
        with contextlib.redirect_stdout(sys.stderr):
            found = prdc.compute_prdc(real, fake, K)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {
        "values": {name: float(found[name]) for name in NAMES},
        "wall": wall,
        "processor": processor,
        "peak": _peak(),
        "before": before,
    }


def _peak() -> float:
    """Return this process's peak memory so far, in GiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def child(who: str, kind: str, n: int, d: int, dtype: str = "float32") -> dict[str, Any]:
    """Measure once in a process of its own."""
    arguments = ["--who", who, "--kind", kind, "--n", str(n), "--d", str(d), "--dtype", dtype]
    ended = subprocess.run(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return dict(json.loads(ended.stdout))


def main() -> None:
    """Compare, time, print and write."""
    parser = argparse.ArgumentParser(description="Time the neighbourhood metrics against prdc.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder of the page")
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000, 10_000], help="samples of each set")
    parser.add_argument("--alone", type=int, default=50_000, help="samples where prdc cannot follow; 0: none")
    parser.add_argument("--d", type=int, default=2048, help="dimensions (2048)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds in which each takes its turn (3)")
    parser.add_argument("--who", choices=["genaug", "prdc"], help=argparse.SUPPRESS)
    parser.add_argument("--kind", default="normal", help=argparse.SUPPRESS)
    parser.add_argument("--n", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--dtype", default="float32", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.who:
        print(json.dumps(measured(asked)))
        return
    began = time.perf_counter()
    page = "\n".join(rendered(asked, began)) + "\n"
    print(page)
    (asked.out / "neighbours-speed.md").write_text(page, encoding="utf-8")


def rendered(asked: argparse.Namespace, began: float) -> Iterator[str]:
    """Yield the page's lines; end where values differ by more than rounding."""
    sizes = " ".join(str(n) for n in asked.sizes)
    yield from (
        "# What the neighbourhood metrics cost",
        "",
        "Made by a command, never by hand:",
        "",
        f"    python docs/benchmarks/neighbours_speed.py --sizes {sizes} --alone {asked.alone} --d {asked.d} "
        f"--rounds {asked.rounds}",
        "",
        f"`neighbourhood(real, fake, k={K})` of genaug, which measures realism, authenticity and the nearest "
        "real sample as well, and",
        "`prdc.compute_prdc`, which measures precision, recall, density and coverage. Both use what threads "
        "they use by default.",
        f"Cores: {os.cpu_count()}, {platform.machine()}. Medians of {asked.rounds} rounds, in which the two "
        "take turns, each in a process of its own. Memory is the",
        "peak of the whole process, libraries and features included, and by how much the call raised it. The "
        "bar is held against the latter:",
        "importing torch takes more than prdc's libraries do, whatever is then computed.",
        "",
        "`normal` features are independent; `spectrum` ones are correlated and non-negative, as a network's.",
        "",
        "## Values first",
        "",
        f"Largest difference of the four values from prdc's at n = {asked.sizes[0]:,}; on float64 features "
        f"more than {WITHIN:g} ends",
        "the run. prdc computes in the features' precision, so in float32 it may take a near-tie for a tie.",
        "",
    )
    for kind in ("normal", "spectrum"):
        for dtype in ("float64", "float32"):
            ours, theirs = (
                child(who, kind, asked.sizes[0], asked.d, dtype)["values"] for who in ("genaug", "prdc")
            )
            difference = max(abs(ours[name] - theirs[name]) for name in NAMES)
            if dtype == "float64" and difference > WITHIN:
                sys.exit(f"{kind}: genaug measures {ours}, and prdc {theirs}: nothing is timed")
            yield f"- {kind}, {dtype}: {difference:.1e}"
    yield from (
        "",
        "## Ratios",
        "",
        f"float32, D = {asked.d}. Bars, at n = 10,000: {FASTER:g}× faster, on the wall and by the processor, "
        "with a third of the memory.",
        "",
        "| features | n | | wall s | processor s | raised by GiB | peak GiB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    )
    for kind in ("normal", "spectrum"):
        for n in asked.sizes:
            yield from _compared(kind, n, asked)
    if asked.alone:
        alone = child("genaug", "normal", asked.alone, asked.d)
        met = "met" if alone["peak"] <= ALONE_WITHIN else "**missed**"
        yield from (
            "",
            f"At n = {asked.alone:,}, where prdc's three matrices of float32 alone would take "
            f"{3 * 4 * asked.alone**2 / 2**30:.0f} GiB, genaug takes {alone['wall'] / 60:.1f} minutes "
            f"({alone['processor'] / 60:.1f} of the processor) and",
            f"{alone['peak']:.2f} GiB, of which {alone['before']:.2f} before the call "
            f"(bar: {ALONE_WITHIN:g} GiB, {met}).",
        )
    yield from ("", f"It took {(time.perf_counter() - began) / 60:.1f} minutes.")


def _compared(kind: str, n: int, asked: argparse.Namespace) -> Iterator[str]:
    runs: dict[str, list[dict[str, Any]]] = {"genaug": [], "prdc": []}
    for _ in range(asked.rounds):
        for who, done in runs.items():
            done.append(child(who, kind, n, asked.d))
    middle = {
        who: {
            key: statistics.median(run[key] for run in done)
            for key in ("wall", "processor", "peak", "before")
        }
        for who, done in runs.items()
    }
    for who, row in middle.items():
        yield (
            f"| {kind} | {n:,} | {who} | {row['wall']:.2f} | {row['processor']:.2f} | "
            f"{row['peak'] - row['before']:.2f} | {row['peak']:.2f} |"
        )
    ours, theirs = middle["genaug"], middle["prdc"]
    wall, processor, peak = (theirs[key] / ours[key] for key in ("wall", "processor", "peak"))
    # What a call raises may fit what was free before: a mebibyte at least, or nothing can be divided by it.
    raised = (theirs["peak"] - theirs["before"]) / max(ours["peak"] - ours["before"], 2**-10)
    judged = n == 10_000

    def against(ratio: float, bar: float) -> str:
        return f"{ratio:.2f}×" + ((" met" if ratio >= bar else " **missed**") if judged else "")

    yield (
        f"| {kind} | {n:,} | prdc / genaug | {against(wall, FASTER)} | {against(processor, FASTER)} | "
        f"{against(raised, 1 / LEANER)} | {peak:.2f}× |"
    )


if __name__ == "__main__":
    main()
