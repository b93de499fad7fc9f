"""Regularizers: penalties and augmentations that improve an adversarial training."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from genaug.components.component import Component
from genaug.data import SampleSpec
from genaug.renamed import accept_old_methods, warn_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, GeneratorPass, Logits


Shows = Literal["none", "augmented", "conditioned"]
_OLD_SHOWS: dict[str, Shows] = {"as-is": "none", "altered": "augmented", "told": "conditioned"}


@dataclass(frozen=True)
class Training:
    """The training that a regularizer is attached to.

    Attributes:
        spec: what a sample is.
        steps: how many steps the training has.
        batch_size: samples of each batch, real and fake alike.
        random: the random generator of the training; use no other, so that a resumed training draws
            the same numbers.
        attached: the active regularizers before this one, in order.
    """

    spec: SampleSpec
    steps: int
    batch_size: int
    random: torch.Generator
    attached: tuple[ActiveRegularizer, ...] = ()

    @property
    def condition_dim(self) -> int:
        """Return how many condition columns the regularizers before this one use."""
        return sum(active.condition_dim for active in self.attached)


@dataclass(frozen=True)
class RegularizerContext:
    """The training as far as its config describes it, for checks before it starts.

    Attributes:
        loss: name of the adversarial loss.
        signed: whether under that loss a logit above 0 means real and one below 0 means fake.
        before, after: the other regularizers, in order.
    """

    loss: str
    signed: bool
    before: tuple[Regularizer, ...]
    after: tuple[Regularizer, ...]

    @property
    def others(self) -> tuple[Regularizer, ...]:
        """Return all regularizers but the one that is checked."""
        return (*self.before, *self.after)


class ActiveRegularizer:
    """Base class of regularizers in one training, with their state; every method has a neutral default.

    The training never waits for the device except where it logs: whatever changes at every step
    (a controller's position, a running mean) is kept as a tensor on the device and computed
    with, not read.

    Attributes:
        condition_dim: columns that `augment` appends to `Batch.condition`.
        scale_column: the column of the condition with the factor s, where `augment` does nothing but
            return s·x (see `Regularizer.gives_scales`); None: it does something else.
        every: `penalty` is called at every n-th step only, and multiplied by n.
        input_gradient: `penalty` differentiates the discriminator with respect to its input
            (`d.real_gradient`, `d.fake_gradient`, or its own), which a compiled network cannot do twice.
    """

    condition_dim: int = 0
    scale_column: int | None = None
    every: int = 1
    input_gradient: bool = False

    def __init_subclass__(cls, **settings: Any) -> None:
        """Accept the old name of `augment`."""
        super().__init_subclass__(**settings)
        accept_old_methods(cls, {"view": "augment"})

    def augment(self, batch: Batch) -> Batch:
        """Return the batch for the discriminator, augmented, with `condition_dim` further condition columns.

        Called separately for real and fake, and for the fakes of the generator's own step, through
        which gradients flow. Shape and dtype of the values, and the labels, stay as they are. Each
        sample is changed by itself: where a batch is split over processes, samples of the others are
        missing (zeros in their place), but random numbers are drawn for them, too.
        """
        return batch

    def clean(self, batch: Batch) -> Batch:
        """Return the batch with the weakest augmentation, and the condition for it.

        A trained discriminator scores samples this way. It is deterministic and independent of the
        state. Default: the values unchanged, and a condition of zeros.
        """
        if self.condition_dim == 0:
            return batch
        count, before = batch.condition.shape
        condition = batch.condition.new_zeros(count, before + self.condition_dim)
        condition[:, :before] = batch.condition
        return replace(batch, condition=condition)

    def draw_scales(self, count: int) -> Tensor:
        """Return random factors s, ``[count]``, from the distribution of those in `scale_column`.

        Raises:
            NotImplementedError: where there is no `scale_column`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not scale samples")

    def penalty(self, d: DiscriminatorPass) -> Tensor | None:
        """Return a scalar to add to the discriminator's loss; None: nothing.

        A mean over the samples of the pass. Draw noise for the whole batch and take the pass's
        rows of it: ``d.rows.of(torch.randn(d.rows.total, …, generator=training.random))``.
        """
        return None

    def generator_penalty(self, g: GeneratorPass) -> Tensor | None:
        """Return a scalar to add to the generator's loss at every step; None: nothing."""
        return None

    def observe(self, logits: Logits) -> None:
        """Adapt to the whole batch's logits, after the discriminator's update."""

    def logs(self) -> dict[str, float]:
        """Return values to log of the state, e.g. a controller's position; the same names each time.

        Called when a log is due; it may wait for the device.
        """
        return {}

    def state(self) -> dict[str, Any]:
        """Return everything that changes over the training, as plain JSON."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore a `state`."""


class Regularizer(Component):
    """Base class of regularizers: their settings.

    ``shows`` declares what `ActiveRegularizer.augment` does: nothing (``none``), change the samples
    (``augmented``), or change them and describe the change in the condition (``conditioned``, with
    `ActiveRegularizer.condition_dim` above 0).
    """

    kind: ClassVar[str] = "regularizer"
    shows: ClassVar[Shows] = "none"
    scales_samples: ClassVar[bool] = False
    """Whether it multiplies samples by a random factor, possibly among other changes."""
    gives_scales: ClassVar[bool] = False
    """Whether it does nothing but multiply by s, and its active form gives s:
    `ActiveRegularizer.scale_column` and `ActiveRegularizer.draw_scales`."""

    def __init_subclass__(cls, **settings: Any) -> None:
        """Accept the old names of `check_context` and of the values of `shows`."""
        super().__init_subclass__(**settings)
        accept_old_methods(cls, {"check_plan": "check_context"})
        if (new := _OLD_SHOWS.get(cls.shows)) is not None:
            warn_of(f"shows = {cls.shows!r} of {cls.__module__}.{cls.__qualname__}", repr(new))
            cls.shows = new

    @abstractmethod
    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the active regularizer of one training."""

    def check_context(self, context: RegularizerContext) -> None:
        """Raise ValueError where this regularizer cannot work with the loss or the other regularizers.

        Called when the config is checked, long before training.
        """
