"""The sampler of a trained diffusion model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from genaug import Sampler
from genaug.data import Request, Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug.errors import DataError
from genaug.training.auto_batch import AutoBatch
from genaug_plugins.generators.diffusion.config import DiffusionConfig
from genaug_plugins.generators.diffusion.denoiser import Denoiser
from genaug_plugins.generators.diffusion.files import RECORD, WEIGHTS
from genaug_plugins.generators.diffusion.formulations import formulation
from genaug_plugins.generators.diffusion.options import DiffusionOptions
from genaug_plugins.generators.diffusion.solver import Known, invert, solve
from genaug_plugins.generators.units import Units

CAPABILITIES = frozenset({"class-conditional", "latent", "encode", "image-to-image", "inpaint"})
BATCH = 64


class DiffusionSampler(Sampler):
    """A trained diffusion model.

    A latent is the noise that a sample starts from, so the same latent gives the same sample. All noise is
    drawn for each sample on its own, so the size of the batches changes nothing but rounding.

    Args:
        config: settings of the model and its sampling.
        spec: of its samples.
        network: F, in evaluation mode; see `genaug_plugins.generators.diffusion.denoiser.Network`.
        units: in which it has learned.
        data: root mean square of the training samples in these units.
        told: K, columns of the condition on the augmentation.
        classes: the labels it was trained on.
        history: values logged during training.
        warnings: for the user, a sentence each.
        hooks: of the run; they are notified of smaller batches.
    """

    capabilities = CAPABILITIES
    options_model = DiffusionOptions

    def __init__(
        self,
        config: DiffusionConfig,
        spec: SampleSpec,
        network: nn.Module,
        units: Units,
        data: float,
        told: int,
        classes: Sequence[int],
        history: Mapping[str, Sequence[float]],
        warnings: Sequence[str],
        hooks: Any,
    ) -> None:
        self.spec = spec
        self.history, self.warnings = history, warnings
        self.latent_dim: int = int(np.prod(spec.shape))
        self._config, self._network, self._units = config, network, units
        self._data, self._told, self._classes = data, told, list(classes)
        self._formulation = formulation(config.formulation, data)
        self._denoiser = Denoiser(network, self._formulation, spec.classes, told)
        self._batches = AutoBatch(BATCH, "the diffusion model", hooks, "lower `width`, or raise `patch`")

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield `request.count` samples in batches.

        Samples of given latents start from these alone; without a mask, sources are then only their lineage.

        Raises:
            DataError: if the class had no training samples, guidance is asked of a model without it, or the
                latents have another shape.
        """
        options = DiffusionOptions.model_validate(request.options)
        guidance = self._config.guidance if options.guidance is None else options.guidance
        self._check(request, guidance)
        seeds = rng.integers(0, 2**63, size=request.count)
        latents = None
        if request.latents is not None:
            latents = request.latents_or_normal(self.latent_dim, rng).reshape(-1, *self.spec.shape)
        sources = None
        if request.sources and (request.latents is None or request.mask is not None):
            sources = request.one_source_each()
        mask = None if request.mask is None else request.mask_over(self.spec)

        def made(rows: slice) -> Samples:
            return self._made(
                request.label,
                options,
                guidance,
                [np.random.default_rng(seed) for seed in seeds[rows]],
                None if latents is None else latents[rows],
                None if sources is None else sources.take(np.arange(rows.start, rows.stop)),
                mask if mask is None or len(mask) == 1 else mask[rows],
            )

        yield from self._batches(made, request.count)

    def _made(
        self,
        label: int,
        options: DiffusionOptions,
        guidance: float,
        generators: Sequence[np.random.Generator],
        latents: np.ndarray[Any, Any] | None,
        sources: Samples | None,
        mask: np.ndarray[Any, Any] | None,
    ) -> Samples:
        """Return a batch of samples."""
        device = next(self._network.parameters()).device
        shape = self.spec.shape

        def noise() -> Tensor:
            drawn = [random.standard_normal(shape, dtype=np.float32) for random in generators]
            return torch.from_numpy(np.stack(drawn)).to(device)

        strength = 1.0 if sources is None else options.strength
        levels = self._formulation.levels(options.steps or self._config.sampling_steps, strength)
        start = noise() if latents is None else torch.from_numpy(latents.copy()).to(device)
        x = levels[0].sigma * start
        known = None
        if sources is not None:
            source = torch.from_numpy(self._units.samples(sources).values).to(device)
            if strength < 1:
                x = levels[0].alpha * source + x
            if mask is not None:
                known = Known(source, torch.from_numpy(mask).to(device), options.repeats)
        labels = torch.full((len(x),), label, device=device)
        with torch.no_grad():
            made = solve(
                lambda x, time: self._denoiser(x, time, labels, guidance),
                levels,
                x,
                noise,
                stochastic=options.stochastic,
                known=known,
            )
        values = self._units.values(made.cpu().numpy())
        if self.spec.value_range is not None:
            values = values.clip(*self.spec.value_range)
        if sources is not None and mask is not None:
            values = np.where(mask, values, sources.values)
        return Samples(values, np.full(len(values), label, dtype=np.int64))

    def encode(self, samples: Samples) -> FloatArray:
        """Return the noise that samples would be made of, ``[N, latent_dim]``, without guidance.

        The differential equation is solved backwards, in twice the steps. An unlabelled sample, and one of a
        class without training samples, is taken to be of no class.
        """
        device = next(self._network.parameters()).device
        levels = self._formulation.levels(2 * self._config.sampling_steps)
        values = torch.from_numpy(self._units.samples(samples).values)
        known = np.isin(samples.labels, self._classes)
        labels = torch.from_numpy(np.where(known, samples.labels, self.spec.classes))

        def latents(rows: slice) -> FloatArray:
            x0, y = values[rows].to(device), labels[rows].to(device)
            with torch.no_grad():
                found = invert(partial(self._denoiser, labels=y), levels, x0)
            return np.asarray(found.cpu()).reshape(len(x0), -1)

        parts = list(self._batches(latents, len(values)))
        return np.concatenate(parts) if parts else np.zeros((0, self.latent_dim or 0), dtype=np.float32)

    def _check(self, request: Request, guidance: float) -> None:
        if request.label not in self._classes:
            known = ", ".join(self.spec.class_names[label] for label in self._classes)
            raise DataError(
                f"class {self.spec.class_names[request.label]!r} cannot be sampled: it had no training "
                f"samples; the classes learned are {known}"
            )
        if guidance != 1 and not self._config.class_dropout:
            raise DataError(
                f"guidance {guidance:g} needs a model that also learned samples without their class: set "
                "class_dropout (0.1), or guidance 1"
            )

    def save(self, folder: Path) -> None:
        """Write the weights, and the values needed to rebuild the network."""
        weights = {name: tensor.cpu().contiguous() for name, tensor in self._network.state_dict().items()}
        save_file(weights, folder / WEIGHTS)
        record = {
            "spec": self.spec.model_dump(mode="json"),
            "formulation": self._config.formulation,
            "units": self._units.record(),
            "data": self._data,
            "told": self._told,
            "classes": self._classes,
            "history": {name: list(column) for name, column in self.history.items()},
            "warnings": list(self.warnings),
        }
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
