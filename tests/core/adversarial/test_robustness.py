"""What the loop does where a training goes wrong, starts elsewhere, or chooses the best weights."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from genaug import ActiveRegularizer, Architecture, Context, Regularizer, Training, adversarial, hookimpl
from genaug.adversarial import LOSSES, AdversarialConfig, Start
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, GeneratorPass, Logits
from genaug.adversarial.mode_collapse import ModeCollapse
from genaug.adversarial.snapshot import AdversarialSnapshot
from genaug.data import Samples, SampleSpec, TrainView
from genaug.errors import DataError, TrainingDiverged
from genaug.hooks import Hook, open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug.training.best_checkpoint import Evaluation
from genaug.training.distributed import ProcessGroup

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("left", "right"), value_range=(-1, 1))
CONFIG = AdversarialConfig(steps=12, batch_size=8, learning_rate=0.01, log_every=1, checkpoint_every=4)


def view() -> TrainView:
    """Return two clouds, to the left and to the right."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 6)
    centers = np.array([[-0.5, 0.2], [0.5, -0.2]])[labels]
    return TrainView(
        SPEC,
        Samples((centers + 0.05 * rng.standard_normal((12, 2))).astype(np.float32), labels.astype(np.int64)),
    )


class TwoLayers(Architecture):
    """Two perceptrons that draw nothing at random."""

    name: ClassVar[str] = "two-layers"
    width: int = 16

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        return Making(spec, self.width), Judging(spec, condition_dim, self.width)


class Making(nn.Module):
    def __init__(self, spec: SampleSpec, width: int) -> None:
        super().__init__()
        self.latent_dim = 3
        self.embedding = nn.Embedding(spec.classes, 3)
        self.layers = nn.Sequential(nn.Linear(6, width), nn.SiLU(), nn.Linear(width, 2), nn.Tanh())

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        return cast(Tensor, self.layers(torch.cat([latents, self.embedding(labels)], 1)))


