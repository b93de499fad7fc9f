"""The training loop: learning, bitwise resuming, shared passes, and notifications of hooks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import pytest
import torch
from pydantic import Field
from torch import Tensor, nn

from genaug import ActiveRegularizer, Architecture, Context, Regularizer, Training, adversarial, hookimpl
from genaug.adversarial import AdversarialConfig
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, Logits
from genaug.data import Samples, SampleSpec, TrainView
from genaug.errors import DataError, PluginFailed, TrainingDiverged
from genaug.execution.store import FolderCheckpoint
from genaug.hooks import Hook, open_hooks
from genaug.testing.companions import MemoryCheckpoint

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("left", "right"), value_range=(-1, 1))
CONFIG = AdversarialConfig(steps=12, batch_size=8, learning_rate=0.01, log_every=3, checkpoint_every=4)


def view(left: int = 6, right: int = 6) -> TrainView:
    """Return two clouds, to the left and to the right."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [left, right])
    centers = np.array([[-0.5, 0.2], [0.5, -0.2]])[labels]
    values = (centers + 0.05 * rng.standard_normal((left + right, 2))).astype(np.float32)
    return TrainView(SPEC, Samples(values, labels.astype(np.int64)))


class PlainArchitecture(Architecture):
    """Two perceptrons; the generator has buffers and draws from torch's global generator."""

    name: ClassVar[str] = "plain"

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        return PlainGenerator(spec), PlainDiscriminator(spec, condition_dim)


class PlainGenerator(nn.Module):
    def __init__(self, spec: SampleSpec) -> None:
        super().__init__()
        self.latent_dim = 3
        self.embedding = nn.Embedding(spec.classes, 3)
        self.layers = nn.Sequential(
            nn.Linear(6, 16), nn.BatchNorm1d(16), nn.SiLU(), nn.Dropout(0.1), nn.Linear(16, 2), nn.Tanh()
        )

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        return cast(Tensor, self.layers(torch.cat([latents, self.embedding(labels)], 1)))


