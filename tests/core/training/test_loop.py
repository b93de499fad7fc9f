"""What every iterative fit shares, used by a training that has no discriminator."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from genaug import Context, Generator, Sampler, hookimpl
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed
from genaug.errors import TrainingDiverged
from genaug.hooks import Hook, open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug.testing.material import Material
from genaug.training.batch_sampler import BatchSampler
from genaug.training.config import TrainingConfig
from genaug.training.distributed import ProcessGroup
from genaug.training.ema import EMA
from genaug.training.loop import train
from genaug.training.loss_log import LossLog
from genaug.training.optimizer import Optimizer
from genaug.training.precision import Forward
from genaug.training.run import TrainingRun
from genaug.training.snapshot import TrainingSnapshot
from genaug.training.state import network_state, random_state, restore_network, restore_random, seeded
from genaug_plugins.hooks.monitor import MonitorHook
from genaug_plugins.hooks.sample_grid import SampleGridHook


class Means(nn.Module):
    """Map labels ``[N]`` to the mean of their class, ``[N, *shape]``."""

    def __init__(self, spec: SampleSpec) -> None:
        super().__init__()
        self.shape = spec.shape
        self.table = nn.Embedding(spec.classes, int(np.prod(spec.shape)))

    def forward(self, labels: Tensor) -> Tensor:
        means: Tensor = self.table(labels).reshape(-1, *self.shape)
        return means


class MeansRun(TrainingRun[TrainingConfig]):
    """Minimize E‖x − m(y)‖² over the means m."""

    def __init__(self, view: TrainView, config: TrainingConfig, random: torch.Generator) -> None:
        self.config, self._random, self._spec = config, random, view.spec
        self.group = ProcessGroup(random.device)
        parts = self.group.rows(config.batch_size, config.accumulate)
        self._batches = BatchSampler(view.samples, config.labels, config.batch_size, random, parts)
        self.means = Means(view.spec)
        self._forward = Forward(self.means, config)
        self._adam = Optimizer(self.means, config.learning_rate, config.betas, self.group)
        self._losses = LossLog(["loss"], random.device)
        self.ema = EMA(self.means, config.ema_half_life)

    @property
    def network(self) -> nn.Module:
        return self.ema.network

    def advance(self, measured: bool) -> None:
        self._losses.begin()
        self._adam.begin(measured)
        for rows, share in self._batches.parts():
            x, y = (rows.of(whole) for whole in self._batches.draw())
            loss = (x - self._forward(y)).square().mean()
            self._adam.add(loss * share)
            self._losses.add({"loss": loss}, share)
        self._adam.step()
        self.step += 1
        self._losses.end(self.step)
        self.ema.update(self.means, self.step)

    def values(self) -> dict[str, float]:
        return self._losses.values(self.group)

    def check_finite(self) -> None:
        if (broken := self._losses.non_finite(self.group)) is not None:
            raise TrainingDiverged(f"{', '.join(broken.terms)} became non-finite at step {broken.step}")

    def scale_rates(self, factor: float) -> None:
        self._adam.scale_rate(factor)

    @contextmanager
    def snapshot(self) -> Iterator[TrainingSnapshot]:
        def sample(label: int, count: int, seed: int) -> FloatArray:
            with torch.no_grad():
                means = self.network(torch.full((count,), label))
            noise = torch.randn(means.shape, generator=torch.Generator().manual_seed(seed))
            return np.asarray(means + 0.1 * noise)

        yield TrainingSnapshot(self.step, self.config.steps, self._spec, sample)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors = {
            **network_state("means", self.means),
            **network_state("average", self.ema.network),
            **self._adam.state("adam"),
            **random_state(self._random),
        }
        return tensors, {"losses": self.values()}

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        restore_network("means", self.means, tensors)
        restore_network("average", self.ema.network, tensors)
        self._adam.restore("adam", tensors)
        restore_random(self._random, tensors)
        self._losses.restore(state["losses"])


class MeansGenerator(TrainingConfig, Generator):
    """A generator that is not adversarial, with the shared settings and the shared loop."""

    name: ClassVar[str] = "means"

    def fit(self, train_view: TrainView, context: Context) -> "MeansSampler":  # type: ignore[override]
        device = torch.device(context.device)
        with seeded(device, derive_seed(context.seed, "networks")):
            random = torch.Generator(device).manual_seed(derive_seed(context.seed, "training"))
            trained = train(MeansRun(train_view, self, random), context)
        sampler = MeansSampler(train_view.spec, trained.network)
        sampler.history, sampler.warnings = trained.history, trained.warnings
        return sampler

    def load(self, folder: Path, context: Any = None) -> Sampler:
        raise NotImplementedError


class MeansSampler(Sampler):
    capabilities = frozenset({"class-conditional"})

    def __init__(self, spec: SampleSpec, means: nn.Module) -> None:
        self.spec, self.means = spec, means

    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        labels = np.full(request.count, request.label, dtype=np.int64)
        return Samples(self.means(torch.from_numpy(labels)).detach().numpy(), labels)

    def save(self, folder: Path) -> None:
        raise NotImplementedError


class StopHook(Hook):
    name: ClassVar[str] = "stop"
    at: int

    def subscribe(self) -> object:
        return _Stop(self.at)


class _Stop:
    def __init__(self, at: int) -> None:
        self._at = at

    @hookimpl
    def progressed(self, done: int) -> None:
        if done == self._at:
            raise KeyboardInterrupt


SETTINGS: dict[str, Any] = {"steps": 60, "learning_rate": 0.05, "checkpoint_every": 20, "log_every": 20}


def fit(checkpoint: MemoryCheckpoint | None = None, hooks: Any = None, **settings: Any) -> MeansSampler:
    material = Material()
    context = Context(0, "cpu", hooks or open_hooks([]), None, None, checkpoint or MemoryCheckpoint())  # type: ignore[arg-type]
    return MeansGenerator(**(SETTINGS | settings)).fit(material.train(), context)


def means(sampler: MeansSampler) -> Tensor:
    return sampler.means.table.weight.detach()  # type: ignore[union-attr, no-any-return]


def test_learns_with_the_shared_settings_and_loop() -> None:
    sampler, samples = fit(steps=400), Material().train().samples
    assert list(sampler.history) == ["step", "loss"]
    assert sampler.history["loss"][-1] < sampler.history["loss"][0] / 10
    expected = np.stack([samples.values[samples.labels == label].mean(0) for label in range(3)])
    assert means(sampler).numpy() == pytest.approx(expected.reshape(3, -1), abs=0.05)


@pytest.mark.parametrize("settings", [{}, {"accumulate": 3}, {"precision": "bfloat16"}])
def test_resumes_bitwise(settings: dict[str, Any]) -> None:
    checkpoint, whole = MemoryCheckpoint(), fit(**settings)
    with pytest.raises(KeyboardInterrupt):
        fit(checkpoint, open_hooks([StopHook(at=50)]), **settings)
    resumed = fit(checkpoint, **settings)
    assert torch.equal(means(resumed), means(whole))
    assert resumed.history == whole.history


def test_goes_back_and_slows_down_where_it_diverges() -> None:
    with pytest.raises(TrainingDiverged, match="loss became non-finite at step 2"):
        fit(learning_rate=1e30, rollbacks=0)


def test_hooks_look_at_a_training_without_a_discriminator(tmp_path: Path) -> None:
    hooks = open_hooks([MonitorHook(every=20, flatness=True), SampleGridHook(every=20, columns=2)])
    hooks.run_started(folder=tmp_path, config={}, stages=["fit"])
    watched = fit(hooks=hooks)
    hooks.run_finished(record={})
    pictures = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert pictures == ["step-000001.png", "step-000020.png", "step-000040.png", "step-000060.png"]
    lines = [json.loads(line) for line in (tmp_path / "monitors/monitors.jsonl").read_text().splitlines()]
    assert [(line["event"], line["step"]) for line in lines] == [("trained", n) for n in (1, 20, 40, 60)]
    assert "loss" in (tmp_path / "monitors/monitors.html").read_text(encoding="utf-8")
    assert torch.equal(means(watched), means(fit()))


def test_the_shared_part_knows_no_gan() -> None:
    code = (
        "import pkgutil, sys, importlib, genaug.training as t\n"
        "for m in pkgutil.iter_modules(t.__path__): importlib.import_module(f'genaug.training.{m.name}')\n"
        "print([name for name in sys.modules if name.startswith('genaug.adversarial')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
