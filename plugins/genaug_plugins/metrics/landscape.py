"""The flatness of a loss around a network's weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

Loss = Callable[[Callable[..., Tensor]], Tensor]


@dataclass(frozen=True)
class Landscape:
    """The rise of a loss along random directions.

    Attributes:
        radii: lengths α of the step, 1 being that of the filters themselves.
        rises: L(φ + α·d) − L(φ), float64 on the CPU, ``[directions, radii]``.
    """

    radii: tuple[float, ...]
    rises: Tensor

    @property
    def profile(self) -> list[float]:
        """Return the mean rise over directions at each radius."""
        means: list[float] = self.rises.mean(0).tolist()
        return means


@torch.no_grad()
def landscape(
    network: nn.Module, loss: Loss, radii: Sequence[float], directions: int, random: torch.Generator
) -> Landscape:
    """Measure a loss along filter-normalized random directions (Li et al. 2018, arXiv 1712.09913).

    A direction d is normal noise in which each filter (the weights that lead to one output) has
    the Euclidean norm of the network's own filter; biases and other vectors are not changed. So networks of
    different scale can be compared: a step of α changes each filter by α of its size.

    The network is called with other weights; its own are never modified.

    Args:
        network: in evaluation mode, otherwise its buffers may change.
        loss: takes a function that is called like the network, and returns a scalar.
        radii: the α, of either sign.
        directions: their number.
        random: draws the directions; on the CPU.
    """
    weights = {name: parameter.detach() for name, parameter in network.named_parameters()}

    def at(changed: Mapping[str, Tensor]) -> Tensor:
        value = loss(lambda *inputs: functional_call(network, dict(changed), inputs))
        return value.double().cpu()

    level = at(weights)
    rises = torch.zeros(directions, len(radii), dtype=torch.float64)
    for row in rises:
        direction = {name: _filter_normalized(weight, random) for name, weight in weights.items()}
        for place, radius in enumerate(radii):
            row[place] = at({name: w + radius * direction[name] for name, w in weights.items()}) - level
    return Landscape(tuple(radii), rises)


def _filter_normalized(weight: Tensor, random: torch.Generator) -> Tensor:
    """Return noise whose filters (slices along the first axis) have the same norm as the weight's."""
    if weight.dim() < 2:
        return torch.zeros_like(weight)
    noise = torch.randn(weight.shape, generator=random, dtype=weight.dtype).to(weight.device).flatten(1)
    size = torch.linalg.vector_norm(weight.flatten(1), dim=1, keepdim=True)
    length = torch.linalg.vector_norm(noise, dim=1, keepdim=True)
    moved: Tensor = noise * size / length
    return moved.view_as(weight)
