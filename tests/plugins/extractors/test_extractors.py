"""Feature spaces: what goes in, what comes out, and that it is the right model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from sklearn.datasets import load_sample_image

from genaug.contracts import Extractor
from genaug.data import SampleSpec
from genaug.errors import ConfigError, DataError, MissingWeights
from genaug.testing import parametrize_with_checks
from genaug_plugins.extractors.efficientnet_lite0 import (
    MEAN,
    STD,
    EfficientNetLite0Extractor,
    matched_tensors,
    pretrained_network,
)
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.extractors.timm import TimmExtractor

MODEL = "test_resnet.r160_in1k"  # half a million parameters, made by timm for tests


def images(channels: int = 3, side: int = 28) -> SampleSpec:
    return SampleSpec(
        modality="image", shape=(channels, side, side), class_names=("a", "b"), value_range=(-1.0, 1.0)
    )


def batch(spec: SampleSpec, n: int = 64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (n, *spec.shape)).astype(np.float32)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = timm.create_model(MODEL)  # with its classifier, as published checkpoints are
    path = tmp_path_factory.mktemp("weights") / "model.safetensors"
    save_file(model.state_dict(), path)
    return path


@parametrize_with_checks([PixelsExtractor(), EfficientNetLite0Extractor(size=32)])
def test_contract(component: Extractor, check: Callable[[Extractor], None]) -> None:
    check(component)


@pytest.mark.parametrize("shape", [("image", (1, 8, 8)), ("signal", (2, 30)), ("vector", (5,))])
def test_pixels_are_the_values(shape: tuple[str, tuple[int, ...]]) -> None:
    modality, axes = shape
    value_range = (-1.0, 1.0) if modality == "image" else None
    spec = SampleSpec(modality=modality, shape=axes, class_names=("a",), value_range=value_range)
    values = batch(spec, n=4)
    np.testing.assert_array_equal(PixelsExtractor().load(spec, "cpu").embed(values), values.reshape(4, -1))


def test_the_packaged_weights_recognise_photographs() -> None:
    # A wrong order of the tensors, a wrong normalization or swapped channels would not.
    network = pretrained_network().eval()
    mean, std = (torch.tensor(v)[:, None, None] for v in (MEAN, STD))

    def top(name: str) -> list[int]:
        photo = torch.from_numpy(load_sample_image(name).copy()).permute(2, 0, 1)[None] / 255
        small = torch.nn.functional.interpolate(photo, (224, 224), mode="bicubic", antialias=True).clamp(0, 1)
        with torch.inference_mode():
            return network((small - mean) / std)[0].topk(5).indices.tolist()

    assert top("flower.jpg")[0] == 985  # daisy
    buildings = {442: "bell cote", 449: "boathouse", 483: "castle", 663: "monastery", 698: "palace"}
    assert len(buildings.keys() & set(top("china.jpg"))) >= 3  # a pavilion by the water


def test_tensors_that_do_not_fit_are_refused() -> None:
    network = pretrained_network()
    tensors = network.state_dict()
    swapped = dict(tensors)
    swapped["bn1.weight"], swapped["bn1.bias"] = tensors["bn1.bias"], tensors["bn1.weight"]
    moved = {"bn1.bias": tensors["bn1.bias"], **tensors}  # one tensor first instead of in its place
    assert list(matched_tensors(tensors, network)) == list(tensors)
    with pytest.raises(MissingWeights, match=r"does not fit the network's conv_stem\.weight"):
        matched_tensors(moved, network)
    short = dict(list(tensors.items())[:-1])
    with pytest.raises(MissingWeights, match="295 packaged tensors do not fit the network's 296"):
        matched_tensors(short, network)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("side", [8, 28])
def test_efficientnet_reads_every_kind_of_image(channels: int, side: int) -> None:
    spec = images(channels, side)
    embedder = EfficientNetLite0Extractor().load(spec, "cpu")
    features = embedder.embed(batch(spec, n=4))
    assert features.shape == (4, 1280)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert features.std(axis=0).max() > 0
    assert embedder.record["resize"] == "bicubic, antialiased"
    assert embedder.record["size"] == "64x64"
    assert len(embedder.record["weights_sha256"]) == 64
    assert "0.498" in embedder.record["normalization"]


def test_gray_and_opaque_images_are_the_colour_images_they_look_like() -> None:
    gray, colour, opaque = (EfficientNetLite0Extractor().load(images(c), "cpu") for c in (1, 3, 4))
    values = batch(images(1), n=4)
    tripled = np.repeat(values, 3, axis=1)
    alpha = np.ones_like(values)
    expected = gray.embed(values)
    np.testing.assert_array_equal(colour.embed(tripled), expected)
    np.testing.assert_array_equal(opaque.embed(np.concatenate([tripled, alpha], axis=1)), expected)
    # Fully transparent is white, whatever lies beneath.
    seen = opaque.embed(np.concatenate([tripled, -alpha], axis=1))
    np.testing.assert_allclose(seen, colour.embed(np.ones_like(tripled)), atol=1e-5)


def test_features_do_not_depend_on_neighbours_and_repeat_bitwise() -> None:
    spec = images()
    embedder = EfficientNetLite0Extractor().load(spec, "cpu")
    values, others = batch(spec), batch(spec, seed=1)
    others[:5] = values[:5]
    first = embedder.embed(values)
    np.testing.assert_array_equal(first, embedder.embed(values))
    np.testing.assert_array_equal(first[:5], embedder.embed(others)[:5])
    again = EfficientNetLite0Extractor().load(spec, "cpu")
    np.testing.assert_array_equal(first, again.embed(values))


def test_timm_loads_a_file_and_gives_the_models_own_features(weights: Path) -> None:
    spec = images(side=160)
    embedder = TimmExtractor(model=MODEL, weights=weights).load(spec, "cpu")
    model = timm.create_model(MODEL, num_classes=0, pretrained=False)
    timm.models.load_checkpoint(model, str(weights), strict=False)
    cfg = model.pretrained_cfg
    mean, std = (torch.tensor(cfg[key])[:, None, None] for key in ("mean", "std"))
    values = batch(spec, n=3)
    with torch.inference_mode():
        expected = model.eval()(((torch.from_numpy(values) + 1) / 2 - mean) / std)
    np.testing.assert_allclose(embedder.embed(values), expected.numpy(), atol=1e-5)
    assert embedder.record["resize"] == "none"
    assert embedder.record["model"] == f"timm {MODEL}"


def test_the_format_of_the_file_changes_nothing(weights: Path, tmp_path: Path) -> None:
    torch.save({"module." + name: tensor for name, tensor in load_file(weights).items()}, tmp_path / "m.pth")
    one = TimmExtractor(model=MODEL, weights=weights, size=32).load(images(), "cpu")
    two = TimmExtractor(model=MODEL, weights=tmp_path / "m.pth", size=32).load(images(), "cpu")
    assert one.record == two.record
    np.testing.assert_array_equal(one.embed(batch(images(), 2)), two.embed(batch(images(), 2)))


def test_other_weights_have_another_record(weights: Path, tmp_path: Path) -> None:
    tensors = load_file(weights)
    tensors["conv1.weight" if "conv1.weight" in tensors else next(iter(tensors))] += 1
    save_file(tensors, tmp_path / "other.safetensors")
    records = [
        TimmExtractor(model=MODEL, weights=path).load(images(), "cpu").record["weights_sha256"]
        for path in (weights, tmp_path / "other.safetensors")
    ]
    assert records[0] != records[1]


def test_missing_weights_say_how_to_give_a_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingWeights, match="Set `weights` to a file"):
        TimmExtractor(model=MODEL).load(images(), "cpu")
    with pytest.raises(MissingWeights, match=r"the file .*nowhere\.pth .*does not exist"):
        TimmExtractor(model=MODEL, weights=tmp_path / "nowhere.pth").load(images(), "cpu")


def test_a_file_of_something_else_is_refused(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="do not fit 'test_vit"):
        TimmExtractor(model="test_vit.r160_in1k", weights=weights).load(images(), "cpu")
    for name in ("junk.safetensors", "junk.pth"):
        (tmp_path / name).write_bytes(b"no weights at all")
        with pytest.raises(MissingWeights, match=rf"{name} (cannot be read as weights|contains no tensors)"):
            TimmExtractor(model=MODEL, weights=tmp_path / name).load(images(), "cpu")


class Harmful:
    """What an unsafe reader would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("open('harm', 'w')",)


