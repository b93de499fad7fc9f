"""The density ratio of data and model, estimated from a discriminator's logit."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize


@dataclass(frozen=True)
class DensityRatio:
    """The line log p_data(x) / p_model(x) ≈ slope·f(x) + offset.

    Attributes:
        slope, offset: of the line; slope is never negative.
        real, fake: how many samples of either side it was fitted on.
        held_out: whether the real ones were not used to train the discriminator.
    """

    slope: float
    offset: float
    real: int
    fake: int
    held_out: bool

    def of(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log density ratio of each logit."""
        return self.slope * logits + self.offset

    def record(self) -> dict[str, float | int | bool]:
        """Return it as plain JSON."""
        return asdict(self)


def fitted_ratio(real: NDArray[np.float64], fake: NDArray[np.float64], held_out: bool) -> DensityRatio:
    """Fit the line on logits of real and of fake samples, by logistic regression.

    With equal weights of both sides, the log odds that a sample is real are log p_data / p_model.
    A discriminator that minimizes the logistic loss gives these odds as its logit in the limit;
    other losses do not, regularizers bend it, and one that has memorized its samples is
    overconfident. As in Platt (1999), the labels are (n + 1)/(n + 2) and 1/(m + 2) for n real and m
    fake samples, which keeps the slope finite where a logit separates all of them.

    Args:
        real: logits ``[n]``, n ≥ 1.
        fake: logits ``[m]``, m ≥ 1.
        held_out: whether the real samples were kept from the discriminator.
    """
    together = np.concatenate([real, fake])
    centre, spread = float(together.mean()), float(together.std())
    if spread == 0:
        return DensityRatio(0.0, 0.0, len(real), len(fake), held_out)
    sides = [
        ((real - centre) / spread, (len(real) + 1) / (len(real) + 2)),
        ((fake - centre) / spread, 1 / (len(fake) + 2)),
    ]

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope, offset = 0.0, 0.0, 0.0
        for logits, target in sides:
            odds = line[0] * logits + line[1]
            # −t ln σ(z) − (1 − t) ln(1 − σ(z)) = softplus(z) − t·z, and its slope σ(z) − t.
            value += float((np.logaddexp(0, odds) - target * odds).mean())
            excess = np.exp(-np.logaddexp(0, -odds)) - target
            slope += float((excess * logits).mean())
            offset += float(excess.mean())
        return value, np.array([slope, offset])

    # A negative slope would contradict the discriminator: then the logit is uninformative.
    found = minimize(
        loss,
        np.zeros(2),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None), (None, None)],
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 1000},
    )
    slope, offset = (float(value) for value in found.x)
    return DensityRatio(slope / spread, offset - slope * centre / spread, len(real), len(fake), held_out)