class PlainDiscriminator(nn.Module):
    def __init__(self, spec: SampleSpec, condition_dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(spec.classes, 3)
        self.layers = nn.Sequential(nn.Linear(5 + condition_dim, 32), nn.SiLU(), nn.Linear(32, 1))

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        return cast(Tensor, self.layers(torch.cat([values, self.embedding(labels), condition], 1))).squeeze(1)


class SpyRegularizer(Regularizer):
    """Scale by a random number, penalize both gradients, count, adapt."""

    name: ClassVar[str] = "spy"
    every: int = 1
    value: float | None = Field(default=None, allow_inf_nan=True)

    def attach(self, training: Training) -> "ActiveSpy":
        return ActiveSpy(self, training)


class ActiveSpy(ActiveRegularizer):
    condition_dim = 1
    input_gradient = True

    def __init__(self, settings: SpyRegularizer, training: Training) -> None:
        self.every = settings.every
        self._value = settings.value
        self._random = training.random
        self.before = training.condition_dim
        self.seen = 0
        self.asked = 0

    def augment(self, batch: Batch) -> Batch:
        assert batch.condition.shape[1] == self.before
        scale = 0.5 + torch.rand(len(batch.values), 1, generator=self._random)
        return Batch(batch.values * scale, batch.labels, torch.cat([batch.condition, scale], 1))

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        self.asked += 1
        penalty = d.real_gradient.square().sum(1).mean() + d.fake_gradient.square().sum(1).mean()
        return penalty if self._value is None else penalty * 0 + self._value

    def observe(self, logits: Logits) -> None:
        self.seen += 1

    def logs(self) -> dict[str, float]:
        return {"seen": float(self.seen), "asked": float(self.asked)}

    def state(self) -> dict[str, Any]:
        return {"seen": self.seen, "asked": self.asked}

    def restore(self, state: dict[str, Any]) -> None:
        self.seen, self.asked = state["seen"], state["asked"]


class Listener(Hook):
    """A hook that records its calls and raises at a given step."""

    name: ClassVar[str] = "listener"
    logged: list[tuple[int, dict[str, float]]] = []
    progress: list[int] = []
    stop_at: int | None = None

    def subscribe(self) -> object:
        return _Subscriber(self)


class _Subscriber:
    def __init__(self, hook: Listener) -> None:
        self._hook = hook

    @hookimpl
    def trained(self, step: int, values: dict[str, float]) -> None:
        self._hook.logged.append((step, values))

    @hookimpl
    def progressed(self, done: int, total: int) -> None:
        self._hook.progress.append(done)
        if done == self._hook.stop_at:
            raise KeyboardInterrupt


def context(checkpoint: Any = None, hooks: Sequence[Hook] = (), seed: int = 0) -> Context:
    """Return a context; training needs no feature space."""
    nothing = cast(Any, None)
    return Context(seed, "cpu", open_hooks(hooks), nothing, nothing, checkpoint or MemoryCheckpoint())


def fit(
    regularizers: Sequence[Regularizer] = (), where: Context | None = None, **changes: Any
) -> adversarial.Trained:
    config = CONFIG.model_copy(update=changes)
    return adversarial.train(PlainArchitecture(), regularizers, view(), config, where or context())


def weights(trained: adversarial.Trained) -> dict[str, Tensor]:
    return dict(trained.generator.state_dict())


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_learns_where_each_class_lies() -> None:
    trained = fit(steps=300, batch_size=32, ema_half_life=20)
    latents = torch.randn(64, 3, generator=torch.Generator().manual_seed(1))
    for label, center in ((0, (-0.5, 0.2)), (1, (0.5, -0.2))):
        made = trained.generator(latents, torch.full((64,), label)).mean(0)
        assert (made - torch.tensor(center)).norm() < 0.2


@pytest.mark.parametrize("stop_at", [1, 4, 7, 11])
def test_a_killed_training_ends_bitwise_as_an_uninterrupted_one(tmp_path: Path, stop_at: int) -> None:
    regularizers = [SpyRegularizer(), SpyRegularizer(every=3)]
    whole_at, killed_at = tmp_path / "whole", tmp_path / "killed"
    whole = fit(regularizers, context(FolderCheckpoint(whole_at)))
    with pytest.raises(KeyboardInterrupt):
        fit(regularizers, context(FolderCheckpoint(killed_at), [Listener(stop_at=stop_at)]))
    resumed = fit(regularizers, context(FolderCheckpoint(killed_at)))
    assert same(weights(whole), weights(resumed))
    assert whole.history == resumed.history
    for name in ("tensors.safetensors", "state.json"):
        assert (whole_at / name).read_bytes() == (killed_at / name).read_bytes()
    state = json.loads((whole_at / "state.json").read_text())
    assert state["step"] == 12
    assert state["run"]["regularizers"]["spy#2"] == {"seen": 12, "asked": 4}


def test_a_finished_training_is_not_trained_again() -> None:
    kept, listener = MemoryCheckpoint(), Listener()
    whole = fit((), context(kept))
    again = fit((), context(kept, [listener]))
    assert listener.progress == [12]
    assert same(weights(whole), weights(again))


def test_the_seed_alone_decides_and_global_randomness_is_left_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = fit()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert same(weights(first), weights(fit()))
    assert not same(weights(first), weights(fit(where=context(seed=1))))


def test_checkpoints_and_logs_change_nothing() -> None:
    assert same(weights(fit()), weights(fit(log_every=1, checkpoint_every=1)))


def test_however_many_penalties_each_input_gradient_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    grad = torch.autograd.grad

    def counted(*args: Any, **kwargs: Any) -> Any:
        asked.append(1)
        return grad(*args, **kwargs)

    monkeypatch.setattr(torch.autograd, "grad", counted)
    fit([SpyRegularizer(), SpyRegularizer(), SpyRegularizer()], steps=5)
    assert len(asked) == 2 * 5  # real and fake, at each step
    asked.clear()
    fit(steps=5)
    assert asked == []


def test_lazy_penalties_are_asked_for_at_every_nth_step() -> None:
    assert fit([SpyRegularizer(every=4)]).history["spy.asked"] == [1, 1, 2, 3, 3]


def test_a_lazy_penalty_has_an_update_of_its_own_and_counts_n_times(monkeypatch: pytest.MonkeyPatch) -> None:
    losses: list[Tensor] = []
    backward = torch.autograd.backward

    def kept(loss: Tensor, **kwargs: Any) -> None:
        losses.append(loss.detach())
        backward(loss, **kwargs)

    monkeypatch.setattr(torch.autograd, "backward", kept)
    history = fit([SpyRegularizer(every=4)], steps=5).history
    assert len(losses) == 5 * 2 + 2  # of a discriminator and a generator a step, and two lazy ones
    assert float(losses[0]) == pytest.approx(history["loss_d"][0], rel=1e-6)
    assert float(losses[1]) == pytest.approx(4 * history["spy"][0], rel=1e-6)


def test_adam_makes_up_for_the_updates_of_lazy_penalties(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    adam = torch.optim.Adam

    def kept(parameters: Any, **settings: Any) -> torch.optim.Adam:
        made.append(settings)
        return adam(parameters, **settings)

    monkeypatch.setattr(torch.optim, "Adam", kept)
    fit([SpyRegularizer(every=4), SpyRegularizer(every=6)], steps=1, betas=(0.5, 0.99))
    generator, discriminator = made
    assert (generator["lr"], generator["betas"]) == (0.01, (0.5, 0.99))
    # Of 12 steps 4 have a further update: 0, 4, 6 and 8.
    assert discriminator["lr"] == pytest.approx(0.01 * 12 / 16)
    assert discriminator["betas"] == pytest.approx((0.5 ** (12 / 16), 0.99 ** (12 / 16)))


def test_tells_hooks_and_keeps_a_history() -> None:
    listener = Listener()
    trained = fit([SpyRegularizer()], context(hooks=[listener]))
    assert trained.history["step"] == [1, 3, 6, 9, 12]
    assert [step for step, _ in listener.logged] == [1, 3, 6, 9, 12]
    expected = {"loss_d", "loss_g", "real_logits", "fake_logits", "r_t", "spy", "spy.seen", "spy.asked"}
    expected |= {"gradient_d", "gradient_g", "speed_d", "speed_g"}
    assert listener.logged[0][1].keys() == expected == trained.history.keys() - {"step"}
    assert [values["loss_d"] for _, values in listener.logged] == trained.history["loss_d"]
    assert listener.progress == list(range(13))


def test_conditions_are_joined_in_order() -> None:
    assert fit([SpyRegularizer(), SpyRegularizer()]).condition_dim == 2


def test_says_which_term_diverged_and_when() -> None:
    with pytest.raises(
        TrainingDiverged, match=r"spy#2 \(nan\).* step 1 of 12.*learning rates.*gradient penalty"
    ):
        fit([SpyRegularizer(), SpyRegularizer(value=float("nan"))])
    with pytest.raises(TrainingDiverged, match=r"loss_[dg] .*generator 1e\+30"):
        fit(learning_rate=1e30, rollbacks=0)


def test_refuses_an_empty_view() -> None:
    with pytest.raises(DataError, match="empty"):
        adversarial.train(PlainArchitecture(), (), view(0, 0), CONFIG, context())


class WrongWidthRegularizer(SpyRegularizer):
    name: ClassVar[str] = "wrong-width"

    def attach(self, training: Training) -> ActiveSpy:
        active = ActiveSpy(self, training)
        active.condition_dim = 2
        return active


def test_refuses_a_view_with_other_columns_than_it_says() -> None:
    with pytest.raises(PluginFailed, match=r"wrong-width.*condition_dim 2"):
        fit([WrongWidthRegularizer()])


class FickleRegularizer(SpyRegularizer):
    name: ClassVar[str] = "fickle"

    def attach(self, training: Training) -> ActiveSpy:
        return ActiveFickle(self, training)


class ActiveFickle(ActiveSpy):
    def logs(self) -> dict[str, float]:
        return {} if self.seen < 2 else {"late": 1.0}


def test_refuses_logs_that_change_their_names() -> None:
    with pytest.raises(PluginFailed, match=r"'fickle' of .* changed: late"):
        fit([FickleRegularizer()])


def test_a_batch_may_be_larger_than_the_data() -> None:
    trained = adversarial.train(
        PlainArchitecture(), (), view(1, 1), CONFIG.model_copy(update={"batch_size": 32}), context()
    )
    assert trained.history["step"][-1] == 12
