"""Regularizers: what is added to an adversarial training to make it learn better."""

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
    """What a regularizer knows of the training it is attached to.

    Attributes:
        spec: what a sample is.
        steps: how many steps the training has.
        batch_size: samples of each batch, real and fake alike.
        random: the training's own random generator; draw from it alone, so that a resumed
            training draws the same.
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
    """What is known of a training when its config is checked.

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
    """A regularizer at work in one training; each of its methods has a neutral default.

    The training never waits for the device except where it logs: whatever changes at every step
    (a controller's position, a running mean) is kept as a tensor on the device and computed
    with, not read.

    Attributes:
        condition_dim: columns that `augment` appends to `Batch.condition`.
        scale_column: which column of the condition holds the factor s, where all that `augment` does is
            to show s·x (see `Regularizer.gives_scales`); None: it does something else.
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
        """Return a batch as the discriminator shall see it, with `condition_dim` further condition columns.

        Called separately for real and fake, and for the fakes of the generator's own step, through
        which gradients flow. Shape and dtype of the values, and the labels, stay as they are. Each
        sample is changed by itself: where a batch is split over processes, samples of the others are
        missing (zeros in their place), but the randomness drawn for them is not.
        """
        return batch

    def clean(self, batch: Batch) -> Batch:
        """Return the batch as the discriminator sees it where this does least, with the condition of that.

        This is how a trained discriminator scores samples. Nothing is drawn, and no state matters:
        the same settings give the same result. Default: the values as they are, and a condition of
        zeros.
        """
        if self.condition_dim == 0:
            return batch
        count, before = batch.condition.shape
        condition = batch.condition.new_zeros(count, before + self.condition_dim)
        condition[:, :before] = batch.condition
        return replace(batch, condition=condition)

    def draw_scales(self, count: int) -> Tensor:
        """Return other factors s, ``[count]``, from the law of those in `scale_column`.

        Raises:
            NotImplementedError: where there is no `scale_column`.
        """
        raise NotImplementedError(f"{type(self).__name__} scales no samples")

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
        """Return what to log of the state, e.g. a controller's position; the same names each time.

        Called when a log is due; it may wait for the device.
        """
        return {}

    def state(self) -> dict[str, Any]:
        """Return everything that changes over the training, as plain JSON."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""


class Regularizer(Component):
    """Base class of regularizers: settings, and what they do to an adversarial training.

    ``shows`` says what `ActiveRegularizer.augment` does: ``none`` nothing, ``augmented`` the
    discriminator sees changed samples, ``conditioned`` it sees changed samples and a condition that
    says how (`ActiveRegularizer.condition_dim` above 0).
    """

    kind: ClassVar[str] = "regularizer"
    shows: ClassVar[Shows] = "none"
    scales_samples: ClassVar[bool] = False
    """Whether it multiplies samples by a random factor, whatever else it does to them."""
    gives_scales: ClassVar[bool] = False
    """Whether it shows s·x and nothing else, and its active form gives s: `ActiveRegularizer.scale_column`
    and `ActiveRegularizer.draw_scales`."""

    def __init_subclass__(cls, **settings: Any) -> None:
        """Accept the old names of `check_context` and of what `shows` says."""
        super().__init_subclass__(**settings)
        accept_old_methods(cls, {"check_plan": "check_context"})
        if (new := _OLD_SHOWS.get(cls.shows)) is not None:
            warn_of(f"shows = {cls.shows!r} of {cls.__module__}.{cls.__qualname__}", repr(new))
            cls.shows = new

    @abstractmethod
    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the active regularizer of one training."""

    def check_context(self, context: RegularizerContext) -> None:
        """Raise ValueError where this cannot work with that loss or those other regularizers.

        Called when the config is checked, long before training.
        """
