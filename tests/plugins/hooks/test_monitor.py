"""The monitors: what they measure, what they write, and that they change nothing."""

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from genaug import Architecture, adversarial
from genaug.adversarial import AdversarialConfig, Trained
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass
from genaug.adversarial.snapshot import AdversarialSnapshot
from genaug.data import SampleSpec
from genaug.hooks import Hook, hookimpl, open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug.testing.material import Material
from genaug_plugins.architectures.conv1d import Conv1dArchitecture
from genaug_plugins.architectures.dcgan import DcganArchitecture
from genaug_plugins.architectures.mlp import MlpArchitecture
from genaug_plugins.architectures.resnet import ResnetArchitecture
from genaug_plugins.architectures.stylegan2 import Stylegan2Architecture
from genaug_plugins.hooks.monitor import MonitorHook
from genaug_plugins.hooks.monitor_measures import fisher, flatness, narrowing
from genaug_plugins.hooks.monitor_page import page, read_record
from genaug_plugins.hooks.sample_grid import SampleGridHook
from genaug_plugins.regularizers.ms3d import Ms3dRegularizer
from genaug_plugins.regularizers.r2 import R2Regularizer
from genaug_plugins.regularizers.scaling import ScalingRegularizer

CONFIG = AdversarialConfig(steps=12, batch_size=8, learning_rate=0.01, log_every=3, checkpoint_every=4)


DCGAN = DcganArchitecture(width=4)


def trained(
    hooks: list[Hook],
    folder: Path,
    checkpoint: MemoryCheckpoint | None = None,
    architecture: Architecture = DCGAN,
    shape: tuple[int, ...] = (1, 8, 8),
) -> Trained:
    """Train a small GAN as a run does."""
    caller = open_hooks(hooks)
    caller.run_started(folder=folder, config={}, stages=["fit"])
    material = Material(shape)
    context = dataclasses.replace(material.context(0, checkpoint), hooks=caller)
    penalty = Ms3dRegularizer(weight=0.01) if len(shape) > 1 else R2Regularizer()
    regularizers = [ScalingRegularizer(), penalty]
    try:
        done = adversarial.train(architecture, regularizers, material.train(), CONFIG, context)
    except KeyboardInterrupt as error:
        caller.run_failed(error=error)
        raise
    caller.run_finished(record={})
    return done


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "monitors/monitors.jsonl").read_text().splitlines()]


def linear(of: Tensor) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    return lambda values, labels, condition: (values * of).flatten(1).sum(1)


def looked(discriminator: Callable[..., Tensor], real: Tensor, fake: Tensor) -> DiscriminatorPass:
    def batch(values: Tensor) -> Batch:
        return Batch(values, torch.zeros(len(values), dtype=torch.int64), values.new_zeros(len(values), 0))

    return DiscriminatorPass(discriminator, batch(real), batch(fake))


@pytest.mark.parametrize(
    ("architecture", "shape"),
    [
        (DCGAN, (1, 8, 8)),
        (ResnetArchitecture(width=2), (1, 8, 8)),  # has buffers that a forward pass in training moves
        (Stylegan2Architecture(width=2, max_width=4), (1, 8, 8)),  # draws noise, compares a batch's samples
        (Conv1dArchitecture(width=2), (2, 32)),
        (MlpArchitecture(width=8), (6,)),
    ],
)
def test_a_run_that_is_watched_ends_bitwise_as_one_that_is_not(
    tmp_path: Path, architecture: Architecture, shape: tuple[int, ...]
) -> None:
    kept = {}
    for name, hooks in {
        "alone": [],
        "watched": [MonitorHook(every=5, flatness=True, fisher_samples=4), SampleGridHook(every=1)],
    }.items():
        (tmp_path / name).mkdir()
        checkpoint = MemoryCheckpoint()
        before = torch.get_rng_state()
        done = trained(hooks, tmp_path / name, checkpoint, architecture, shape)
        assert torch.equal(torch.get_rng_state(), before)
        state = checkpoint.load()
        assert state is not None
        kept[name] = (done, *state)
    (alone, tensors, state), (watched, tensors_watched, state_watched) = kept["alone"], kept["watched"]
    assert alone.history == watched.history
    assert state == state_watched
    assert tensors.keys() == tensors_watched.keys()
    assert all(torch.equal(tensor, tensors_watched[name]) for name, tensor in tensors.items())
    for one, other in ((alone.generator, watched.generator), (alone.discriminator, watched.discriminator)):
        for name, tensor in one.state_dict().items():
            assert torch.equal(tensor, other.state_dict()[name])
    assert len(list((tmp_path / "watched/samples").iterdir())) == 5


