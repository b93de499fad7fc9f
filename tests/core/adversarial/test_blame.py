"""A regularizer or an architecture that returns something wrong is named; nobody else is."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from genaug import ActiveRegularizer, Architecture, Regularizer, Training, adversarial
from genaug.adversarial import AdversarialConfig, Batch, DiscriminatorPass
from genaug.data import SampleSpec
from genaug.errors import PluginFailed
from genaug.testing.material import Material
from genaug.testing.tiny_networks import TinyDiscriminator, TinyGenerator

CONFIG = AdversarialConfig(steps=6, batch_size=8, log_every=2, checkpoint_every=2)


class Plain(Architecture):
    """Two networks that keep their contract."""

    name: ClassVar[str] = "plain"

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        random = torch.Generator().manual_seed(0)
        return TinyGenerator(spec, random), TinyDiscriminator(spec, condition_dim, random)


def fit(architecture: Architecture, *regularizers: Regularizer) -> None:
    material = Material()
    adversarial.train(architecture, regularizers, material.train(), CONFIG, material.context(0))


def broken_regularizer(**methods: Any) -> Regularizer:
    """Return a regularizer whose active form has these methods."""

    class Broken(Regularizer):
        name: ClassVar[str] = "crooked"

        def attach(self, training: Training) -> ActiveRegularizer:
            active: ActiveRegularizer = type("Active", (ActiveRegularizer,), methods)()
            return active

    return Broken()


def squared(self: object, d: DiscriminatorPass) -> Tensor:
    return d.real_logits.square()


def cropped(self: object, batch: Batch) -> Batch:
    return Batch(batch.values[:, :, 1:], batch.labels, batch.condition)


def doubled(self: object, batch: Batch) -> Batch:
    return Batch(batch.values.double(), batch.labels, batch.condition)


def half(self: object, batch: Batch) -> Batch:
    return Batch(batch.values, batch.labels[::2], batch.condition)


def fails(*args: object) -> Any:
    raise ArithmeticError("not today")


WRONG_RETURNS: dict[str, tuple[Regularizer, str]] = {
    "penalty a sample": (broken_regularizer(penalty=squared), r"a tensor of shape \(8,\) as its `penalty`"),
    "penalty a number": (broken_regularizer(penalty=lambda self, d: 0.5), "a float as its `penalty`"),
    "generator penalty": (
        broken_regularizer(generator_penalty=lambda self, g: g.values),
        r"a tensor of shape \(8, 1, 8, 8\) as its `generator_penalty`",
    ),
    "shape": (broken_regularizer(augment=cropped), r"\(8, 1, 8, 8\) to .*\(8, 1, 7, 8\): shape and dtype"),
    "dtype": (broken_regularizer(augment=doubled), "torch.float32 .* to torch.float64"),
    "labels": (broken_regularizer(augment=half), r"labels' shape in `augment` to \(4,\)"),
    "no batch": (
        broken_regularizer(augment=lambda self, b: b.values),
        "a Batch from `augment`",
    ),
    "columns": (broken_regularizer(condition_dim=2), "has condition_dim 2"),
    "state": (broken_regularizer(state=lambda self: {"now": torch.zeros(1)}), "TypeError: .*Tensor"),
    "logs": (broken_regularizer(logs=lambda self: {"now": "much"}), "ValueError: could not convert"),
    "raises in penalty": (broken_regularizer(penalty=fails), "failed: ArithmeticError: not today"),
    "raises in augment": (broken_regularizer(augment=fails), "failed: ArithmeticError: not today"),
    "raises in observe": (broken_regularizer(observe=fails), "failed: ArithmeticError: not today"),
}


@pytest.mark.parametrize("case", WRONG_RETURNS)
def test_a_regularizer_that_returns_something_wrong_is_named(case: str) -> None:
    regularizer, said = WRONG_RETURNS[case]
    with pytest.raises(PluginFailed, match=rf"^the regularizer 'crooked' of .*{said}"):
        fit(Plain(), regularizer)


def test_a_regularizer_that_attaches_nothing_is_named() -> None:
    class Empty(Regularizer):
        name: ClassVar[str] = "crooked"

        def attach(self, training: Training) -> ActiveRegularizer:
            return None  # type: ignore[return-value]

    with pytest.raises(PluginFailed, match=r"^the regularizer 'crooked' of .* attached a NoneType"):
        fit(Plain(), Empty())


class Flattening(nn.Module):
    """Return what a network returns, without its last axis or with one more."""

    def __init__(self, network: nn.Module, change: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.network, self.change = network, change
        self.latent_dim = getattr(network, "latent_dim", None)

    def forward(self, *given: Tensor) -> Any:
        return self.change(self.network(*given))


class Crooked(Plain):
    """Two networks of which one is changed."""

    name: ClassVar[str] = "crooked"
    changed: int
    change: Any

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        networks = list(super().networks(spec, condition_dim))
        networks[self.changed] = Flattening(networks[self.changed], self.change)
        return networks[0], networks[1]


@pytest.mark.parametrize(
    ("changed", "change", "said"),
    [
        (0, lambda made: made.flatten(1), r"made values of shape \(8, 64\), not \(8, 1, 8, 8\)"),
        (1, lambda made: made[:, None], r"made logits of shape \(8, 1\), not \(8,\)"),
        (0, lambda made: (made, made), "the network returned a tuple, not a tensor"),
        (1, fails, "failed: ArithmeticError: not today"),
    ],
)
def test_an_architecture_whose_networks_return_something_wrong_is_named(
    changed: int, change: Any, said: str
) -> None:
    penalizing = broken_regularizer(penalty=lambda self, d: d.real_logits.mean())
    with pytest.raises(PluginFailed, match=rf"^the architecture 'crooked' of .*{said}"):
        fit(Crooked(changed=changed, change=change), penalizing)


@pytest.mark.parametrize(
    ("networks", "said"),
    [
        (None, "must return a pair"),
        ((nn.Identity(), 3), "must return a pair"),
        ((nn.Identity(),) * 2, "latent_dim"),
    ],
)
def test_an_architecture_that_returns_no_pair_of_networks_is_named(networks: Any, said: str) -> None:
    class Odd(Architecture):
        name: ClassVar[str] = "crooked"

        def networks(self, spec: SampleSpec, condition_dim: int) -> Any:
            return networks

    with pytest.raises(PluginFailed, match=rf"^the architecture 'crooked' of .*{said}"):
        fit(Odd())
