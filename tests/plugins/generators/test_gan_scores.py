"""What a GAN says of its samples: its discriminator's logit, and the density ratio."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from genaug import Context
from genaug.adversarial.discriminator_pass import Batch
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.data.encoding import as_stored
from genaug.hooks import open_hooks
from genaug.testing import Material
from genaug.testing.companions import FlatExtractor, MemoryCheckpoint, MemoryFeatures
from genaug_plugins.generators.critic import Critic
from genaug_plugins.generators.gan import GanGenerator
from genaug_plugins.generators.gan_sampler import GanSampler

SPEC = SampleSpec(
    modality="image", shape=(1, 8, 8), class_names=("dark", "light", "unseen"), value_range=(-1, 1)
)
TINY: dict[str, Any] = {
    "architecture": {"use": "dcgan", "width": 4, "latent_dim": 6},
    "steps": 10,
    "batch_size": 8,
    "log_every": 5,
}


def view(count: int = 12) -> TrainView:
    labels = np.arange(count, dtype=np.int64) % 2
    rng = np.random.default_rng(0)
    values = labels[:, None, None, None] - 0.5 + 0.1 * rng.standard_normal((count, 1, 8, 8))
    return TrainView(SPEC, Samples(values.astype(np.float32), labels))


def generator(**changes: Any) -> GanGenerator:
    return GanGenerator.model_validate(TINY | changes)


def fit(count: int = 12, **changes: Any) -> GanSampler:
    train = view(count)
    context = Context(0, "cpu", open_hooks([]), FlatExtractor(), MemoryFeatures(train), MemoryCheckpoint())
    return generator(**changes).fit(train, context)


def made(sampler: GanSampler, count: int = 300) -> Samples:
    rng = np.random.default_rng(1)
    return Samples.join([sampler.draw(Request(label, count), rng) for label in (0, 1)])


CHAINS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "conditioned": [{"use": "scaling"}, {"use": "invertible"}],
    "noise": [{"use": "diffusion-noise"}, {"use": "diffaugment"}],
}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize("more", [{}, {"hold_out": 0.5}, {"loss": "hinge"}], ids=str)
def test_scores_come_back_from_the_folder(tmp_path: Path, chain: Any, more: dict[str, Any]) -> None:
    sampler = fit(regularizers=chain, **more)
    samples = made(sampler)
    scores = dict(sampler.scores(samples))
    assert scores.keys() == {"discriminator", "log_density_ratio"}
    assert sampler.ratio is not None
    line = sampler.ratio.slope * scores["discriminator"] + sampler.ratio.offset
    assert scores["log_density_ratio"] == pytest.approx(line)
    assert sampler.ratio.held_out == ("hold_out" in more)
    sampler.save(tmp_path)
    loaded = generator(regularizers=chain, **more).load(tmp_path, Material().context())
    assert loaded.ratio == sampler.ratio
    for name, column in loaded.scores(samples).items():
        assert np.array_equal(column, scores[name])


def test_a_sample_has_its_score_whatever_lies_beside_it() -> None:
    sampler = fit()
    samples = made(sampler)
    whole = sampler.scores(samples)["discriminator"]
    rows = np.array([599, 3, 301])
    assert sampler.scores(samples.take(rows))["discriminator"] == pytest.approx(whole[rows], abs=1e-5)


def test_a_fit_of_an_earlier_version_gives_logits_alone(tmp_path: Path) -> None:
    sampler = fit()
    sampler.save(tmp_path)
    record = json.loads((tmp_path / "gan.json").read_text())
    del record["density_ratio"]
    (tmp_path / "gan.json").write_text(json.dumps(record))
    assert generator().load(tmp_path, Material().context()).scores(made(sampler)).keys() == {"discriminator"}


def test_the_ratio_is_fitted_on_what_the_pool_will_hold() -> None:
    sampler = fit(count=2100)  # of more real samples than are looked at
    assert sampler.ratio is not None
    assert (sampler.ratio.real, sampler.ratio.fake) == (2000, 2000)
    few = fit(count=12, hold_out=0.5)
    assert few.ratio is not None
    assert (few.ratio.real, few.ratio.fake) == (6, 1002)


def test_the_discriminator_tells_real_from_fake_by_it() -> None:
    sampler = fit(count=40, steps=60, hold_out=0.25)
    fake = as_stored(made(sampler), SPEC)
    ratio = sampler.scores(fake)["log_density_ratio"].mean()
    assert sampler.scores(view(40).samples)["log_density_ratio"].mean() > ratio


class Recorder(nn.Module):
    """Give the number of the call as the logit, and remember what was seen."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.seen: list[Batch] = []

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        self.seen.append(Batch(values, labels, condition))
        return torch.full((len(values),), float(len(self.seen)))


def test_critics_ask_class_by_class_in_the_order_of_the_samples() -> None:
    recorder = Recorder()
    clean = cast(Callable[[Tensor, Tensor], Batch], lambda x, y: Batch(2 * x, y, x.new_ones(len(x), 1)))
    labels = np.array([1, 0, 1, 1], dtype=np.int64)
    values = np.arange(4, dtype=np.float32)[:, None]
    logits = Critic(recorder, clean).logits(Samples(values, labels))
    assert logits.tolist() == [2, 1, 2, 2]
    assert recorder.seen[1].values[:, 0].tolist() == [0, 4, 6]
    assert recorder.seen[1].condition[:, 0].tolist() == [1, 1, 1]


def test_what_is_undisturbed_is_told_as_that() -> None:
    from genaug.adversarial import Chain

    chain = generator(regularizers=[*CHAINS["conditioned"], {"use": "diffaugment"}]).regularizers
    for active in (chain, generator(regularizers=[{"use": "diffusion-noise"}]).regularizers):
        x = torch.randn(3, 1, 8, 8)
        batch = Chain(active, SPEC, 10, 8, torch.Generator()).clean(x, torch.zeros(3, dtype=torch.int64))
        assert torch.equal(batch.values, x)
        expected = [1.0] if len(active) == 1 else [1.0, 1, 0, 1, 0, 0, 0]
        assert batch.condition.tolist() == [expected] * 3
    (constant,) = generator(
        regularizers=[{"use": "scaling", "law": "constant", "s_min": 0.5, "half_clean": False}]
    ).regularizers
    batch = Chain([constant], SPEC, 10, 8, torch.Generator()).clean(x, torch.zeros(3, dtype=torch.int64))
    assert torch.equal(batch.values, x / 2)
    assert batch.condition.tolist() == [[0.5]] * 3
