"""Requests for samples between the latents of real samples."""

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from genaug import Context, Sampler
from genaug.data import Request, TrainView
from genaug.data.samples import FloatArray
from genaug_plugins.strategies.amounts import AmountsStrategy
from genaug_plugins.strategies.encoded_classes import encoded_classes


class LatentInterpolationStrategy(AmountsStrategy):
    """Request samples at latents between those of two real samples of a class.

    z = (1 − λ)·z_a + λ·z_b for `linear`; for `spherical` z moves along the great circle from z_a to z_b, and
    its length changes linearly, so that it stays at the distance from the origin at which a normal prior has
    its mass (White 2016, arXiv 1609.04468). Each sample's lineage names both. A class of one sample gives the
    latent of that sample.
    """

    name: ClassVar[str] = "latent-interpolation"
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional", "latent", "encode"})

    path: Literal["linear", "spherical"] = "spherical"
    """From one latent to the other along a line, or along a great circle."""
    between: tuple[float, float] = (0.0, 1.0)
    """Range of λ, uniform; λ is the share of the second sample."""
    beta: float | None = Field(default=None, gt=0)
    """Draw λ from Beta(beta, beta) on that range instead: below 1 near the samples, above 1 between them."""

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        low, high = self.between
        if not 0 <= low <= high <= 1:
            raise ValueError(f"between must be two ascending numbers in [0, 1], not {low} and {high}")
        return self

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each class that lacks samples.

        Raises:
            DataError: where a class that lacks samples has none to encode.
        """
        for label, count, ids, latents in encoded_classes(self.amounts(train), train, sampler, context):
            first = np.resize(rng.permutation(len(ids)), count)
            others = (first + rng.integers(1, max(len(ids), 2), count)) % len(ids)
            shares = rng.random(count) if self.beta is None else rng.beta(self.beta, self.beta, count)
            low, high = self.between
            share = (low + (high - low) * shares)[:, None]
            between = _spherical if self.path == "spherical" else _linear
            made = between(latents[first], latents[others], share)
            sources = tuple(str(ids[row]) for pair in zip(first, others, strict=True) for row in pair)
            yield Request(label, count, made.astype(np.float32), sources=sources, paired=True)


def _linear(a: FloatArray, b: FloatArray, share: np.ndarray) -> np.ndarray:
    return np.asarray((1 - share) * a + share * b)


def _spherical(a: FloatArray, b: FloatArray, share: np.ndarray) -> np.ndarray:
    """Return points at a share of the angle from a to b, lengths interpolated linearly; `[n, Z]`."""
    lengths = [np.linalg.norm(part, axis=1, keepdims=True) for part in (a, b)]
    ua, ub = (part / np.where(length > 0, length, 1) for part, length in zip((a, b), lengths, strict=True))
    angle = np.arccos(np.clip((ua * ub).sum(axis=1, keepdims=True), -1, 1))
    sine = np.sin(angle)
    bent = sine > 1e-6  # else the two point the same or opposite ways: no circle, or no single one
    safe = np.where(bent, sine, 1)
    weight_a = np.where(bent, np.sin((1 - share) * angle) / safe, 1 - share)
    weight_b = np.where(bent, np.sin(share * angle) / safe, share)
    length = (1 - share) * lengths[0] + share * lengths[1]
    return np.asarray((weight_a * ua + weight_b * ub) * length)
