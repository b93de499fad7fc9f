"""What TensorBoard itself reads is what the run told."""

import dataclasses
import io
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from genaug import adversarial
from genaug.adversarial import AdversarialConfig
from genaug.data import Finding, Findings
from genaug.errors import MissingRequirement
from genaug.hooks import Hook, hookimpl, open_hooks
from genaug.testing import failures
from genaug.testing.companions import MemoryCheckpoint
from genaug.testing.material import Material
from genaug_plugins.architectures.dcgan import DcganArchitecture
from genaug_plugins.hooks.tensorboard import TensorboardHook

CONFIG = AdversarialConfig(steps=12, batch_size=8, learning_rate=0.01, log_every=3, checkpoint_every=4)


def trained(
    hooks: list[Hook], folder: Path, checkpoint: MemoryCheckpoint | None = None
) -> adversarial.Trained:
    """Train a small GAN as a run does."""
    caller = open_hooks(hooks)
    caller.run_started(folder=folder, config={}, stages=["fit"])
    context = dataclasses.replace(Material().context(0, checkpoint), hooks=caller)
    try:
        done = adversarial.train(DcganArchitecture(width=4), [], Material().train(), CONFIG, context)
    except KeyboardInterrupt as error:
        caller.run_failed(error=error)
        raise
    caller.run_finished(record={})
    return done


def read(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder), size_guidance={"images": 0, "scalars": 0, "tensors": 0})
    found.Reload()
    return found


def curve(events: EventAccumulator, tag: str) -> dict[int, float]:
    points = [(event.step, event.value) for event in events.Scalars(tag)]
    assert len(dict(points)) == len(points), "a step is there twice"
    return dict(points)


def text(events: EventAccumulator, tag: str) -> str:
    (event,) = events.Tensors(f"{tag}/text_summary")
    return str(event.tensor_proto.string_val[0].decode())


def test_everything_logged_is_a_curve_and_samples_are_pictures(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    done = trained([TensorboardHook(every=5, columns=3)], tmp_path)
    assert torch.equal(torch.get_rng_state(), before)
    events = read(tmp_path / "tensorboard/training")
    names = [name for name in done.history if name != "step"]
    assert sorted(events.Tags()["scalars"]) == sorted(name.replace(".", "/") for name in names)
    for name in names:
        points = curve(events, name.replace(".", "/"))
        assert list(points) == done.history["step"]
        assert list(points.values()) == pytest.approx(done.history[name])
    pictures = events.Images("samples")
    assert [picture.step for picture in pictures] == [1, 6, 12]
    images = [np.asarray(Image.open(io.BytesIO(one.encoded_image_string))) for one in pictures]
    assert images[0].shape == (3 * (48 + 3) + 3, 96 + 3 * (48 + 3) + 3, 3)
    assert (images[0] != images[2]).any()


class InterruptingHook(Hook):
    """Interrupt a training at its ninth step."""

    name: ClassVar[str] = "interrupting"

    def subscribe(self) -> object:
        return Interruption()


class Interruption:
    @hookimpl(trylast=True)
    def trained(self, step: int) -> None:
        if step == 9:
            raise KeyboardInterrupt


def test_a_killed_run_that_goes_on_has_the_curves_of_one_that_was_not(tmp_path: Path) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    trained([TensorboardHook(every=3)], tmp_path / "whole")
    checkpoint = MemoryCheckpoint()
    with pytest.raises(KeyboardInterrupt):
        trained([TensorboardHook(every=3), InterruptingHook()], tmp_path / "killed", checkpoint)
    trained([TensorboardHook(every=3)], tmp_path / "killed", checkpoint)  # from step 8 on
    whole, killed = (read(tmp_path / name / "tensorboard/training") for name in ("whole", "killed"))
    assert len(list((tmp_path / "killed/tensorboard/training").iterdir())) == 2
    assert whole.Tags()["scalars"] == killed.Tags()["scalars"]
    for tag in whole.Tags()["scalars"]:
        if tag != "images_per_second":
            assert curve(whole, tag) == curve(killed, tag)
    assert [one.step for one in whole.Images("samples")] == [one.step for one in killed.Images("samples")]


def tell(folder: Path, *found: tuple[str, Findings]) -> None:
    hooks = open_hooks([TensorboardHook()])
    hooks.run_started(folder=folder, config={}, stages=[])
    for stage, findings in found:
        hooks.stage_started(stage=stage)
        hooks.found(findings=findings)
    hooks.run_finished(record={})


def test_findings_are_values_and_a_table_with_the_verdict(tmp_path: Path) -> None:
    (findings,) = Material().run().findings
    tell(tmp_path, ("validate.kit", findings))
    events = read(tmp_path / "tensorboard/validate.kit")
    assert curve(events, "accuracy") == {0: pytest.approx(0.8)}
    assert curve(events, "accuracy/low") == {0: pytest.approx(0.7)}
    assert curve(events, "accuracy/reference") == {0: pytest.approx(0.85)}
    assert np.isnan(curve(events, "distance")[0])
    assert text(events, "verdict").startswith("No measurable effect: +0.01 accuracy")
    table = text(events, "findings")
    assert "| accuracy | 0.8 | 0.7 to 0.9 | 0.85 | 12 | higher | made up, &lt;for> the kit |" in table
    assert "- 12 test samples are few" in table


def test_findings_made_again_take_the_place_of_the_old_and_of_no_others(tmp_path: Path) -> None:
    def findings(value: float) -> Findings:
        return Findings(validator="fidelity", findings=(Finding(name="kid", value=value),))

    tell(tmp_path, ("validate.fidelity", findings(1.0)), ("validate.fidelity-2", findings(2.0)))
    tell(tmp_path, ("validate.fidelity-2", findings(3.0)))
    places = {name: read(tmp_path / f"tensorboard/validate.{name}") for name in ("fidelity", "fidelity-2")}
    assert {name: curve(events, "kid") for name, events in places.items()} == {
        "fidelity": {0: 1.0},
        "fidelity-2": {0: 3.0},
    }


def test_a_run_that_trains_and_finds_nothing_writes_nothing(tmp_path: Path) -> None:
    tell(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(2, 32), (6,)])
def test_signals_and_vectors_are_drawn_and_pictures_can_be_switched_off(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    from genaug.training.snapshot import TrainingSnapshot

    def still(label: int, count: int, seed: int) -> Any:
        return np.zeros((count, *shape), dtype=np.float32)

    for images in (True, False):
        folder = tmp_path / str(images)
        folder.mkdir()
        hooks = open_hooks([TensorboardHook(images=images)])
        hooks.run_started(folder=folder, config={}, stages=[])
        hooks.inspected(snapshot=TrainingSnapshot(1, 9, Material(shape).spec, still))
        hooks.run_finished(record={})
    assert read(tmp_path / "True/tensorboard/training").Tags()["images"] == ["samples"]
    assert list((tmp_path / "False").iterdir()) == []


def test_a_missing_package_is_said_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    hooks = open_hooks([TensorboardHook()])
    with pytest.raises(MissingRequirement, match=r"pip install 'genaug\[tensorboard\]'"):
        hooks.run_started(folder=tmp_path, config={}, stages=[])


def test_it_keeps_the_promises_of_a_hook() -> None:
    assert failures(TensorboardHook()) == {}
