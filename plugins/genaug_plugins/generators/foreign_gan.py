"""A DCGAN that someone else trained, from its weights alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from genaug import Context, Generator, Sampler
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.errors import DataError, MissingWeights

if TYPE_CHECKING:
    from torch import Tensor, nn

TENSORS = "foreign-gan.safetensors"
RECORD = "foreign-gan.json"
CAPABILITIES = frozenset({"class-conditional", "latent"})
BATCH = 64


class ForeignGanGenerator(Generator):
    """Sample a plain DCGAN that was trained elsewhere, for one class.

    The network is built from the shapes of its weights (Radford, Metz & Chintala 2016, as in PyTorch's
    tutorial): transposed convolutions in the order of their names, the first from 1×1 latents, the others
    with stride 2 and padding (kernel − 2)/2, each but the last followed by batch normalization and ReLU, the
    last by tanh. Files of torch are read with `weights_only`, so that no code of theirs runs.
    """

    name: ClassVar[str] = "foreign-gan"
    given_capabilities: ClassVar[frozenset[str]] = CAPABILITIES

    weights: Path
    """File of the weights: of torch (``.pt``, ``.pth``, ``.tar``) or safetensors."""
    key: str | None = None
    """Name of the generator's weights in a file that holds more; null: the only entry that fits."""
    label: str | None = None
    """The class that its samples are of; null: the only class of the data."""

    def reads(self) -> tuple[Path, ...]:
        """Return the file of the weights."""
        return (self.weights,)

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for what is no image, an unknown class, and a file that does not exist."""
        if spec.modality != "image":
            raise DataError(f"{self.name} makes images, not samples of modality {spec.modality!r}")
        self._class(spec)
        if not self.weights.expanduser().is_file():
            raise MissingWeights(f"weights: {self.weights} does not exist: name a file of weights")

    def fit(self, train: TrainView, context: Context) -> ForeignGanSampler:
        """Read the weights; nothing is learned.

        Raises:
            DataError: where the file holds no DCGAN, or its images have another number of channels.
            MissingWeights: where the file does not exist.
        """
        self.check_usable(train.spec)
        weights = self._read()
        network = build(weights)
        sampler = ForeignGanSampler(train.spec, self._class(train.spec), network.to(context.device))
        if sampler.spec.shape[0] != train.spec.shape[0]:
            raise DataError(
                f"{self.weights.name} makes images of {sampler.spec.shape[0]} channels, and the data have "
                f"{train.spec.shape[0]}: read the data with as many channels"
            )
        return sampler

    def load(self, folder: Path, context: Context) -> ForeignGanSampler:
        """Return a saved sampler, on the context's device."""
        from safetensors.torch import load_file

        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        network = build(load_file(folder / TENSORS)).to(context.device)
        return ForeignGanSampler(SampleSpec.model_validate(record["spec"]), record["label"], network)

    def _class(self, spec: SampleSpec) -> int:
        names = spec.class_names
        if self.label in names:
            return names.index(str(self.label))
        if self.label is None and len(names) == 1:
            return 0
        wrong = "which class it makes" if self.label is None else f"a class of the data, not {self.label!r}"
        raise DataError(f"{self.name} makes one class: say {wrong} (`label`: {', '.join(names)})")

    def _read(self) -> dict[str, Tensor]:
        """Return the weights of the generator network."""
        import torch
        from safetensors.torch import load_file

        path = self.weights.expanduser()
        try:
            found = (
                load_file(path)
                if path.suffix == ".safetensors"
                else torch.load(path, map_location="cpu", weights_only=True)
            )
        except Exception as error:  # torch raises errors of many kinds
            raise DataError(f"weights: {path} cannot be read as weights alone: {error}") from error
        if self.key is not None:
            if not isinstance(found, Mapping) or self.key not in found:
                raise DataError(f"weights: {path.name} has no entry {self.key!r}; it has {', '.join(found)}")
            return dict(found[self.key])
        if fits(found):
            return dict(found)
        able = [name for name, entry in found.items() if fits(entry)]
        if len(able) != 1:
            listed = ", ".join(map(str, found)) or "nothing"
            raise DataError(
                f"weights: {path.name} holds {len(able)} entries that are a DCGAN's generator: name one in "
                f"`key`; the file has {listed}"
            )
        return dict(found[able[0]])