class Judging(nn.Module):
    def __init__(self, spec: SampleSpec, condition_dim: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(spec.classes, 3)
        self.first = nn.Linear(5 + condition_dim, width)
        self.last = nn.Linear(width, 1)

    @property
    def stages(self) -> list[nn.Module]:
        return [self.first, self.last]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        h = torch.cat([values, self.embedding(labels), condition], 1)
        return cast(Tensor, self.last(nn.functional.silu(self.first(h)))).squeeze(1)


class NoisyRegularizer(Regularizer):
    """Penalize the change under noise, and the generator's size; become NaN at a given step."""

    name: ClassVar[str] = "noisy"
    every: int = 1
    broken_at: int | None = None
    broken_times: int = 10**9

    def attach(self, training: Training) -> "ActiveNoisy":
        return ActiveNoisy(self, training)


class ActiveNoisy(ActiveRegularizer):
    broken: ClassVar[list[int]] = []
    """How often it broke; outlives a rollback, as a fault of the hardware would."""

    def __init__(self, settings: NoisyRegularizer, training: Training) -> None:
        self.every, self._settings, self._random = settings.every, settings, training.random
        self.step = 0

    def augment(self, batch: Batch) -> Batch:
        return Batch(
            batch.values + 0.1 * torch.randn(batch.values.shape, generator=self._random),
            batch.labels,
            batch.condition,
        )

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        whole = torch.randn(d.rows.total, 2, generator=self._random)
        moved = Batch(d.real.values + 0.1 * d.rows.of(whole), d.real.labels, d.real.condition)
        penalty = (d.discriminate(moved) - d.real_logits).square().mean()
        s = self._settings
        if self.step == s.broken_at and len(self.broken) < s.broken_times:
            self.broken.append(self.step)
            return penalty * float("nan")
        return penalty

    def generator_penalty(self, g: GeneratorPass) -> Tensor:
        return 0.1 * (g.values - g.generate(g.latents + 0.1, g.labels)).square().mean()

    def observe(self, logits: Logits) -> None:
        assert logits.real.shape == logits.fake.shape == (8,)
        self.step += 1

    def state(self) -> dict[str, Any]:
        return {"step": self.step}

    def restore(self, state: dict[str, Any]) -> None:
        self.step = state["step"]


class Listener(Hook):
    name: ClassVar[str] = "listener"
    warnings: list[str] = []
    snapshots: list[Any] = []
    stop_at: int | None = None

    def subscribe(self) -> object:
        return _Subscriber(self)


class _Subscriber:
    def __init__(self, hook: Listener) -> None:
        self._hook = hook

    @hookimpl
    def warned(self, message: str) -> None:
        self._hook.warnings.append(message)

    @hookimpl
    def inspected(self, snapshot: AdversarialSnapshot) -> None:
        self._hook.snapshots.append(snapshot)
        torch.rand(3)  # a careless one
        assert snapshot.d.real_gradient.shape == (8, 2)
        assert not snapshot.discriminator.training

    @hookimpl
    def progressed(self, done: int, total: int) -> None:
        if done == self._hook.stop_at:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def _whole_hardware() -> None:
    ActiveNoisy.broken.clear()


def context(checkpoint: Any = None, hooks: Sequence[Hook] = ()) -> Context:
    nothing = cast(Any, None)
    return Context(0, "cpu", open_hooks(hooks), nothing, nothing, checkpoint or MemoryCheckpoint())


def fit(
    regularizers: Sequence[Regularizer] = (),
    where: Context | None = None,
    architecture: Architecture | None = None,
    start: Start | None = None,
    evaluation: Evaluation | None = None,
    **changes: Any,
) -> adversarial.Trained:
    return adversarial.train(
        architecture or TwoLayers(),
        regularizers,
        view(),
        CONFIG.model_copy(update=changes),
        where or context(),
        start=start,
        evaluation=evaluation,
    )


def weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def same(a: nn.Module, b: nn.Module) -> bool:
    return all(
        torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_learns_where_the_classes_lie(loss: str) -> None:
    class Bounded(NoisyRegularizer):
        def attach(self, training: Training) -> ActiveNoisy:
            return StrongNoisy(self, training)

    class StrongNoisy(ActiveNoisy):
        def penalty(self, d: DiscriminatorPass) -> Tensor:
            return 30 * super().penalty(d)

        def observe(self, logits: Logits) -> None:
            self.step += 1

    trained = fit([Bounded()], steps=400, batch_size=32, ema_half_life=20, loss=loss, log_every=100)
    latents = torch.randn(64, 3, generator=torch.Generator().manual_seed(1))
    for label, center in ((0, -0.5), (1, 0.5)):
        assert float(trained.generator(latents, torch.full((64,), label))[:, 0].mean()) == pytest.approx(
            center, abs=0.25
        )


@pytest.mark.parametrize("parts", [2, 3])
def test_a_batch_taken_in_parts_makes_the_same_updates(parts: int) -> None:
    chain = [NoisyRegularizer(), NoisyRegularizer(every=3)]
    whole, parted = fit(chain), fit(chain, accumulate=parts)
    for name, column in whole.history.items():
        assert parted.history[name] == pytest.approx(column, rel=1e-3, abs=1e-5), name


def test_refuses_more_parts_than_samples() -> None:
    with pytest.raises(DataError, match="8 samples cannot be computed in 9 parts"):
        fit(accumulate=9)


def test_a_diverged_training_goes_back_and_on_at_half_the_rates() -> None:
    kept, listener = MemoryCheckpoint(), Listener()
    trained = fit([NoisyRegularizer(broken_at=6, broken_times=2)], context(kept, [listener]))
    assert ActiveNoisy.broken == [6, 6]
    assert trained.history["step"] == list(range(1, 13))
    assert all(np.isfinite(column).all() for column in trained.history.values())
    assert len(trained.warnings) == 2
    assert list(trained.warnings) == listener.warnings
    assert "noisy (nan) became non-finite at step 7 of 12" in trained.warnings[0]
    assert "went back to step 4 and continued with half the learning rates" in trained.warnings[0]
    assert kept.saved[-1][1]["slowed"] == 2
    steady = fit([NoisyRegularizer()])
    speeds = trained.history["speed_g"]
    assert speeds[:4] == steady.history["speed_g"][:4]
    assert speeds[4] == pytest.approx(steady.history["speed_g"][4] / 4, rel=0.1)


def test_a_training_that_keeps_diverging_ends_at_its_last_good_checkpoint() -> None:
    listener = Listener()
    trained = fit([NoisyRegularizer(broken_at=6)], context(hooks=[listener]), rollbacks=1)
    assert ActiveNoisy.broken == [6, 6]
    assert trained.history["step"] == [1, 2, 3, 4]
    assert "ended at step 4, its last good checkpoint" in trained.warnings[-1]
    assert listener.warnings == list(trained.warnings)
    assert all(torch.isfinite(tensor).all() for tensor in trained.generator.state_dict().values())
    assert same(trained.generator, fit([NoisyRegularizer()], steps=4).generator)


class SpoiltRegularizer(NoisyRegularizer):
    """Give the generator a finite penalty whose gradient is not, once."""

    def attach(self, training: Training) -> ActiveNoisy:
        return ActiveSpoilt(self, training)


class ActiveSpoilt(ActiveNoisy):
    def penalty(self, d: DiscriminatorPass) -> Tensor:
        return d.real_logits.mean() * 0

    def generator_penalty(self, g: GeneratorPass) -> Tensor:
        if self.step == self._settings.broken_at and not self.broken:
            self.broken.append(self.step)
            return (g.values * 0).square().sum().sqrt()  # the root's slope at 0
        return g.values.mean() * 0


@pytest.mark.parametrize("log_every", [1, 100])
@pytest.mark.parametrize("step", [8, 12])
def test_weights_that_are_not_finite_are_never_kept(step: int, log_every: int) -> None:
    # What is observed comes before the generator's penalty: at that step the counter stands at `step`.
    trained = fit([SpoiltRegularizer(broken_at=step)], log_every=log_every)
    assert ActiveNoisy.broken == [step]
    assert f"weights of the generator became non-finite at step {step} of 12" in trained.warnings[0]
    assert f"went back to step {step - 4}" in trained.warnings[0]
    assert all(torch.isfinite(tensor).all() for tensor in trained.generator.state_dict().values())


class SeldomRegularizer(NoisyRegularizer):
    """Penalize nothing at most of the steps where a penalty is due."""

    def attach(self, training: Training) -> ActiveNoisy:
        return ActiveSeldom(self, training)


class ActiveSeldom(ActiveNoisy):
    def penalty(self, d: DiscriminatorPass) -> Tensor | None:  # type: ignore[override]
        return super().penalty(d) if self.step == 9 else None


@pytest.mark.parametrize("parts", [1, 2])
def test_a_lazy_penalty_may_be_nothing(parts: int) -> None:
    history = fit([SeldomRegularizer(every=4)], accumulate=parts).history["noisy"]
    assert history[:8] == [0] * 8
    assert len(set(history[8:])) == 1
    assert history[-1] > 0  # the latest is what is logged


def test_a_training_killed_behind_a_rollback_ends_as_an_uninterrupted_one() -> None:
    chain = [NoisyRegularizer(broken_at=6, broken_times=1)]
    whole = fit(chain)
    ActiveNoisy.broken.clear()
    kept = MemoryCheckpoint()
    with pytest.raises(KeyboardInterrupt):
        fit(chain, context(kept, [Listener(stop_at=7)]))
    resumed = fit(chain, context(MemoryCheckpoint(kept.load())))
    assert same(whole.generator, resumed.generator)
    assert whole.history == resumed.history
    assert whole.warnings == resumed.warnings


def test_a_collapse_is_a_fall_of_the_spread() -> None:
    spread, group = ModeCollapse(view().samples, 3, torch.device("cpu")), ProcessGroup(torch.device("cpu"))
    healthy, constant = Making(SPEC, 16), Making(SPEC, 16)
    nn.init.zeros_(constant.layers[0].weight)
    spread.check(constant, 1, group)  # a fresh generator may make one sample only
    spread.check(healthy, 2, group)
    assert spread.largest > 0.1
    with pytest.raises(
        TrainingDiverged, match=r"collapsed before step 3: two samples of one class differ by 0 "
    ):
        spread.check(constant, 3, group)


def test_the_best_moment_is_kept_where_one_is_to_be_chosen() -> None:
    seen: list[nn.Module] = []

    def measure(generator: nn.Module) -> dict[str, float]:
        seen.append(weights(generator))  # type: ignore[arg-type]
        return {"badness": [3.0, 1.0, 2.0, 5.0][len(seen) - 1], "other": 0.0}

    trained = fit(evaluation=Evaluation(measure, by="badness", every=4))
    assert len(seen) == 4  # at steps 1, 5, 9 and the last
    assert trained.history["badness"] == [3] * 4 + [1] * 4 + [2] * 3 + [5]
    assert all(torch.equal(seen[1][name], tensor) for name, tensor in weights(trained.generator).items())  # type: ignore[index]


def test_a_choice_outlives_a_kill() -> None:
    def measure(generator: nn.Module) -> dict[str, float]:
        return {"badness": float(abs(generator(torch.ones(2, 3), torch.tensor([0, 1]))[0, 0] + 0.2))}

    evaluation, kept = Evaluation(measure, by="badness", every=2), MemoryCheckpoint()
    whole = fit(evaluation=evaluation)
    with pytest.raises(KeyboardInterrupt):
        fit((), context(kept, [Listener(stop_at=9)]), evaluation=evaluation)
    resumed = fit((), context(kept), evaluation=evaluation)
    assert same(whole.generator, resumed.generator)
    assert whole.history == resumed.history


def test_starts_from_learned_weights_and_keeps_the_frozen_ones() -> None:
    first = fit()
    start = Start(weights(first.generator), weights(first.discriminator), freeze_discriminator=1)
    second = fit(start=start)
    before, after = weights(first.discriminator), weights(second.discriminator)
    assert torch.equal(before["first.weight"], after["first.weight"])
    assert not torch.equal(before["last.weight"], after["last.weight"])
    assert second.warnings == ()
    assert same(fit(start=start, steps=1, learning_rate=1e-30, ema_half_life=0.0).generator, first.generator)


def test_says_what_of_a_start_does_not_fit() -> None:
    first, listener = fit(), Listener()
    discriminator = weights(first.discriminator) | {"other": torch.zeros(1)}
    del discriminator["last.bias"]
    trained = fit([], context(hooks=[listener]), start=Start(weights(first.generator), discriminator))
    lacking, left = trained.warnings
    assert "1 of 5 tensors of the discriminator start from random weights" in lacking
    assert "last.bias" in lacking
    assert "1 of 5 tensors of the saved discriminator are ignored" in left
    assert listener.warnings == list(trained.warnings)


def test_refuses_a_start_that_is_another_network() -> None:
    first = fit()
    start = Start(weights(first.generator), weights(first.discriminator))
    with pytest.raises(DataError, match=r"2 of the 5 tensors of the saved generator fit .* less than half"):
        fit(architecture=TwoLayers(width=8), start=start)
    with pytest.raises(DataError, match="0 of the 1 tensors of the saved generator fit"):
        fit(start=Start({"other": torch.zeros(1)}, {}))
    with pytest.raises(DataError, match="has 2 stages: freeze at most 1"):
        fit(start=Start({}, {}, freeze_discriminator=2))


def test_inspecting_changes_nothing() -> None:
    listener = Listener()
    inspected = fit([NoisyRegularizer()], context(hooks=[listener]))
    assert [snapshot.step for snapshot in listener.snapshots] == list(range(1, 13))
    plain = fit([NoisyRegularizer()])
    assert same(inspected.generator, plain.generator)
    assert same(inspected.discriminator, plain.discriminator)


def test_bfloat16_is_near_float32_and_keeps_its_weights_in_float32() -> None:
    low, full = fit([NoisyRegularizer()], precision="bfloat16"), fit([NoisyRegularizer()])
    assert {tensor.dtype for tensor in low.generator.state_dict().values()} == {torch.float32}
    assert not same(low.generator, full.generator)
    assert low.history["loss_d"] == pytest.approx(full.history["loss_d"], abs=0.03)


class Waits(TorchDispatchMode):
    """Collect the operations that wait for the device."""

    WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "is_nonzero", "equal")

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name in self.WAITING:
            self.seen.append(name)
        return func(*args, **(kwargs or {}))


def test_a_step_never_waits_for_the_device_but_to_log() -> None:
    chain = [NoisyRegularizer(), NoisyRegularizer(every=2)]
    with Waits() as few:
        fit(chain, steps=3, log_every=100, checkpoint_every=100)
    with Waits() as many:
        fit(chain, steps=99, log_every=100, checkpoint_every=100)
    assert len(many.seen) == len(few.seen), many.seen[len(few.seen) :]
