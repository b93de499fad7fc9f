"""Samples of a causal language model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from genaug import Sampler
from genaug.data import Request, Samples, SampleSpec
from genaug.errors import DataError
from genaug_plugins.generators.language_model import LanguageOptions
from genaug_plugins.language.accepting import Verdict, draw_accepted, own_generators
from genaug_plugins.language.drawing import Drawer, Guide
from genaug_plugins.language.forms import Form, repeated

LARGE = 20_000_000
"""Parameters from which on a chunk is small, because a sample takes long."""
CHUNKS = (256, 16)
"""Samples of a chunk of a small and of a large network."""


class LanguageSampler(Sampler):
    """Sampler of texts or rows.

    Args:
        spec: of its samples.
        network: in evaluation mode.
        pad: the token that fills up.
        form: what is written.
        counts: number of training samples of each class.
        attempts: maximum number of draws of a sample.
        batch_size: samples that are drawn at once.
        temperature, top_p: where a request has no options.
        store: writes everything that `load` needs.
        history, warnings: of the fit.
    """

    capabilities = frozenset({"class-conditional"})
    options_model = LanguageOptions

    def __init__(
        self,
        spec: SampleSpec,
        network: nn.Module,
        pad: int,
        form: Form,
        counts: Sequence[int],
        attempts: int,
        batch_size: int,
        temperature: float,
        top_p: float,
        store: Callable[[Path], None],
        history: Mapping[str, Sequence[float]],
        warnings: Sequence[str],
    ) -> None:
        self.spec, self.history, self.warnings = spec, history, list(warnings)
        self.chunk_size = CHUNKS[sum(weight.numel() for weight in network.parameters()) > LARGE]
        self._network, self._pad, self._form, self._counts = network, pad, form, list(counts)
        self._attempts, self._batch_size, self._store = attempts, batch_size, store
        self._temperature, self._top_p = temperature, top_p

    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        """Return `request.count` samples.

        Raises:
            DataError: if the class had no training samples, or only empty ones are drawn.
        """
        name = self.spec.class_names[request.label]
        if not self._counts[request.label]:
            known = ", ".join(self.spec.class_names[label] for label in np.flatnonzero(self._counts))
            raise DataError(
                f"class {name!r} cannot be sampled: it had no training samples; the classes learned are "
                f"{known}"
            )
        options = LanguageOptions.model_validate(dict(request.options))
        drawer = Drawer(
            self._network,
            self._pad,
            self._batch_size,
            options.temperature or self._temperature,
            options.top_p or self._top_p,
        )
        rngs = own_generators(request.count, rng)

        def draw(places: Sequence[int], last: bool) -> list[tuple[list[int], Guide]]:
            own = [rngs[place] for place in places]
            begun = [self._form.begin(request.label, one, last) for one in own]
            guides = [guide for _, guide in begun]
            return list(zip(drawer([prompt for prompt, _ in begun], guides, own), guides, strict=True))

        def judge(drawn: tuple[list[int], Guide]) -> Verdict[object]:
            return self._form.judge(*drawn)

        accepted = draw_accepted(
            request.count, self._attempts, draw, judge, None if self._form.repeats else repeated
        )
        lacking = sum(value is None for value in accepted.values)
        if lacking:
            reasons = ", ".join(f"{count} {fault}" for fault, count in accepted.refused.items())
            raise DataError(
                f"{lacking} of {request.count} samples of class {name!r} could not be drawn in "
                f"{self._attempts} attempts each ({reasons}): train for more `steps`, or raise `attempts`"
            )
        self.refused = dict(accepted.refused) | {
            f"{fault} and kept, because the attempts ran out": count for fault, count in accepted.kept.items()
        }
        values = self._form.values(accepted.values)
        return Samples(values, np.full(request.count, request.label, dtype=np.int64))

    def snapshot(self, label: int, count: int, seed: int) -> NDArray[Any]:
        """Return values of samples of a class, drawn once each, for hooks during a training."""
        return self.draw(Request(label, count), np.random.default_rng(seed)).values

    def save(self, folder: Path) -> None:
        """Write the network or its changes, the vocabulary, and what is known of the training samples."""
        self._store(folder)
