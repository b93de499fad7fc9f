"""How the gap that a discriminator class sees falls with the scale of the data: bias against variance.

Scale-GAN (arXiv 2410.20780) scales real and fake by s and says that this trades bias for variance.
Its theorem is not known to us; this measures the two sides of it. For a class F of functions,

    IPM_F(P, Q) = sup_{f in F} mean_P f − mean_Q f

is taken between two samples of ONE distribution (what it sees there is estimation error: the
variance) and between samples of TWO distributions (what it sees there is the signal that the
generator learns from; what is lost of it is the bias), both multiplied by s ≤ 1. For

- all 1-Lipschitz functions, in one dimension and on random directions (sliced): Wasserstein-1;
- the unit ball of a Gaussian kernel of fixed bandwidth: the maximum mean discrepancy (biased,
  that is with the diagonal, as the supremum over the ball is);
- a small spectrally normalized network, trained for a fixed number of steps on the two samples:
  what it reaches on them is compared with what it reaches on fresh samples.

Run: python docs/benchmarks/ipm_gap.py --out docs/benchmarks
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from genaug.experiments.measuring import Script

Array = NDArray[np.float64]
Gap = Callable[[Array, Array], float]

SCALES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.1)
SAMPLES = 40
FRESH = 2000
DIMENSION = 10
SHIFT = 1.0
SPREAD = 1.5
DIRECTIONS = 100
STEPS = 150


def draw(rng: np.random.Generator, count: int, shift: float) -> Array:
    """Return ``[count, DIMENSION]`` standard normal samples, moved by `shift` along the first axis."""
    samples = rng.standard_normal((count, DIMENSION))
    samples[:, 0] += shift
    return samples


def wasserstein(x: Array, y: Array) -> float:
    """Return W1 of two samples of one size along the first axis: the mean gap of sorted values."""
    return float(np.abs(np.sort(x[:, 0]) - np.sort(y[:, 0])).mean())


def sliced_wasserstein(x: Array, y: Array) -> float:
    """Return the mean of W1 over fixed random directions."""
    directions = np.random.default_rng(0).standard_normal((DIMENSION, DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    return float(np.abs(np.sort(x @ directions, axis=0) - np.sort(y @ directions, axis=0)).mean())


def kernel_discrepancy(x: Array, y: Array) -> float:
    """Return the largest gap over the unit ball of k(a, b) = exp(−‖a − b‖² / (2·DIMENSION))."""

    def mean_kernel(a: Array, b: Array) -> float:
        squares = ((a[:, None] - b[None]) ** 2).sum(-1)
        return float(np.exp(-squares / (2 * DIMENSION)).mean())

    return float(np.sqrt(max(mean_kernel(x, x) + mean_kernel(y, y) - 2 * mean_kernel(x, y), 0.0)))


def critic(seed: int) -> nn.Module:
    """Return a small network whose layers each have spectral norm 1, so that it is 1-Lipschitz."""
    torch.manual_seed(seed)
    return nn.Sequential(
        spectral_norm(nn.Linear(DIMENSION, 64)),
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Linear(64, 64)),
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Linear(64, 1)),
    )


def learned_gap(x: Array, y: Array, fresh_x: Array, fresh_y: Array, seed: int) -> tuple[float, float]:
    """Train a critic to tell x from y; return the gap it sees on them, and on fresh samples."""
    f = critic(seed)
    a, b, c, d = (torch.tensor(part, dtype=torch.float32) for part in (x, y, fresh_x, fresh_y))
    adam = torch.optim.Adam(f.parameters(), lr=5e-3, betas=(0.5, 0.9))

    def gap(p: Tensor, q: Tensor) -> Tensor:
        seen: Tensor = f(p).mean() - f(q).mean()
        return seen

    for _ in range(STEPS):
        adam.zero_grad()
        (-gap(a, b)).backward()  # type: ignore[no-untyped-call]
        adam.step()
    f.eval()
    with torch.no_grad():
        return float(gap(a, b)), float(gap(c, d))


def closed(gap: Gap, scale: float, repetitions: int, shift: float, spread: float) -> tuple[Array, Array]:
    """Return the gaps between samples of one distribution and of two, ``[repetitions]`` each."""
    one, two = [], []
    for repetition in range(repetitions):
        rng = np.random.default_rng(repetition)
        x, same, other = (draw(rng, SAMPLES, 0.0) for _ in range(3))
        other = spread * other
        other[:, 0] += shift
        one.append(gap(scale * x, scale * same))
        two.append(gap(scale * x, scale * other))
    return np.array(one), np.array(two)


def trained(scale: float, repetitions: int) -> tuple[Array, Array, Array]:
    """Return of a trained critic: the gap of one distribution, of two, and of two on fresh samples."""
    rows = []
    for repetition in range(repetitions):
        rng = np.random.default_rng(repetition)
        x, same, other = (scale * draw(rng, SAMPLES, shift) for shift in (0.0, 0.0, SHIFT))
        fresh, fresh_other = (scale * draw(rng, FRESH, shift) for shift in (0.0, SHIFT))
        one, _ = learned_gap(x, same, fresh, fresh, repetition)
        two, held_out = learned_gap(x, other, fresh, fresh_other, repetition)
        rows.append((one, two, held_out))
    one, two, held_out = np.array(rows).T
    return one, two, held_out


def stated(values: Array) -> list[float]:
    """Return mean and standard deviation."""
    return [float(values.mean()), float(values.std(ddof=1))]


def closed_rows(
    gap: Gap, repetitions: int, shift: float = SHIFT, spread: float = 1.0
) -> list[dict[str, Any]]:
    """Return the gaps of a class whose supremum is known in closed form, by scale."""
    found = []
    first_one, first_two = closed(gap, 1.0, repetitions, shift, spread)
    for scale in SCALES:
        one, two = closed(gap, scale, repetitions, shift, spread)
        found.append(
            {
                "scale": scale,
                "one": stated(one),
                "two": stated(two),
                "one_kept": one.mean() / first_one.mean(),
                "two_kept": two.mean() / first_two.mean(),
                "two_over_one": two.mean() / one.mean(),
            }
        )
    return found


def critic_rows(repetitions: int) -> list[dict[str, Any]]:
    """Return the gaps that a trained critic sees, by scale."""
    found = []
    for scale in SCALES:
        one, two, fresh = trained(scale, repetitions)
        found.append(
            {
                "scale": scale,
                "one": stated(one),
                "two": stated(two),
                "fresh": stated(fresh),
                "lost": stated(two - fresh),
                "fresh_over_one": fresh.mean() / one.mean(),
            }
        )
    return found


def main() -> None:
    """Measure, write the record and the page."""
    script = Script(__file__, __doc__)
    script.options.add_argument("--repetitions", type=int, default=200, help="of the classes in closed form")
    script.options.add_argument("--critics", type=int, default=12, help="repetitions of the trained critic")
    asked = script.options.parse_args()
    torch.set_num_threads(1)
    setting = {
        "samples": SAMPLES,
        "dimension": DIMENSION,
        "shift": SHIFT,
        "spread": SPREAD,
        "directions": DIRECTIONS,
        "steps": STEPS,
    }
    results = {
        "setting": setting,
        "wasserstein": closed_rows(wasserstein, asked.repetitions),
        "sliced_wasserstein": closed_rows(sliced_wasserstein, asked.repetitions),
        "kernel": closed_rows(kernel_discrepancy, asked.repetitions),
        "kernel_wider": closed_rows(kernel_discrepancy, asked.repetitions, 0.0, SPREAD),
        "critic": critic_rows(asked.critics),
    }
    script.publish(asked, results)


if __name__ == "__main__":
    main()
