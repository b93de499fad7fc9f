"""The controller of `ada`, `scaling` and `diffusion-noise`."""

from __future__ import annotations

from typing import Any

import torch

from genaug import Training
from genaug.adversarial import Logits


class SignController:
    """A strength p in [0, 1] that rises while r = E sign f(x) over real samples is above a target.

    At every n-th step p ← clip(p + sign(r̄ − target)·move, 0, p_max), with r̄ the mean of r over the n steps
    (Karras et al. 2020, arXiv 2006.06676, section 3). p is on the device and is never read to compute it.

    Args:
        training: its batch size and device.
        target: of r, in [−1, 1].
        every: n, steps between two moves.
        kimg: thousands of real samples in which p rises from 0 to 1 at the fastest; sets the size of a move.
        start: p before the first move.
        p_max: largest p after a move.

    Attributes:
        p: the strength, a float64 scalar.
    """

    def __init__(
        self,
        training: Training,
        *,
        target: float,
        every: int,
        kimg: float,
        start: float = 0.0,
        p_max: float = 1.0,
    ) -> None:
        self._target, self._every, self._p_max = target, every, p_max
        self._move = training.batch_size * every / (kimg * 1000)
        self.p = torch.full((), start, dtype=torch.float64, device=training.random.device)
        self._signs = torch.zeros_like(self.p)  # sum of r since the last move
        self._seen = 0  # steps since the last move

    def observe(self, logits: Logits) -> bool:
        """Add the logits of a step; return whether p has moved."""
        self._signs = self._signs + logits.real.sign().double().mean()
        self._seen += 1
        if self._seen < self._every:
            return False
        direction = (self._signs / self._seen - self._target).sign()
        self.p = (self.p + direction * self._move).clamp(0, self._p_max)
        self._signs, self._seen = torch.zeros_like(self._signs), 0
        return True

    def state(self) -> dict[str, Any]:
        """Return p, and the sum of r and the number of steps since the last move."""
        return {"p": float(self.p), "signs": float(self._signs), "seen": self._seen}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        self.p, self._signs = torch.full_like(self.p, state["p"]), torch.full_like(self.p, state["signs"])
        self._seen = state["seen"]
