"""The density ratio of data and model, estimated from the logits of a discriminator."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize


@dataclass(frozen=True)
class DensityRatio:
    """The line log p_data(x) / p_model(x) ≈ slope·f(x) + offset.

    Attributes:
        slope, offset: of the line; the slope is 0 or more.
        real, fake: number of real and of fake samples in the fit.
        held_out: whether the discriminator was not trained on these real samples.
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
        """Return the attributes as plain JSON."""
        return asdict(self)


def fit_ratio(real: NDArray[np.float64], fake: NDArray[np.float64], held_out: bool) -> DensityRatio:
    """Fit the line to logits of real and of fake samples, by logistic regression.

    With equal weights of both sides, the log odds that a sample is real are log p_data / p_model. They are
    the logit of an optimal discriminator under the logistic loss. Other losses have another optimum,
    regularizers change it, and a discriminator that has memorized its samples is overconfident. As in Platt
    (1999), the targets are (n + 1)/(n + 2) and 1/(m + 2) for n real and m fake samples, which keeps the
    slope finite if the logit separates them.

    Args:
        real: logits ``[n]``, n ≥ 1.
        fake: logits ``[m]``, m ≥ 1.
        held_out: whether the discriminator was not trained on the real samples.
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
            # −t ln σ(z) − (1 − t) ln(1 − σ(z)) = softplus(z) − t·z, with the derivative σ(z) − t.
            value += float((np.logaddexp(0, odds) - target * odds).mean())
            derivative = np.exp(-np.logaddexp(0, -odds)) - target
            slope += float((derivative * logits).mean())
            offset += float(derivative.mean())
        return value, np.array([slope, offset])

    # A negative slope would contradict the discriminator; with 0 the logit is uninformative.
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
