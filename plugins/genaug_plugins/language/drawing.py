"""Draw tokens from a causal language model, each sequence with a random generator of its own."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

LIKELIEST = 1024
"""Number of the likeliest tokens that are looked at first, where only some are drawn from."""


class Guide(Protocol):
    """What may be drawn in one sequence, and where it ends."""

    def done(self, made: Sequence[int]) -> bool:
        """Return whether the sequence ends behind the tokens that were drawn."""

    def allowed(self, made: Sequence[int]) -> NDArray[np.int64] | None:
        """Return the tokens that may come next, one or more; None: all but `banned`."""

    def banned(self, made: Sequence[int]) -> Sequence[int]:
        """Return the tokens that may not come next, where `allowed` returns None."""


class Drawer:
    """Draws sequences of tokens in batches.

    Sequences of a batch are padded on the left, and numbered from their first token on; padding is masked. So
    the logits of a sequence do not depend on the others, up to rounding, and each sequence has its own random
    generator: the batch size does not change what is drawn.

    Args:
        network: a causal language model of transformers, in evaluation mode.
        pad: the token that fills up.
        batch_size: most sequences at once.
        temperature: logits are divided by it, above 0.
        top_p: the smallest set of the likeliest tokens with at least this probability is drawn from (Holtzman
            et al. 2020, arXiv 1904.09751).
    """

    def __init__(
        self, network: nn.Module, pad: int, batch_size: int, temperature: float = 1.0, top_p: float = 1.0
    ) -> None:
        self._network, self._pad, self._batch_size = network, pad, batch_size
        self._temperature, self._top_p = temperature, top_p
        self._device = next(network.parameters()).device
        known = inspect.signature(network.forward).parameters
        self._further: dict[str, Any] = {"logits_to_keep": 1} if "logits_to_keep" in known else {}
        self._positions = "position_ids" in known

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        guides: Sequence[Guide],
        rngs: Sequence[np.random.Generator],
    ) -> list[list[int]]:
        """Return the tokens behind each prompt.

        Args:
            prompts: N sequences of one token or more.
            guides: N, one for each.
            rngs: N, one for each.
        """
        made: list[list[int]] = []
        for start in range(0, len(prompts), self._batch_size):
            part = slice(start, start + self._batch_size)
            made += self._batch(prompts[part], guides[part], rngs[part])
        return made

    @torch.inference_mode()
    def _batch(
        self,
        prompts: Sequence[Sequence[int]],
        guides: Sequence[Guide],
        rngs: Sequence[np.random.Generator],
    ) -> list[list[int]]:
        made: list[list[int]] = [[] for _ in prompts]
        alive = [row for row in range(len(prompts)) if not guides[row].done(made[row])]
        if not alive:
            return made
        ids, mask = self._padded([prompts[row] for row in alive])  # [n, t]
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        past = None
        while True:
            placed = {"position_ids": positions} if self._positions else {}
            out = self._network(
                input_ids=ids,
                attention_mask=mask,
                past_key_values=past,
                use_cache=True,
                **placed,
                **self._further,
            )
            past = out.past_key_values
            logits = out.logits[:, -1].float().cpu()  # [n, V]
            for place, row in enumerate(alive):
                made[row].append(self._next(logits[place], guides[row], made[row], rngs[row]))
            kept = [place for place, row in enumerate(alive) if not guides[row].done(made[row])]
            if not kept:
                return made
            if len(kept) < len(alive):
                alive = [alive[place] for place in kept]
                places = torch.tensor(kept, device=self._device)
                past.batch_select_indices(places)
                mask, positions = mask[places], positions[places]
            ids = torch.tensor([[made[row][-1]] for row in alive], device=self._device)
            mask = torch.cat([mask, torch.ones_like(ids)], dim=1)
            positions = positions[:, -1:] + 1

    def _padded(self, prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        longest = max(map(len, prompts))
        ids = torch.full((len(prompts), longest), self._pad)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt) :] = torch.tensor(list(prompt))
            mask[row, longest - len(prompt) :] = 1
        return ids.to(self._device), mask.to(self._device)

    def _next(self, logits: Tensor, guide: Guide, made: Sequence[int], rng: np.random.Generator) -> int:
        """Draw the next token by the inverse of the distribution function, with one uniform number."""
        allowed = guide.allowed(made)
        if allowed is not None and len(allowed) == 1:
            return int(allowed[0])
        if allowed is None:
            banned = list(guide.banned(made))
            logits[banned] = -torch.inf
            tokens = torch.arange(len(logits))
        else:
            tokens = torch.from_numpy(allowed)
            logits = logits[tokens]
        shares = torch.softmax(logits.double() / self._temperature, dim=0)
        if self._top_p < 1:
            few, order = shares.topk(min(LIKELIEST, len(shares)))
            if float(few.sum()) < self._top_p:  # seldom: sorting all tokens takes long
                few, order = shares.sort(descending=True, stable=True)
            shares = few
            count = int((shares.cumsum(0) < self._top_p).sum()) + 1
            shares, tokens = shares[:count], tokens[order[:count]]
        ends = shares.cumsum(0)
        place = int(torch.searchsorted(ends, rng.random() * float(ends[-1]), right=True))
        while float(shares[min(place, len(shares) - 1)]) == 0.0:  # rounding, at the upper end
            place -= 1
        return int(tokens[min(place, len(shares) - 1)])
