"""Measurements of the discriminator of a running training."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass
from genaug.adversarial.snapshot import AdversarialSnapshot
from genaug_plugins.metrics.dissimilarity import magnitude, self_dissimilarity
from genaug_plugins.metrics.fisher import fisher_diagonal
from genaug_plugins.metrics.landscape import landscape

RADII = (-1.0, -0.75, -0.5, -0.25, -0.1, 0.1, 0.25, 0.5, 0.75, 1.0)
DIRECTIONS = 8


def narrowing(d: DiscriminatorPass) -> dict[str, float]:
    """Return the norm of the input gradient and how concentrated it is, for real and fake samples.

    ``input_gradient.*`` is the mean of ‖∇ₓf‖. ``narrowing.*`` is the mean of the self-dissimilarity
    of |∇ₓf|, normalized and at full depth (a reconstruction of MS3D's "perceptual narrowing",
    arXiv 2408.11135): ½(1 − mean(|g|)² / mean(|g|²)), from 0 for a magnitude that is the same everywhere to
    nearly ½ for one that is concentrated in a single pixel. For vectors only the norm is returned.
    """
    values = {}
    for side, gradient in (("real", d.real_gradient.detach()), ("fake", d.fake_gradient.detach())):
        norms = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
        values[f"input_gradient.{side}"] = float(norms.mean())
        if gradient.dim() > 2:
            depth = max((max(gradient.shape[2:]) - 1).bit_length(), 1)  # 2^depth is at least the longest side
            concentration = self_dissimilarity(magnitude(gradient), 2, depth, normalize=True)
            values[f"narrowing.{side}"] = float(concentration.mean())
    return values


def fisher(snapshot: "AdversarialSnapshot", samples: int) -> dict[str, float]:
    """Return trace and mean of the diagonal Fisher information of the discriminator's weights.

    See `fisher_diagonal`; σ(f) is taken as the probability of a real sample, as in the non-saturating loss.
    The mean is over equally many real and fake samples of the last step, augmented. Frozen weights are
    excluded.

    Args:
        snapshot: the training.
        samples: number of real and of fake samples, at most.
    """
    weights = [weight for weight in snapshot.discriminator.parameters() if weight.requires_grad]
    trace = 0.0
    for batch in (snapshot.d.real, snapshot.d.fake):
        few = _first(batch, samples)
        logits = snapshot.discriminator(few.values, few.labels, few.condition)
        trace += sum(float(part.sum()) for part in fisher_diagonal(logits, weights)) / 2
    return {"fisher.trace": trace, "fisher.mean": trace / sum(weight.numel() for weight in weights)}


def flatness(snapshot: "AdversarialSnapshot") -> dict[str, Any]:
    """Return the rise of the discriminator's loss around its weights, on the batches of the last step.

    The loss is the non-saturating one; see `landscape`. ``rises`` is the rise along each direction at each
    of ``radii``, ``profile`` its mean over directions, ``sharpness`` the mean of the profile at both signs
    of each distance.
    """
    real, fake = (_first(batch, len(batch.values)) for batch in (snapshot.d.real, snapshot.d.fake))

    def loss(call: Callable[..., Tensor]) -> Tensor:
        f_real = call(real.values, real.labels, real.condition)
        f_fake = call(fake.values, fake.labels, fake.condition)
        return softplus(-f_real).mean() + softplus(f_fake).mean()

    found = landscape(snapshot.discriminator, loss, RADII, DIRECTIONS, torch.Generator().manual_seed(0))
    by_radius = dict(zip(found.radii, found.profile, strict=True))
    return {
        "radii": found.radii,
        "profile": found.profile,
        "rises": found.rises.tolist(),
        "sharpness": {f"{r:g}": (by_radius[r] + by_radius[-r]) / 2 for r in RADII if r > 0},
    }


def _first(batch: Batch, count: int) -> Batch:
    return Batch(batch.values.detach()[:count], batch.labels[:count], batch.condition[:count])