def test_it_keeps_what_is_logged_and_what_it_measures(tmp_path: Path) -> None:
    done = trained([MonitorHook(every=5, flatness=True)], tmp_path)
    logged = [line for line in lines(tmp_path) if line["event"] == "trained"]
    assert [line["step"] for line in logged] == done.history["step"]
    for name, column in done.history.items():
        if name != "step":
            assert [line["values"][name] for line in logged] == pytest.approx(column)
    inspected = [line for line in lines(tmp_path) if line["event"] == "inspected"]
    assert [line["step"] for line in inspected] == [1, 6, 12]
    for line in inspected:
        values = line["values"]
        assert all(0 < values[f"narrowing.{side}"] < 0.5 for side in ("real", "fake"))
        assert all(values[f"input_gradient.{side}"] > 0 for side in ("real", "fake"))
        assert values["fisher.trace"] > values["fisher.mean"] > 0
    assert ["landscape" in line for line in inspected] == [False, False, True]
    html = (tmp_path / "monitors/monitors.html").read_text()
    for title in ("Losses", "Penalties", "Perceptual narrowing", "Fisher information", "Flatness"):
        assert f"<h2>{title}</h2>" in html
    assert "up to step 12 of 12" in html


def test_monitors_can_be_switched_off(tmp_path: Path) -> None:
    trained([MonitorHook(every=1, narrowing=False, fisher=False)], tmp_path)
    assert {name for line in lines(tmp_path) for name in line["values"]} & {
        "narrowing.real",
        "input_gradient.real",
        "fisher.trace",
    } == set()


def test_narrowing_has_its_closed_form_and_the_values_that_are_known() -> None:
    random = torch.Generator().manual_seed(0)
    even, spike = torch.ones(1, 64, 64), torch.zeros(1, 64, 64)
    spike[0, 20, 20] = 1
    noise = torch.randn(1, 64, 64, generator=random)
    x = torch.randn(3, 1, 64, 64, generator=random)
    for field, value in ((even, 0.0), (spike, 0.5), (noise, 0.5 * (1 - 2 / torch.pi))):
        measured = narrowing(looked(linear(field), x, x[:2]))
        assert measured["narrowing.real"] == pytest.approx(value, abs=0.01)
        assert measured["narrowing.fake"] == pytest.approx(measured["narrowing.real"])
        closed = 0.5 * (1 - field.abs().mean() ** 2 / field.square().mean())
        assert measured["narrowing.real"] == pytest.approx(closed.item(), abs=1e-5)
        assert measured["input_gradient.real"] == pytest.approx(field.norm().item())


@pytest.mark.parametrize("shape", [(2, 33), (1, 1), (1, 5, 7)])
def test_narrowing_reaches_full_depth_at_any_size(shape: tuple[int, ...]) -> None:
    field = torch.randn(shape, generator=torch.Generator().manual_seed(0)).exp()
    x = torch.zeros(2, *shape)
    size = torch.linalg.vector_norm(field, dim=0)
    closed = 0.5 * (1 - size.mean() ** 2 / size.square().mean())
    measured = narrowing(looked(linear(field), x, x))
    assert measured["narrowing.real"] == pytest.approx(closed.item(), abs=1e-5)


def test_vectors_have_a_gradient_but_no_narrowing() -> None:
    x = torch.zeros(2, 4)
    measured = narrowing(looked(linear(torch.tensor([3.0, 0.0, 4.0, 0.0])), x, x))
    assert measured == {"input_gradient.real": 5.0, "input_gradient.fake": 5.0}


class Logistic(nn.Module):
    """f(x) = w·x + b, with a b that does not learn."""

    def __init__(self, w: list[float]) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([w]))
        self.b = nn.Parameter(torch.tensor([0.2]), requires_grad=False)

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        return (values @ self.w.T + self.b).squeeze(1)


def nothing(label: int, count: int, seed: int) -> Any:
    raise AssertionError("no samples are needed to look into a discriminator")


