"""Compare the stability bound of generative augmentation with a problem where everything is known.

Zheng, Wu & Li (arXiv 2305.17476) simulate a mixture of two Gaussians: y in {−1, 1} (0 and 1 there), as
often the one as the other, x ~ N(y·μ, σ²I), ‖μ‖ = 1, σ = 0.6. The generator is the conditional Gaussian
fitted to m_S training samples (mean of each class; variance of each coordinate, pooled over the classes); the
learner takes θ = mean of y·x over real and synthetic samples and predicts the sign of θ·x. The gap is
the difference between the loss on what was learned from, real and synthetic alike, and on new data.

Run: python docs/benchmarks/gaussian_mixture.py --out docs/benchmarks

It writes ``gaussian-mixture.json`` and ``.md``; less than two minutes on two cores.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from genaug.experiments.measuring import Script
from genaug.experiments.record import Machine
from genaug_plugins.metrics.variation import variation_at_least
from genaug_plugins.validators.stability_bound.bound import Bound, Stability

Array = NDArray[np.float64]

SIGMA = 0.6
RATIOS = (0, 1, 5, 50)
"""m_G/m_S."""
DELTA = 0.05
NEW = 4000
"""New samples on which a change of predictions is counted, and draws behind Monte Carlo distances."""
SIZES = (50, 200, 600)
"""Samples of each part that d_TV is estimated from."""
GRID = np.linspace(-8.0, 8.0, 16_001)
COLUMNS = ("0-1 gap", "test error", "0-1 gap, real only", "NLL gap", "NLL gap, real only")
QUOTED: Mapping[tuple[int, int], Mapping[str, Mapping[int, float]]] = {
    (40, 1): {"0-1 gap": {0: 0.0273, 5: 0.0227, 50: 0.0198}, "test error": dict.fromkeys((0, 5, 50), 0.0479)},
    (10, 50): {"NLL gap": {0: 5.08, 5: 2.14, 50: 1.63}, "test error": {0: 0.163, 5: 0.175, 50: 0.165}},
}
"""Figures that were computed from reading another implementation, by (m_S, d); of how many repetitions is not
known."""


@dataclass(frozen=True)
class Gaussians:
    """A mixture: the mean of each class and the standard deviation of each coordinate, ``[d]``."""

    low: Array
    high: Array
    spread: Array

    def draw(self, m: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return x ``[m, d]`` and y ``[m]``, half of them of each class."""
        y = np.repeat([-1.0, 1.0], m // 2)
        x = np.where(y[:, None] > 0, self.high, self.low) + self.spread * rng.standard_normal(
            (len(y), len(self.spread))
        )
        return x, y

    def log_density(self, x: Array, y: Array) -> Array:
        """Return the log density of x given y, ``[m]``, but for a constant."""
        z = (x - np.where(y[:, None] > 0, self.high, self.low)) / self.spread
        return np.asarray(-0.5 * (z**2).sum(axis=1) - np.log(self.spread).sum())


def truth(d: int) -> Gaussians:
    """Return the mixture that real samples come from: ‖μ‖ = 1, the same in every coordinate."""
    mu = np.full(d, d**-0.5)
    return Gaussians(-mu, mu, np.full(d, SIGMA))


def fitted(x: Array, y: Array, ddof: int = 1) -> Gaussians:
    """Return the generator: class means, and the classes' variances averaged (each divided by n − ddof)."""
    parts = [x[y < 0], x[y > 0]]
    variance = np.mean([part.var(axis=0, ddof=ddof) for part in parts], axis=0)
    return Gaussians(parts[0].mean(axis=0), parts[1].mean(axis=0), np.sqrt(variance))


def learned(x: Array, y: Array) -> Array:
    """Return θ ``[d]``."""
    return np.asarray((x * y[:, None]).mean(axis=0))


def zero_one(theta: Array, x: Array, y: Array) -> float:
    """Return the share of wrong predictions."""
    return float((np.where(x @ theta >= 0, 1.0, -1.0) != y).mean())


def nll(theta: Array, x: Array, y: Array) -> float:
    """Return the mean of ‖x − y·θ‖² / 2σ²."""
    return float(((x - y[:, None] * theta) ** 2).sum() / (2 * SIGMA**2 * len(y)))


def true_zero_one(theta: Array, mu: Array) -> float:
    """Return the share of wrong predictions of all there could be: Φ(−θ·μ / σ‖θ‖)."""
    return float(norm.cdf(-(theta @ mu) / (SIGMA * np.linalg.norm(theta))))


def true_nll(theta: Array, mu: Array) -> float:
    """Return the expected ‖x − y·θ‖² / 2σ²: (‖μ − θ‖² + d·σ²) / 2σ²."""
    return float((((mu - theta) ** 2).sum() + len(mu) * SIGMA**2) / (2 * SIGMA**2))


def simulated(m: int, d: int, repetitions: int, ratios: tuple[int, ...] = RATIOS, ddof: int = 1) -> Array:
    """Return each repetition's figures, gaps as absolute values: ``[repetitions, ratios, COLUMNS]``."""
    real = truth(d)
    found = np.empty((repetitions, len(ratios), len(COLUMNS)))
    for repetition in range(repetitions):
        rng = np.random.default_rng([m, d, repetition])
        x, y = real.draw(m, rng)
        generator = fitted(x, y, ddof)
        for column, ratio in enumerate(ratios):
            made_x, made_y = generator.draw(ratio * m, rng)
            all_x, all_y = np.concatenate([x, made_x]), np.concatenate([y, made_y])
            theta = learned(all_x, all_y)
            error, loss = true_zero_one(theta, real.high), true_nll(theta, real.high)
            found[repetition, column] = (
                abs(zero_one(theta, all_x, all_y) - error),
                error,
                abs(zero_one(theta, x, y) - error),
                abs(nll(theta, all_x, all_y) - loss),
                abs(nll(theta, x, y) - loss),
            )
    return found


def variation(p: Gaussians, q: Gaussians, rng: np.random.Generator) -> float:
    """Return d_TV of two mixtures with as many of each class: the mean over the classes of the distance.

    By numerical integration in one dimension, else by Monte Carlo: E_P (1 − q/p)₊.
    """
    if len(p.spread) == 1:
        at = GRID[:, None]
        normal = np.sqrt(2 * np.pi)
        gaps = [
            np.abs(np.exp(p.log_density(at, y)) - np.exp(q.log_density(at, y))) / normal
            for y in (np.full(len(GRID), -1.0), np.full(len(GRID), 1.0))
        ]
        return float(np.mean([np.trapezoid(gap, GRID) / 2 for gap in gaps]))
    x, y = p.draw(NEW, rng)
    return float(np.maximum(0.0, -np.expm1(q.log_density(x, y) - p.log_density(x, y))).mean())


def variation_of_sets(p: Gaussians, q: Gaussians, m: int, draws: int, rng: np.random.Generator) -> float:
    """Return d_TV of m samples of each together, by Monte Carlo: T of the bound."""
    found = []
    for _ in range(draws):
        x, y = p.draw(m, rng)
        ratio = float((q.log_density(x, y) - p.log_density(x, y)).sum())
        found.append(max(0.0, -np.expm1(min(ratio, 0.0))))
    return float(np.mean(found))


@dataclass(frozen=True)
class Known:
    """What the bound is made of where it can be computed, mean over repetitions with standard errors.

    Attributes:
        variation: true d_TV between mixture and generator.
        estimates: by size of the two samples, the estimated lower bound of d_TV; how often it was above the
            true one; and how often the lower end of its interval was.
        beta: by m_G/m_S, the share of new samples whose prediction one replaced sample changes.
        generator: by m_G/m_S, T: mean over the replaced training sample, where the theorem has the largest.
    """

    variation: tuple[float, float]
    estimates: Mapping[int, tuple[float, float, float, float]]
    beta: Mapping[int, tuple[float, float]]
    generator: Mapping[int, tuple[float, float]]


def known(m: int, d: int, repetitions: int) -> Known:
    """Compute the bound's quantities, each over so many training sets."""
    real = truth(d)
    distances, estimates = [], {size: list[tuple[float, float]]() for size in SIZES}
    betas, moved = {ratio: list[float]() for ratio in RATIOS}, {ratio: list[float]() for ratio in RATIOS}
    for repetition in range(repetitions):
        rng = np.random.default_rng([m, d, repetition, 1])
        x, y = real.draw(m, rng)
        generator = fitted(x, y)
        distances.append(variation(real, generator, rng))
        for size in SIZES:
            held_out, made = (np.column_stack(source.draw(size, rng)) for source in (real, generator))
            estimate = variation_at_least(held_out, made, seed=repetition)
            estimates[size].append((estimate.value, estimate.interval[0]))
        new, _ = real.draw(NEW, rng)
        other_x = x.copy()
        place = int(rng.integers(m))
        other_x[place] = y[place] * real.high + SIGMA * rng.standard_normal(d)
        for ratio in RATIOS:
            made_x, made_y = generator.draw(ratio * m, rng)
            all_y = np.concatenate([y, made_y])
            first, second = (learned(np.concatenate([part, made_x]), all_y) for part in (x, other_x))
            betas[ratio].append(float(((new @ first >= 0) != (new @ second >= 0)).mean()))
            if ratio:
                moved[ratio].append(
                    variation_of_sets(generator, fitted(other_x, y), ratio * m, NEW // (ratio * m) + 1, rng)
                )
    moved[0] = [0.0] * repetitions
    true = np.array(distances)
    above: dict[int, tuple[float, float, float, float]] = {}
    for size, pairs in estimates.items():
        value, low = np.array(pairs).T
        above[size] = (*_summed_up(value), float((value > true).mean()), float((low > true).mean()))
    return Known(
        _summed_up(true),
        above,
        {ratio: _summed_up(np.array(values)) for ratio, values in betas.items()},
        {ratio: _summed_up(np.array(values)) for ratio, values in moved.items()},
    )


def _summed_up(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5)


def gap_rows(m: int, d: int, found: Array) -> Iterator[list[str]]:
    """Yield the table of the simulation, the quoted figure behind ours where there is one."""
    yield ["m_G/m_S", *COLUMNS]
    for row, ratio in enumerate(RATIOS):
        cells = []
        for column, name in enumerate(COLUMNS):
            mean, error = _summed_up(found[:, row, column])
            cell = f"{mean:.4f} ± {error:.4f}"
            quoted = QUOTED[m, d].get(name, {}).get(ratio)
            if quoted is not None:
                apart = f": {(mean - quoted) / error:+.1f} s.e." if error > 1e-9 else ""
                cell += f" (quoted {quoted:g}{apart})"
            cells.append(cell)
        yield [str(ratio), *cells]


def bound_rows(m: int, found: Array, at: Known) -> Iterator[list[str]]:
    """Yield the table of the bound beside the truth."""
    heads = (
        "m_G/m_S",
        "true 0-1 gap",
        "true test error",
        "β",
        "T",
        "divergence",
        "concentration",
        "stability",
    )
    yield [*heads, "sum, T left out", "with T's term", "with T = 1"]
    for row, ratio in enumerate(RATIOS):
        terms = _bound(m, at).at(float(ratio * m))
        whole = float(terms.total + terms.generator_at_most * at.generator[ratio][0])
        most = float(terms.total + terms.generator_at_most)
        cells = [f"{found[:, row, column].mean():.4f}" for column in (0, 1)]
        cells += [f"{at.beta[ratio][0]:.4f}", f"{at.generator[ratio][0]:.3f}"]
        cells += [f"{float(term):.3f}" for term in terms.by_name().values()]
        yield [str(ratio), *cells, f"{float(terms.total):.3f}", f"{whole:.3f}", f"{most:.3f}"]


def _bound(m: int, at: Known) -> Bound:
    """Return the bound with the true d_TV, and β ∝ 1/m through its value at real data alone."""
    return Bound(m, at.variation[0], Stability.through(m, at.beta[0][0]), delta=DELTA)


def estimate_rows(at: Known) -> Iterator[list[str]]:
    """Yield the table of the estimated distances."""
    yield ["samples of each part", "estimate", "true d_TV", "estimate above it", "whole interval above it"]
    for size, (mean, error, above, wholly) in at.estimates.items():
        true = f"{at.variation[0]:.4f} ± {at.variation[1]:.4f}"
        yield [str(size), f"{mean:.4f} ± {error:.4f}", true, f"{above:.0%}", f"{wholly:.0%}"]


def directions(m: int, found: Array, at: Known) -> Iterator[list[str]]:
    """Yield, for each step to more synthetic samples, whether bound and truth move the same way."""
    yield ["from → to m_G/m_S", "bound", "true 0-1 gap", "agree", "true NLL gap"]
    bound = _bound(m, at)
    steps = [*itertools.pairwise(range(len(RATIOS))), (0, len(RATIOS) - 1)]
    for first, second in steps:
        fewer, more = RATIOS[first], RATIOS[second]
        moved = float(bound.total(float(more * m)) - bound.total(float(fewer * m)))
        gaps = [_summed_up(found[:, second, column] - found[:, first, column]) for column in (0, 3)]
        told = [f"{mean:+.4f} ± {error:.4f}" for mean, error in gaps]
        clear = abs(gaps[0][0]) > 2 * gaps[0][1]
        agree = "cannot be told" if not clear else "yes" if moved * gaps[0][0] > 0 else "**no**"
        yield [f"{fewer} → {more}", f"{moved:+.3f}", told[0], agree, told[1]]


def part(m: int, d: int, repetitions: int, training_sets: int) -> dict[str, Any]:
    """Measure one setting."""
    found = simulated(m, d, repetitions)
    at = known(m, d, training_sets)
    bound = _bound(m, at)
    even = bound.break_even()
    biased = simulated(m, d, repetitions // 2, RATIOS, ddof=0)
    return {
        "m": m,
        "d": d,
        "gaps": list(gap_rows(m, d, found)),
        "biased": ", ".join(f"{biased[:, row, 3].mean():.2f}" for row in range(len(RATIOS))),
        "scatter": ", ".join(f"{found[:, row, 3].std(ddof=1):.2f}" for row in range(len(RATIOS))),
        "bound": list(bound_rows(m, found, at)),
        "even": "none" if even is None else f"m_G = {even:.4g} (m_G/m_S = {even / m:.3g})",
        "turns": ", ".join(f"{sort} at m_G = {where:.3g}" for where, sort in bound.turns()) or "none",
        "limit": float(bound.limit()),
        "alone": float(bound.total(0.0)),
        "directions": list(directions(m, found, at)),
        "estimates": list(estimate_rows(at)),
    }


def main() -> None:
    """Measure, write the record and the page."""
    script = Script(__file__, __doc__)
    script.options.add_argument("--repetitions", type=int, default=2000, help="of the simulation of the gap")
    script.options.add_argument(
        "--training-sets", type=int, default=60, help="over which the bound's terms are averaged"
    )
    asked = script.options.parse_args()
    parts = [part(m, d, asked.repetitions, asked.training_sets) for m, d in QUOTED]
    script.publish(asked, {"setting": {"new": NEW, "delta": DELTA}, "parts": parts}, Machine(threads=1))


if __name__ == "__main__":
    main()