class ForeignGanSampler(Sampler):
    """Sampler of a network ``[N, Z, 1, 1] -> [N, C, H, W]`` in [-1, 1], for one class.

    Args:
        spec: of the data; its samples have the network's shape.
        label: the class.
        network: in evaluation mode.
    """

    capabilities = CAPABILITIES

    def __init__(self, spec: SampleSpec, label: int, network: nn.Sequential) -> None:
        import torch

        self._network, self._label = network.requires_grad_(False).eval(), label
        first = next(network.parameters())
        self.latent_dim: int = len(first)
        shape = tuple(network(torch.zeros(1, self.latent_dim, 1, 1, device=first.device)).shape[1:])
        self.spec = spec.model_copy(update={"shape": shape})
        self.warnings = [
            "the network was trained elsewhere: whether on validation or test samples, nothing can tell"
        ]

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield images in batches.

        Raises:
            DataError: for another class than that of the network.
        """
        import torch

        if request.label != self._label:
            names = self.spec.class_names
            raise DataError(
                f"class {names[request.label]!r} cannot be sampled: the network makes {names[self._label]!r}"
            )
        latents = torch.from_numpy(np.ascontiguousarray(request.latents_or_normal(self.latent_dim, rng)))
        device = next(self._network.parameters()).device
        for codes in torch.split(latents, BATCH):
            values: FloatArray = self._network(codes[:, :, None, None].to(device)).cpu().numpy()
            yield Samples(values.clip(-1, 1), np.full(len(codes), request.label, dtype=np.int64))

    def save(self, folder: Path) -> None:
        """Write the weights, the spec and the class."""
        from safetensors.torch import save_file

        weights = {name: tensor.cpu().contiguous() for name, tensor in self._network.state_dict().items()}
        save_file(weights, folder / TENSORS)
        record = {"spec": self.spec.model_dump(mode="json"), "label": self._label}
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def ordered(weights: Mapping[str, Tensor]) -> list[str]:
    """Return the names in the order of the layers, by the numbers in them."""
    return sorted(weights, key=lambda name: [(part.isdigit(), part.zfill(9)) for part in name.split(".")])


def fits(weights: object) -> bool:
    """Return whether these are the weights of a DCGAN's generator: a chain that ends in 1 to 4 channels."""
    if not isinstance(weights, Mapping):
        return False
    layers = [weights[name].shape for name in ordered(weights) if getattr(weights[name], "ndim", 0) == 4]
    follow = all(one[1] == other[0] for one, other in pairwise(layers))
    return len(layers) > 1 and follow and layers[-1][1] <= 4


def build(weights: Mapping[str, Tensor]) -> nn.Sequential:
    """Return the network of these weights, in evaluation mode.

    Raises:
        DataError: where they are not those of a DCGAN's generator.
    """
    import torch
    from torch import nn

    if not fits(weights):
        raise DataError("these are not the weights of a DCGAN's generator: no chain of convolutions")
    modules: dict[str, dict[str, Tensor]] = {}
    for name in ordered(weights):
        tensor = weights[name]
        module, _, part = name.rpartition(".")
        modules.setdefault(module, {})[part] = tensor
    parts: list[nn.Module] = []
    last = [name for name, own in modules.items() if own["weight"].ndim == 4][-1]
    with torch.random.fork_rng(devices=[]):
        for name, own in modules.items():
            weight = own["weight"]
            if weight.ndim == 4:
                inputs, outputs, kernel, _ = weight.shape
                stride, padding = (1, 0) if not parts else (2, (kernel - 2) // 2)
                layer: nn.Module = nn.ConvTranspose2d(
                    inputs, outputs, kernel, stride, padding, bias="bias" in own
                )
            else:
                layer = nn.BatchNorm2d(len(weight))
            layer.load_state_dict(dict(own), strict=False)
            if weight.ndim == 4 and parts and not isinstance(parts[-1], nn.ReLU):
                parts.append(nn.ReLU())
            parts.append(layer)
            if weight.ndim == 1:
                parts.append(nn.ReLU())
            if name == last:
                parts.append(nn.Tanh())
    return nn.Sequential(*parts).eval()