def test_a_pickle_is_never_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": Harmful()}, tmp_path / "harmful.pth")
    with pytest.raises(MissingWeights, match="more than tensors, which might run code"):
        TimmExtractor(model=MODEL, weights=tmp_path / "harmful.pth").load(images(), "cpu")
    assert not (tmp_path / "harm").exists()


def test_an_unknown_model_is_a_config_error_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match=r"did you mean .*resnet18\.a1_in1k"):
        TimmExtractor(model="resnet18.a1_in1l").load(images(), "cpu")


def test_a_transformer_is_given_the_size_that_images_get(tmp_path: Path) -> None:
    name = "test_vit.r160_in1k"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = timm.create_model(name)
    save_file(model.state_dict(), tmp_path / "vit.safetensors")
    values = batch(images(side=64), n=3)
    for size in (160, 64):
        embedder = TimmExtractor(model=name, weights=tmp_path / "vit.safetensors", size=size)
        features = embedder.load(images(side=64), "cpu").embed(values)
        # timm's own way from a file, position embeddings interpolated; its classifier cut off.
        known = {"file": str(tmp_path / "vit.safetensors"), "num_classes": 1000}
        own = timm.create_model(
            name, pretrained=True, pretrained_cfg_overlay=known, num_classes=0, img_size=size
        ).eval()
        read = embedder.load(images(side=64), "cpu").prepared(values)
        assert read.shape == (3, 3, size, size)
        with torch.inference_mode():
            np.testing.assert_allclose(features, own(read).numpy(), atol=1e-5)


