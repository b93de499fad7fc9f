"""What the training loop requires of a training."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from torch import Tensor, nn

from genaug.training.config import TrainingConfig
from genaug.training.distributed import ProcessGroup
from genaug.training.snapshot import TrainingSnapshot

C = TypeVar("C", bound=TrainingConfig)
State = tuple[dict[str, Tensor], dict[str, Any]]
"""Tensors on the CPU, and plain JSON."""


class TrainingRun(ABC, Generic[C]):
    """Base class of trainings: one step, and the state for checkpoints; see `genaug.training.loop.train`.

    Attributes:
        config: settings of the training.
        group: the processes of the training.
        step: number of completed steps.
    """

    config: C
    group: ProcessGroup
    step: int = 0

    @property
    @abstractmethod
    def network(self) -> nn.Module:
        """Return the network to measure and to keep, e.g. the averaged one, in evaluation mode."""

    @abstractmethod
    def advance(self, measured: bool) -> None:
        """Update the weights once and increase `step` by one.

        Args:
            measured: compute values that are only logged too, e.g. norms of gradients.
        """

    @abstractmethod
    def values(self) -> dict[str, float]:
        """Return the logged values of the last step, the same names each time; may wait for the device."""

    @abstractmethod
    def check_finite(self) -> None:
        """Raise an error if a loss or a weight is not finite.

        Raises:
            TrainingDiverged: naming the non-finite value, the step, and what to change.
        """

    def check_samples(self) -> None:
        """Raise an error if the samples show that the training has failed.

        Called before each checkpoint and at the last step. Default: no check.

        Raises:
            TrainingDiverged: naming the step and what to change.
        """

    @abstractmethod
    def scale_rates(self, factor: float) -> None:
        """Set each learning rate to `factor` times the initial one."""

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[TrainingSnapshot]:
        """Return a context with a snapshot for hooks; on exit the training is restored."""

    @abstractmethod
    def state(self) -> State:
        """Return everything that changes, as tensors on the CPU and plain JSON."""

    @abstractmethod
    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to a `state`."""
