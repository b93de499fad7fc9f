"""Adam for one network, with gradients from the parts of a batch and from all processes."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from genaug.training.distributed import ProcessGroup
from genaug.training.state import optimizer_state, restore_optimizer


class Optimizer:
    """Adam for the parameters of one network; no other gradients are computed.

    Args:
        network: its parameters that require gradients are updated.
        rate: learning rate.
        betas: decay of Adam's two moments.
        group: the processes over which gradients are averaged.
    """

    def __init__(
        self, network: nn.Module, rate: float, betas: tuple[float, float], group: ProcessGroup
    ) -> None:
        self._parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self._adam = torch.optim.Adam(self._parameters, lr=rate, betas=betas, fused=True)
        self._rate = rate
        self._group = group
        self._before: list[Tensor] | None = None

    def begin(self, measured: bool) -> None:
        """Start an update.

        Args:
            measured: compute `gradient` and `speed` in this update.
        """
        self._adam.zero_grad()
        self._before = [parameter.detach().clone() for parameter in self._parameters] if measured else None

    def add(self, loss: Tensor) -> None:
        """Add the gradient of a part's loss."""
        torch.autograd.backward(loss, inputs=self._parameters)

    def step(self) -> None:
        """Average the gradients over the processes and update the weights; do nothing without gradients."""
        if all(parameter.grad is None for parameter in self._parameters):
            return
        self._group.average_gradients(self._parameters)
        if self._before is not None:
            self.gradient = norm([p.grad for p in self._parameters if p.grad is not None])
            """Norm of the gradient of all parameters, a scalar."""
        self._adam.step()
        if self._before is not None:
            changes = torch._foreach_sub([p.detach() for p in self._parameters], self._before)
            self.speed = norm(list(changes)) / norm(self._before)
            """Norm of the update divided by that of the weights, a scalar."""

    def scale_rate(self, factor: float) -> None:
        """Set the learning rate to `factor` times the initial one."""
        self._adam.param_groups[0]["lr"] = self._rate * factor

    def state(self, prefix: str) -> dict[str, Tensor]:
        """Return the moments by name, each prefixed."""
        return optimizer_state(prefix, self._adam)

    def restore(self, prefix: str, tensors: Mapping[str, Tensor]) -> None:
        """Go back to a `state`."""
        restore_optimizer(prefix, self._adam, tensors)


def norm(tensors: list[Tensor]) -> Tensor:
    """Return the Euclidean norm of all entries of all tensors, a scalar."""
    total: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(tensors)))
    return total
