"""The networks of the classification task: timm models, and training on one set after another."""

from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from genaug.contracts import Predictor
from genaug.data import Samples, SampleSpec
from genaug.errors import ConfigError, DataError, MissingWeights, TrainingDiverged
from genaug_plugins.models.networks.timm import TimmNetwork, make_timm
from genaug_plugins.tasks.classification import ClassificationTask

SMALL_CNN = {"use": "small-cnn", "steps": 12, "batch_size": 8, "width": 8}
TIMM = {"use": "timm", "network": "test_resnet", "weights": "none", "steps": 12, "batch_size": 8}
BOTH = pytest.mark.parametrize("settings", [SMALL_CNN, TIMM], ids=["small-cnn", "timm"])


def task(settings: dict[str, object], **changes: object) -> ClassificationTask:
    return ClassificationTask.model_validate({"model": settings | changes})


def spec_of(shape: tuple[int, ...], classes: int = 2) -> SampleSpec:
    return SampleSpec(
        modality="image", shape=shape, class_names=tuple("abcd"[:classes]), value_range=(-1.0, 1.0)
    )


def images(shape: tuple[int, ...], count: int = 16, seed: int = 0, way: float = 0.5) -> Samples:
    """Return noise whose second class is brighter by `way`."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    values = rng.normal(-way / 2, 0.3, (count, *shape)) + way * labels.reshape(-1, 1, 1, 1)
    return Samples(values.clip(-1, 1).astype(np.float32), labels.astype(np.int64))


def accuracy(model: object, samples: Samples) -> float:
    assert isinstance(model, Predictor)
    return float((model.predict(samples).argmax(1) == samples.labels).mean())


@pytest.mark.parametrize("network", ["test_resnet", "test_vit"])
@pytest.mark.parametrize("shape", [(1, 12, 16), (3, 40, 40), (4, 16, 16)])
def test_timm_models_read_images_of_any_size_and_number_of_channels(
    network: str, shape: tuple[int, ...]
) -> None:
    size = 32 if network == "test_vit" else None
    model = task(TIMM, network=network, size=size).fit(spec_of(shape), images(shape), 0, "cpu")
    held_out = images(shape, seed=1)
    assert accuracy(model, held_out) >= 0.9
    nothing = held_out.take(np.array([], dtype=np.int64))
    assert model.predict(nothing).shape == (0, 2)
    assert model.features(nothing).shape == model.features(held_out)[:0].shape


@BOTH
def test_a_network_reports_its_training_loss(settings: dict[str, object]) -> None:
    shape = (1, 16, 16)
    curves = task(settings, steps=80).fit(spec_of(shape), images(shape), 0, "cpu").curves()
    assert set(curves) == {"step", "training loss"}
    assert len(curves["step"]) == len(curves["training loss"]) == 60
    assert curves["step"][-1] == 80
    assert curves["training loss"][-5:].mean() < curves["training loss"][:5].mean()


def test_timm_models_leave_the_global_state_alone_and_rest_on_the_seed() -> None:
    shape = (1, 16, 16)
    before = torch.get_rng_state()
    first, again, other = (
        task(TIMM, steps=3).fit(spec_of(shape), images(shape), seed, "cpu").predict(images(shape, seed=1))
        for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_batch_norm_lets_no_sample_see_the_others() -> None:
    shape = (3, 32, 32)
    # 17 samples in batches of 8: a last batch of one would stop batch norm.
    model = task(TIMM).fit(spec_of(shape), images(shape, 17), 0, "cpu")
    held_out = images(shape, 5, seed=1)
    alone = np.concatenate([model.predict(held_out.take(np.array([row]))) for row in range(5)])
    np.testing.assert_allclose(alone, model.predict(held_out), atol=1e-5)


def test_images_become_as_large_as_asked() -> None:
    def sides(shape: tuple[int, ...], **settings: object) -> tuple[int, int]:
        given = {"network": "test_resnet", "weights": "none", "size": None} | settings
        return make_timm(spec=spec_of(shape), trainings=[images(shape)], **given).sides  # type: ignore[arg-type]

    with torch.random.fork_rng(devices=[]):
        assert sides((1, 8, 12)) == (32, 48)
        assert sides((1, 40, 50)) == (40, 50)
        assert sides((1, 40, 50), size=48) == (48, 48)
        assert sides((1, 40, 50), network="test_vit") == (160, 160)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        save_file(timm.create_model("test_resnet").state_dict(), tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def begun(weights: Path, channels: int) -> TimmNetwork:
    shape = (channels, 16, 16)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return make_timm("test_resnet", weights, 32, spec_of(shape), [images(shape)])


def test_a_file_of_weights_is_where_the_model_begins(weights: Path, tmp_path: Path) -> None:
    network = begun(weights, 3)
    known = timm.create_model("test_resnet", num_classes=0, checkpoint_path="")
    tensors = timm.models.load_state_dict(str(weights))
    known.load_state_dict({key: t for key, t in tensors.items() if not key.startswith("fc.")})
    values = torch.from_numpy(images((3, 32, 32), 4).values)
    with torch.inference_mode():
        # The model was made for a mean and deviation of 0.5 in [0, 1]: [-1, 1] is just that.
        torch.testing.assert_close(network.represented(values), known.eval()(values))
    torch.save(tensors, tmp_path / "w.pth")
    assert all(
        torch.equal(one, other)
        for one, other in zip(
            network.state_dict().values(), begun(tmp_path / "w.pth", 3).state_dict().values(), strict=True
        )
    )


def test_a_gray_image_is_read_as_the_same_in_colour(weights: Path) -> None:
    gray = torch.from_numpy(images((1, 32, 32), 4).values)
    with torch.inference_mode():
        found = begun(weights, 1).represented(gray)
        torch.testing.assert_close(found, begun(weights, 3).represented(gray.repeat(1, 3, 1, 1)))


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_weights_fit_images_of_any_number_of_channels(weights: Path, channels: int) -> None:
    first = begun(weights, channels).body.state_dict()["conv1.0.weight"]
    known = timm.models.load_state_dict(str(weights))["conv1.0.weight"]
    assert first.shape[1] == channels
    # An image of equal channels is read as before: gray by the sum, others by a rescaled repetition.
    expected = known[:, [c % 3 for c in range(channels)]] * 3 / channels
    torch.testing.assert_close(first, known.sum(1, keepdim=True) if channels == 1 else expected)
    shape = (channels, 16, 16)
    held_out = images(shape, seed=1)
    model = task(TIMM, weights=weights, size=32, steps=1).fit(spec_of(shape), images(shape), 0, "cpu")
    np.testing.assert_allclose(model.predict(held_out).sum(1), 1)


def test_weights_that_cannot_be_used_are_told_of(weights: Path, tmp_path: Path) -> None:
    spec = spec_of((3, 16, 16))
    with pytest.raises(MissingWeights, match=r"the file .*gone\.pth .*does not exist"):
        task(TIMM, weights=tmp_path / "gone.pth").check_usable(spec)
    (tmp_path / "text.pth").write_text("no weights", encoding="utf-8")
    with pytest.raises(MissingWeights, match="cannot be read as weights"):
        begun(tmp_path / "text.pth", 3)
    tensors = timm.models.load_state_dict(str(weights))
    tensors.pop("conv1.0.weight")
    save_file(tensors, tmp_path / "torn.safetensors")
    with pytest.raises(MissingWeights, match=r"do not fit 'test_resnet'.*conv1\.0\.weight"):
        begun(tmp_path / "torn.safetensors", 3)
    tensors = timm.models.load_state_dict(str(weights))
    tensors.pop("layer1.0.bn1.bias")
    save_file(tensors, tmp_path / "torn.safetensors")
    with pytest.raises(MissingWeights, match=r"1 tensors, the first is layer1\.0\.bn1\.bias"):
        begun(tmp_path / "torn.safetensors", 3)


def test_weights_that_the_hub_does_not_give_are_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError("no connection")

    monkeypatch.setattr("timm.models._builder.load_state_dict_from_hf", unreachable)
    with pytest.raises(MissingWeights, match=r"nor available.*no connection.*set weights to a file"):
        task(TIMM, weights="hub").fit(spec_of((3, 32, 32)), images((3, 32, 32)), 0, "cpu")
    with pytest.raises(ConfigError, match="no weights of 'test_mambaout' on the hub: set weights"):
        task(TIMM, network="test_mambaout", weights="hub").check_usable(spec_of((3, 32, 32)))


def test_models_that_timm_does_not_have_are_told_of() -> None:
    spec = spec_of((3, 16, 16))
    with pytest.raises(ConfigError, match=r"no network 'resnt18', did you mean .*resnet18"):
        task(TIMM, network="resnt18").check_usable(spec)
    with pytest.raises(ConfigError, match=r"no network 'resnet18\.none'"):
        task(TIMM, network="resnet18.none").fit(spec, images((3, 16, 16)), 0, "cpu")
    with pytest.raises(ConfigError, match=r"test_maxvit.*20x20"):
        task(TIMM, network="test_maxvit", size=20).fit(spec, images((3, 16, 16)), 0, "cpu")
    vectors = SampleSpec(modality="vector", shape=(6,), class_names=("a", "b"), value_range=None)
    with pytest.raises(DataError, match=r"accept images, not vector samples: .*gradient-boosting"):
        task(TIMM).check_usable(vectors)


def test_a_timm_model_that_diverges_names_what_to_lower() -> None:
    training = images((1, 32, 32))
    training.values[0] = np.nan
    with pytest.raises(
        TrainingDiverged, match=r"the timm's loss became nan at step [01]: lower learning_rate"
    ):
        task(TIMM).fit(spec_of((1, 32, 32)), training, 0, "cpu")


@BOTH
def test_one_part_in_turn_is_a_fit(settings: dict[str, object]) -> None:
    shape = (1, 16, 16)
    part, held_out = images(shape), images(shape, seed=1)
    augmented = task(settings, augment="shift-and-flip", steps=4)
    fitted = augmented.fit(spec_of(shape), part, 3, "cpu").predict(held_out)
    in_turn = augmented.fit_sequence(spec_of(shape), [part], 3, "cpu").predict(held_out)
    assert np.array_equal(fitted, in_turn)


def test_the_last_part_has_the_last_word() -> None:
    shape = (1, 16, 16)
    right, wrong, held_out = images(shape), images(shape, way=-0.5), images(shape, seed=1)
    learned = task(SMALL_CNN, steps=60)
    assert accuracy(learned.fit_sequence(spec_of(shape), [wrong, right], 0, "cpu"), held_out) >= 0.9
    assert accuracy(learned.fit_sequence(spec_of(shape), [right, wrong], 0, "cpu"), held_out) <= 0.1


def test_what_was_learned_first_helps_where_the_last_part_is_small() -> None:
    shape, spec = (1, 16, 16), spec_of((1, 16, 16))
    many, few, held_out = (
        images(shape, 64, way=0.3),
        images(shape, 2, seed=5, way=0.3),
        images(shape, 64, 1, 0.3),
    )
    few.values[:] = few.values[
        ::-1
    ]  # the few are mislabelled: what is right can only come from the first part
    learned = task(SMALL_CNN, steps=31)
    first = learned.fit_sequence(spec, [many, few], 0, "cpu").predict(held_out)
    only = learned.fit(spec, few, 0, "cpu").predict(held_out)
    right = np.arange(64), held_out.labels
    assert np.log(first[right]).mean() > np.log(only[right]).mean() + 0.1


def test_parts_share_the_steps_of_one_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    from genaug.adapters import torch_training

    asked = []
    order = torch_training._order

    def noted(labels: np.ndarray, steps: int, *rest: object) -> np.ndarray:
        asked.append((len(labels), steps))
        return order(labels, steps, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(torch_training, "_order", noted)
    parts = [images((1, 8, 8), count) for count in (40, 4, 6)]
    task(SMALL_CNN, steps=11).fit_sequence(spec_of((1, 8, 8)), parts, 0, "cpu")
    assert asked == [(40, 3), (4, 4), (6, 4)]


@BOTH
def test_parts_that_cannot_be_learned_are_refused(settings: dict[str, object]) -> None:
    spec, part = spec_of((1, 16, 16)), images((1, 16, 16))
    with pytest.raises(DataError, match="training samples of at least two classes, found only 'b'"):
        task(settings).fit_sequence(spec, [part.take(part.labels == 1), part], 0, "cpu")
    with pytest.raises(DataError, match="2 steps cannot be shared by 3 training sets"):
        task(settings, steps=2).fit_sequence(spec, [part] * 3, 0, "cpu")
    with pytest.raises(DataError, match="cannot be shared by 0 training sets"):
        task(settings).fit_sequence(spec, [], 0, "cpu")
