"""Compositions of built-ins train: any architecture with any regularizers, resumed, compiled."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any, ClassVar, cast

import numpy as np
import pytest
import torch
from torch import nn

from genaug import Context, Hook, hookimpl
from genaug.adversarial.step import AdversarialRun
from genaug.data import Samples, SampleSpec, TrainView
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug.testing.waiting import no_waiting
from genaug_plugins.generators.gan import GanGenerator
from genaug_plugins.generators.gan_sampler import GanSampler

SHAPES = {"image": (3, 8, 8), "signal": (2, 16), "vector": (5,)}
WITH_IMAGES = ["dcgan", "resnet", "stylegan2", "fastgan"]
EVERYTHING = [
    {"use": "scaling", "adapt_every": 2},
    {"use": "invertible"},
    {"use": "ada", "adapt_every": 2},
    {"use": "diffaugment"},
    {"use": "variance", "reading": "noise", "every": 2},
    {"use": "variance", "reading": "scale"},
    {"use": "variance", "reading": "batch"},
    {"use": "ms3d", "scales": 2},
    {"use": "r1", "every": 3},
    {"use": "r2", "every": 3},
    {"use": "lecam", "warmup": 2},
    {"use": "consistency", "mode": "bcr"},
    {"use": "diggan", "every": 2},
]
CHAINS = {
    "scaling, variance, lazy r1": [{"use": "scaling"}, {"use": "variance"}, {"use": "r1", "every": 2}],
    "diffusion-noise, r1, r2, lecam": [
        *({"use": "diffusion-noise"}, {"use": "r1", "every": 1}, {"use": "r2", "every": 1}),
        {"use": "lecam", "warmup": 1},
    ],
    "zcr, diggan": [{"use": "consistency", "mode": "zcr"}, {"use": "diggan"}],
}


class Killed(Hook):
    """Interrupt behind a step, as a kill would."""

    name: ClassVar[str] = "killed"
    behind: int

    def subscribe(self) -> object:
        return _Killing(self.behind)


class _Killing:
    def __init__(self, behind: int) -> None:
        self._behind = behind

    @hookimpl
    def progressed(self, done: int) -> None:
        if done == self._behind:
            raise KeyboardInterrupt


def view(modality: str) -> TrainView:
    spec = SampleSpec(
        modality=cast(Any, modality), shape=SHAPES[modality], class_names=("a", "b"), value_range=(-1, 1)
    )
    values = np.random.default_rng(0).uniform(-1, 1, (6, *spec.shape)).astype(np.float32)
    return TrainView(spec, Samples(values, np.arange(6, dtype=np.int64) % 2))


def fit(
    kept: MemoryCheckpoint, hooks: Sequence[Hook] = (), modality: str = "image", **settings: Any
) -> GanSampler:
    tiny = {"steps": 3, "batch_size": 8, "log_every": 1, "checkpoint_every": 1}
    context = Context(0, "cpu", open_hooks(hooks), cast(Any, None), cast(Any, None), kept)
    return GanGenerator.model_validate(tiny | settings).fit(view(modality), context)


def same(a: MemoryCheckpoint, b: MemoryCheckpoint) -> bool:
    """Return whether the last states are equal to the bit."""
    (tensors, state), (others, other) = a.saved[-1], b.saved[-1]
    return state == other and all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())


def check_resumes(**settings: Any) -> None:
    """Train, train with a kill, and compare all that changes."""
    whole, killed = MemoryCheckpoint(), MemoryCheckpoint()
    history = fit(whole, **settings).history
    assert all(np.isfinite(column).all() for column in history.values())
    with pytest.raises(KeyboardInterrupt):
        fit(killed, [Killed(behind=2)], **settings)
    resumed = MemoryCheckpoint(killed.load())
    assert fit(resumed, **settings).history == history
    assert same(whole, resumed)


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("name", WITH_IMAGES)
def test_every_architecture_of_images_trains_and_resumes_bitwise(name: str, chain: str) -> None:
    check_resumes(architecture={"use": name, "width": 4, "latent_dim": 6}, regularizers=CHAINS[chain])


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(("name", "modality"), [("mlp", "vector"), ("conv1d", "signal")])
def test_every_other_architecture_trains_and_resumes_bitwise(name: str, modality: str, chain: str) -> None:
    architecture = {"use": name, "width": 4, "latent_dim": 6}
    check_resumes(architecture=architecture, regularizers=CHAINS[chain], modality=modality)


@pytest.mark.parametrize(
    "how",
    [
        {"channels_last": True},
        {"precision": "bfloat16", "channels_last": True},
        {"accumulate": 3},
    ],
    ids=str,
)
def test_resumes_bitwise_however_it_computes(how: dict[str, Any]) -> None:
    architecture = {"use": "dcgan", "width": 4, "latent_dim": 6}
    check_resumes(architecture=architecture, regularizers=CHAINS["scaling, variance, lazy r1"], **how)


def test_all_regularizers_together_train_and_resume_bitwise() -> None:
    check_resumes(
        architecture={"use": "dcgan", "width": 4, "latent_dim": 6}, regularizers=EVERYTHING, steps=7
    )


@pytest.mark.parametrize("name", WITH_IMAGES)
def test_no_step_waits_for_the_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    advance, waited = AdversarialRun.advance, list[int]()

    def watched(self: AdversarialRun, measured: bool) -> None:
        with no_waiting("a step"):
            advance(self, measured)
        waited.append(self.step)

    monkeypatch.setattr(AdversarialRun, "advance", watched)
    architecture = {"use": name, "width": 4, "latent_dim": 6}
    fit(MemoryCheckpoint(), architecture=architecture, regularizers=EVERYTHING, steps=4)
    assert waited == [1, 2, 3, 4]


def test_compiles_what_is_differentiated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend traces and differentiates as the default one does, but does not call a C++ compiler."""
    compiled = list[str]()
    compile_ = torch.compile

    def heard(network: nn.Module) -> Any:
        compiled.append(type(network).__name__)
        return compile_(network, backend="aot_eager")

    def only_heard(network: nn.Module) -> Any:
        compiled.append(type(network).__name__)
        return network

    def losses(every: int, **how: Any) -> list[float]:
        architecture = {"use": "mlp", "width": 4, "depth": 1, "latent_dim": 3}
        chain = [{"use": "r1", "every": every}]
        sampler = fit(MemoryCheckpoint(), (), "vector", architecture=architecture, regularizers=chain, **how)
        return list(sampler.history["loss_d"])

    monkeypatch.setattr(torch, "compile", heard)
    assert losses(2, compile=True) == pytest.approx(losses(2), rel=1e-4)
    assert sorted(compiled) == ["MlpDiscriminator", "MlpGenerator"]
    compiled.clear()
    monkeypatch.setattr(torch, "compile", only_heard)
    losses(1, compile=True)  # which differentiates the discriminator twice at every step
    assert compiled == ["MlpGenerator"]


def test_a_config_of_it_is_read_without_torch() -> None:
    chains = [EVERYTHING, *CHAINS.values(), [{"use": "gradient-penalty"}]]
    code = (
        "import sys\nfrom genaug_plugins.generators.gan import GanGenerator\n"
        f"for chain in {chains!r}:\n"
        f"    for name in {[*WITH_IMAGES, 'conv1d', 'mlp']!r}:\n"
        "        GanGenerator.model_validate({'architecture': {'use': name}, 'regularizers': chain})\n"
        "print(sorted({'torch', 'scipy', 'sklearn', 'torchvision', 'timm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