def logistic_snapshot(w: list[float]) -> tuple[AdversarialSnapshot, Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    real, fake = torch.randn(2, 6, len(w), generator=random)
    spec = SampleSpec(modality="vector", shape=(len(w),), class_names=("a", "b"))
    network = Logistic(w).eval()
    return (
        AdversarialSnapshot(
            9, 9, spec, nothing, nn.Identity(), 2, network, lambda: looked(network, real, fake)
        ),
        real,
        fake,
    )


def test_fisher_is_that_of_logistic_regression_over_the_first_samples() -> None:
    snapshot, real, fake = logistic_snapshot([0.5, -1.0, 2.0])
    x = torch.cat([real[:4], fake[:4]])
    p = torch.sigmoid(x @ torch.tensor([0.5, -1.0, 2.0]) + 0.2)
    trace = ((p * (1 - p))[:, None] * x**2).mean(0).sum().item()
    measured = fisher(snapshot, 4)
    assert measured["fisher.trace"] == pytest.approx(trace)
    assert measured["fisher.mean"] == pytest.approx(trace / 3)  # the bias does not learn
    assert all(parameter.grad is None for parameter in snapshot.discriminator.parameters())


def test_flatness_is_the_rise_of_the_non_saturating_loss() -> None:
    snapshot, real, fake = logistic_snapshot([2.0])

    def loss(w: float) -> float:
        softplus = nn.functional.softplus
        return (softplus(-(w * real + 0.2)).mean() + softplus(w * fake + 0.2).mean()).item()

    found = flatness(snapshot)
    # A single weight moves by its own size, up or down: at distance α it is 2(1 + α) or 2(1 − α).
    for rises in found["rises"]:
        up = [loss(2 * (1 + radius)) - loss(2) for radius in found["radii"]]
        assert rises == pytest.approx(up, abs=1e-6) or rises == pytest.approx(up[::-1], abs=1e-6)
    for radius, sharpness in found["sharpness"].items():
        both = loss(2 * (1 + float(radius))) + loss(2 * (1 - float(radius)))
        assert sharpness == pytest.approx(both / 2 - loss(2), abs=1e-6)


class InterruptingHook(Hook):
    """Interrupt a training at its ninth step."""

    name: ClassVar[str] = "interrupting"

    def subscribe(self) -> object:
        return Interruption()


class Interruption:
    @hookimpl
    def trained(self, step: int) -> None:
        if step == 9:
            raise KeyboardInterrupt


def test_a_killed_run_that_goes_on_has_the_course_of_one_that_was_not(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    trained([MonitorHook(every=3)], tmp_path / "whole")
    checkpoint = MemoryCheckpoint()
    with pytest.raises(KeyboardInterrupt):
        trained([InterruptingHook(), MonitorHook(every=3)], tmp_path / "killed", checkpoint)
    trained([MonitorHook(every=3)], tmp_path / "killed", checkpoint)  # from step 8 on
    whole, killed = (
        read_record((tmp_path / name / "monitors/monitors.jsonl").read_text()) for name in ("whole", "killed")
    )
    assert whole == killed
    assert list(whole[0]) == [1, 3, 6, 9, 12]
    assert len(lines(tmp_path / "killed")) > len(lines(tmp_path / "whole"))


def line(step: int, event: str = "trained", total: int = 100, **values: float) -> str:
    return json.dumps({"event": event, "step": step, "total": total, "values": values})


def test_a_training_that_went_back_is_drawn_as_it_went_on() -> None:
    record = [
        line(10, loss_d=1.0),
        line(10, "inspected", **{"fisher.trace": 5.0}),
        line(20, loss_d=2.0),
        line(20, "inspected", **{"fisher.trace": 6.0}),
        '{"event": "trai',
        line(20, loss_d=3.0),
        line(30, loss_d=4.0),
        line(40, loss_d=9.0),
        line(30, "trained", 50, loss_d=5.0),
        line(30, "inspected", 50, **{"fisher.trace": 7.0}),
    ]
    steps, total, landscape = read_record("\n".join(record))
    assert steps == {
        10: {"loss_d": 1.0, "fisher.trace": 5.0},
        20: {"loss_d": 3.0},
        30: {"loss_d": 5.0, "fisher.trace": 7.0},
    }
    assert total == 50
    assert landscape == {}


def test_a_run_that_goes_on_appends_behind_half_a_line(tmp_path: Path) -> None:
    (tmp_path / "monitors").mkdir()
    record = tmp_path / "monitors/monitors.jsonl"
    record.write_text(line(1, loss_d=1.0) + '\n{"event": "trai')
    hooks = open_hooks([MonitorHook()])
    hooks.run_started(folder=tmp_path, config={}, stages=[])
    hooks.trained(step=2, total=3, values={"loss_d": float("nan")})
    hooks.run_failed(error=KeyboardInterrupt())
    written = record.read_text().splitlines()
    assert written[1] == '{"event": "trai'
    assert json.loads(written[2])["values"] == {"loss_d": "NaN"}
    html = (tmp_path / "monitors/monitors.html").read_text()
    (chart,) = re.findall(r'<script type="application/json">(.*?)</script>', html)
    assert json.loads(chart)["data"][0]["y"] == [1.0, None]


def test_a_run_that_trains_nothing_writes_nothing(tmp_path: Path) -> None:
    hooks = open_hooks([MonitorHook()])
    hooks.run_started(folder=tmp_path, config={}, stages=[])
    hooks.run_finished(record={})
    assert list(tmp_path.iterdir()) == []


def test_names_cannot_become_markup() -> None:
    evil = "</script><img src=x>"
    html = page(line(1, **{evil: 1.0, f"{evil}.p": 2.0}))
    assert "<img" not in html.replace("document.", "")
