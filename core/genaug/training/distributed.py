"""The processes of a training, one, or several started by ``torchrun``."""

import atexit
import functools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn

from genaug.errors import DataError
from genaug.training.processes import process_count, process_rank
from genaug.training.rows import Rows

PATIENCE = timedelta(days=7)
"""Maximum time to wait for another process, e.g. while the first one audits the data or measures."""


@functools.cache
def join(device: str) -> Any:
    """Join the process group of ``torchrun``, once, and return accelerate's state.

    The process leaves the group when it exits, so another run in the same process uses the same group.
    """
    from accelerate import PartialState

    state = PartialState(cpu=torch.device(device).type == "cpu", timeout=PATIENCE)
    atexit.register(state.destroy_process_group)
    return state


class ProcessGroup:
    """The processes of one training, which share each batch.

    Every process draws the randomness of the entire batch from the same seed and computes its own rows.
    Gradients are averaged over processes once in each update, so all processes have the same weights.

    Args:
        device: of this process.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.count, self.rank = process_count(), process_rank()
        if self.count > 1:
            join(str(device))

    def rows(self, total: int, parts: int) -> list[Rows]:
        """Return this process's rows of a batch of `total`, in `parts` parts of nearly equal size.

        Raises:
            DataError: if the batch cannot be shared evenly, or a process has fewer rows than parts.
        """
        own, left = divmod(total, self.count)
        if left:
            raise DataError(
                f"a batch of {total} cannot be shared evenly by {self.count} processes: make batch_size a "
                f"multiple of {self.count}"
            )
        if parts > own:
            raise DataError(f"{own} samples cannot be computed in {parts} parts: lower `accumulate`")
        bounds = [self.rank * own + own * part // parts for part in range(parts + 1)]
        return [Rows(bounds[i], bounds[i + 1], total) for i in range(parts)]

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        for gradient, mean in zip(gradients, self._means(gradients), strict=True):
            gradient.copy_(mean)

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean over the processes."""
        return values if self.count == 1 else self._means([values])[0]

    def gather(self, values: Tensor) -> Tensor:
        """Return the rows of all processes, ``[count · n, …]``, in order."""
        if self.count == 1:
            return values
        from accelerate.utils import gather

        gathered: Tensor = gather(values.contiguous())
        return gathered

    def broadcast(self, network: nn.Module) -> None:
        """Copy the weights and buffers of the first process to all."""
        if self.count == 1:
            return
        from accelerate.utils import broadcast as _broadcast

        with torch.no_grad():
            for tensor in network.state_dict().values():
                tensor.copy_(_broadcast(tensor.clone(memory_format=torch.contiguous_format)))

    def _means(self, tensors: list[Tensor]) -> list[Tensor]:
        """Return the means over processes of float tensors, by a single reduction."""
        from accelerate.utils import reduce

        flat: Tensor = reduce(torch.cat([tensor.flatten() for tensor in tensors]), reduction="mean")
        pieces = torch.split(flat, [tensor.numel() for tensor in tensors])
        return [piece.view_as(tensor) for piece, tensor in zip(pieces, tensors, strict=True)]
