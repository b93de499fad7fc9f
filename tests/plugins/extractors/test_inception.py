"""The FID's network, on random weights saved to disk, against torch-fidelity's own call."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from genaug.data import SampleSpec
from genaug.data.images import from_uint8
from genaug.errors import MissingWeights
from genaug.testing.checks import checks_of
from genaug.testing.material import Material
from genaug_plugins.extractors.inception import FILES, InceptionExtractor


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write random weights; the library cannot be made without a file of some, so it is made twice."""
    path = tmp_path_factory.mktemp("inception") / "random.pth"
    with torch.random.fork_rng(), pytest.MonkeyPatch.context() as patch:
        torch.manual_seed(0)
        patch.setattr(torch, "load", lambda *_, **__: {})
        patch.setattr(torch.nn.Module, "load_state_dict", lambda *_, **__: None)
        network = FeatureExtractorInceptionV3("random", ["2048"], feature_extractor_weights_path="none")
        for name, tensor in network.state_dict().items():
            if name.endswith("conv.weight"):  # torch's own start dies out over 90 layers
                torch.nn.init.kaiming_normal_(tensor, nonlinearity="relu")
    torch.save(network.state_dict(), path)
    return path


def spec_of(channels: int = 3, side: int = 40) -> SampleSpec:
    return SampleSpec(
        modality="image", shape=(channels, side, side + 7), class_names=("a",), value_range=(-1.0, 1.0)
    )


def pixels_of(spec: SampleSpec, n: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, *spec.shape)).astype(np.uint8)


@pytest.mark.parametrize("channels_last", [False, True])
def test_features_are_torch_fidelitys_own(weights: Path, channels_last: bool) -> None:
    theirs = FeatureExtractorInceptionV3("ours", ["2048"], feature_extractor_weights_path=str(weights))
    pixels = pixels_of(spec_of())
    with torch.inference_mode():
        (expected,) = theirs(torch.from_numpy(pixels))
    embedder = InceptionExtractor(weights=weights, channels_last=channels_last).load(spec_of(), "cpu")
    found = embedder.embed(from_uint8(pixels))
    assert found.shape == (3, 2048)
    assert found.std() > 0
    if not channels_last:
        np.testing.assert_array_equal(found, expected.numpy())
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    assert embedder.record["resize"] == "bilinear as in TensorFlow 1, not antialiased"
    assert embedder.record["size"] == "299x299"
    assert len(embedder.record["weights_sha256"]) == 64


def test_gray_is_repeated_and_transparent_is_white(weights: Path) -> None:
    colour = InceptionExtractor(weights=weights).load(spec_of(), "cpu")
    gray = InceptionExtractor(weights=weights).load(spec_of(1), "cpu")
    clear = InceptionExtractor(weights=weights).load(spec_of(4), "cpu")
    pixels = pixels_of(spec_of(1), n=1)
    expected = colour.embed(from_uint8(pixels.repeat(3, axis=1)))
    np.testing.assert_array_equal(gray.embed(from_uint8(pixels)), expected)
    transparent = from_uint8(pixels.repeat(4, axis=1))
    transparent[:, 3] = -1
    white = colour.embed(np.ones((1, *spec_of().shape), dtype=np.float32))
    np.testing.assert_array_equal(clear.embed(transparent), white)


def test_the_usual_places_are_looked_at(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    with pytest.raises(MissingWeights, match=r"there is no file .*6726825d\.pth and .*or set `weights`"):
        InceptionExtractor().check_usable(spec_of())
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / FILES[1]).symlink_to(weights)
    assert InceptionExtractor().reads() == (tmp_path / "checkpoints" / FILES[1],)
    found = InceptionExtractor().load(spec_of(), "cpu").record
    assert found == InceptionExtractor(weights=weights).load(spec_of(), "cpu").record


def test_what_does_not_fit_is_missing_weights(tmp_path: Path) -> None:
    torch.save({"conv.weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(MissingWeights, match="do not fit the FID's Inception"):
        InceptionExtractor(weights=tmp_path / "other.pth").load(spec_of(), "cpu")


class Harmful:
    """What an unsafe reader would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("open('harm', 'w')",)


def test_a_pickle_is_never_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": Harmful()}, tmp_path / "harmful.pth")
    with pytest.raises(MissingWeights, match="more than tensors, which might run code"):
        InceptionExtractor(weights=tmp_path / "harmful.pth").load(spec_of(), "cpu")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("check", checks_of(InceptionExtractor()), ids=lambda check: check.__name__)
def test_contract(weights: Path, check: Callable[[InceptionExtractor, Material], None]) -> None:
    check(InceptionExtractor(weights=weights, batch_size=2), Material())