def test_dinov2_by_name_from_its_authors_file(tmp_path: Path) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = timm.create_model("vit_small_patch14_dinov2", num_classes=0)
    torch.save(
        model.state_dict() | {"mask_token": torch.zeros(1, 384)}, tmp_path / "dinov2_vits14_pretrain.pth"
    )
    extractor = TimmExtractor(
        model="dinov2-small", weights=tmp_path / "dinov2_vits14_pretrain.pth", size=28, batch_size=2
    )
    embedder = extractor.load(images(), "cpu")
    assert embedder.record["model"] == "timm vit_small_patch14_dinov2.lvd142m"
    assert embedder.record["size"] == "28x28"
    assert embedder.embed(batch(images(), n=2)).shape == (2, 384)


@pytest.mark.parametrize(
    "extractor", [EfficientNetLite0Extractor(size=32), TimmExtractor(model=MODEL, size=32)]
)
def test_precision_and_layout_are_recorded_and_shift_features_little(
    extractor: EfficientNetLite0Extractor | TimmExtractor, weights: Path
) -> None:
    if isinstance(extractor, TimmExtractor):
        extractor = extractor.model_copy(update={"weights": weights})
    values = batch(images(), n=4)
    exact = extractor.load(images(), "cpu")
    assert exact.record["precision"] == "float32"
    assert "layout" not in exact.record
    scale = np.linalg.norm(exact.embed(values))
    for settings, most in (({"channels_last": True}, 1e-4), ({"precision": "bfloat16"}, 0.15)):
        other = extractor.model_copy(update=settings).load(images(), "cpu")
        shift = np.linalg.norm(other.embed(values) - exact.embed(values)) / scale
        assert shift < most
        assert other.record != exact.record
        assert other.record["weights_sha256"] == exact.record["weights_sha256"]
        if "precision" in settings:
            assert other.record["precision"] == "bfloat16"
            assert shift > 1e-6
        else:
            assert other.record["layout"] == "channels last"


def test_the_batch_size_is_a_setting() -> None:
    assert EfficientNetLite0Extractor(size=32, batch_size=7).load(images(), "cpu").batch_size == 7


def test_too_many_channels_are_refused(weights: Path) -> None:
    with pytest.raises(DataError, match="not 7 channels"):
        TimmExtractor(model=MODEL, weights=weights).load(images(7), "cpu")
