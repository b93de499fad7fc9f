"""The CLIP filter, on a tiny randomly initialised CLIP saved to disk."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image

from genaug.contracts import Candidates, Context
from genaug.data import Origin, Pool, Samples, SampleSpec, Selection, TrainView
from genaug.data.images import to_uint8
from genaug.errors import ConfigError, DataError
from genaug.hooks import open_hooks
from genaug.testing.checks import checks_of
from genaug.testing.companions import MemoryCheckpoint, MemoryFeatures
from genaug.testing.material import Material
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.selectors.clip import ClipSelector

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
NAMES = ("cat", "dog", "ship")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tiny model, its weights as safetensors and as a checkpoint."""
    path = tmp_path_factory.mktemp("clip")
    (path / "tiny-clip.json").write_text(json.dumps(TINY))
    (path / "model").mkdir()
    config = {"model_cfg": TINY, "preprocess_cfg": {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4]}}
    (path / "model" / "open_clip_config.json").write_text(json.dumps(config))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = open_clip.model.CLIP(**TINY)
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(tensors, path / "model" / "open_clip_model.safetensors")
    torch.save(tensors, path / "tiny.pt")
    return path


def selector(folder: Path, **settings: object) -> ClipSelector:
    space = {"use": "clip", "model": f"local-dir:{folder / 'model'}"}
    return ClipSelector(**{"extractor": space} | settings)


def spec_of(channels: int = 3, side: int = 32, names: tuple[str, ...] = NAMES) -> SampleSpec:
    return SampleSpec(
        modality="image", shape=(channels, side, side), class_names=names, value_range=(-1.0, 1.0)
    )


def given(spec: SampleSpec, n: int = 30, seed: int = 0) -> Candidates:
    rng = np.random.default_rng(seed)
    colours = rng.uniform(-1, 1, (n, spec.shape[0], 1, 1)) * np.ones((1, *spec.shape))
    values = np.clip(colours + 0.3 * rng.normal(size=colours.shape), -1, 1).astype(np.float32)
    made = Samples(values, (np.arange(n) % spec.classes).astype(np.int64))
    place = np.arange(n)
    return Candidates(Pool(spec, made, (Origin("g", 0),), np.zeros_like(place), place), {})


def select(clip: ClipSelector, candidates: Candidates, seed: int = 0) -> Selection:
    train = TrainView(candidates.pool.spec, candidates.pool.samples)
    context = Context(
        seed, "cpu", open_hooks([]), PixelsExtractor(), MemoryFeatures(train), MemoryCheckpoint()
    )
    return clip.select(candidates, train, context)


def test_scores_are_open_clips_own(folder: Path) -> None:
    candidates = given(spec_of())
    found = select(selector(folder, templates=("a photo of a {}.", "a drawing of a {}")), candidates)
    name = f"local-dir:{folder / 'model'}"
    model, _, preprocess = open_clip.create_model_and_transforms(name)
    tokenizer = open_clip.get_tokenizer(name)
    pictures = [Image.fromarray(v) for v in to_uint8(candidates.pool.samples.values).transpose(0, 2, 3, 1)]
    with torch.inference_mode():
        model.eval()
        images = model.encode_image(torch.stack([preprocess(p) for p in pictures]), normalize=True)
        texts = []
        for c in NAMES:
            prompts = tokenizer([f"a photo of a {c}.", f"a drawing of a {c}"])
            mean = model.encode_text(prompts, normalize=True).mean(dim=0)
            texts.append(mean / mean.norm())
        cosine = images @ torch.stack(texts).T
        p = (model.logit_scale.exp() * cosine).softmax(dim=1).numpy()
    rows, labels = np.arange(30), candidates.pool.samples.labels
    np.testing.assert_allclose(found.scores["probability"], p[rows, labels], rtol=1e-4)
    np.testing.assert_allclose(found.scores["similarity"], cosine.numpy()[rows, labels], atol=1e-5)
    np.testing.assert_array_equal(found.kept, found.scores["probability"] > 1 / 3)
    assert 0 < found.kept.sum() < 30
    assert set(found.reasons[~found.kept]) == {"CLIP score: probability of its class at most 1/3"}


def test_a_quota_by_rank_keeps_the_most_probable(folder: Path) -> None:
    candidates = given(spec_of(), n=60)
    labels = candidates.pool.samples.labels
    free = select(selector(folder), candidates)
    quota = 4
    found = select(selector(folder, max_per_class=quota), candidates)
    p = np.where(free.kept, free.scores["probability"], -1)
    assert any(free.kept[labels == c].sum() > quota for c in range(3))
    for c in range(3):
        rows = np.flatnonzero(labels == c)
        best = rows[np.argsort(-p[rows])[:quota]]
        assert set(np.flatnonzero(found.kept & (labels == c))) == set(best[free.kept[best]])


def test_a_class_with_too_few_is_filled_with_its_best(folder: Path) -> None:
    candidates = given(spec_of())
    free = select(selector(folder), candidates)
    labels, p = candidates.pool.samples.labels, free.scores["probability"]
    for by in ("rank", "sampling"):
        found = select(selector(folder, max_per_class=6, min_per_class=6, quota_by=by), candidates)
        for c in range(3):
            rows = np.flatnonzero(labels == c)
            kept, good = set(np.flatnonzero(found.kept & (labels == c))), set(rows[free.kept[rows]])
            assert len(kept) == 6
            if len(good) <= 6:
                assert kept == good | set(rows[np.argsort(-p[rows])[:6]])
            else:
                assert kept <= good


def test_a_quota_by_sampling_draws_among_those_that_pass(folder: Path) -> None:
    candidates = given(spec_of(), n=120)
    labels = candidates.pool.samples.labels
    passed = select(selector(folder), candidates).kept
    rich = int(np.argmax([passed[labels == c].sum() for c in range(3)]))
    clip = selector(folder, max_per_class=2, quota_by="sampling")
    drawn = [select(clip, candidates, seed).kept & (labels == rich) for seed in range(6)]
    assert all(kept.sum() == 2 and passed[kept].all() for kept in drawn)
    assert len({tuple(np.flatnonzero(kept)) for kept in drawn}) > 1
    np.testing.assert_array_equal(drawn[0], select(clip, candidates, 0).kept & (labels == rich))


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_gray_and_transparent_images_are_read(folder: Path, channels: int) -> None:
    found = select(selector(folder), given(spec_of(channels, side=9), n=5))
    assert np.isfinite(found.scores["probability"]).all()


def test_opaque_is_colour_and_transparent_is_white(folder: Path) -> None:
    colour = given(spec_of(3)).pool.samples

    def probability(values: np.ndarray, channels: int) -> np.ndarray:
        samples = Samples(values.astype(np.float32), colour.labels)
        place = np.arange(len(samples))
        pool = Pool(spec_of(channels), samples, (Origin("g", 0),), np.zeros_like(place), place)
        return select(selector(folder), Candidates(pool, {})).scores["probability"]

    alpha = np.ones_like(colour.values[:, :1])
    opaque = probability(np.concatenate([colour.values, alpha], axis=1), 4)
    np.testing.assert_array_equal(opaque, probability(colour.values, 3))
    clear = probability(np.concatenate([colour.values, -alpha], axis=1), 4)
    np.testing.assert_array_equal(clear, probability(np.ones_like(colour.values), 3))


def test_a_description_takes_the_names_place(folder: Path) -> None:
    candidates = given(spec_of(names=("0", "1", "2")))
    described = select(selector(folder, describe=dict(zip("012", NAMES, strict=True))), candidates)
    named = select(selector(folder), given(spec_of()))
    np.testing.assert_array_equal(described.scores["probability"], named.scores["probability"])
    with pytest.raises(ConfigError, match="describe names 7; the classes are 0, 1, 2"):
        select(selector(folder, describe={"7": "seven"}), candidates)


def test_what_clip_cannot_read_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="there is only one"):
        select(selector(folder), given(spec_of(names=("cat",))))
    vectors = SampleSpec(modality="vector", shape=(4,), class_names=NAMES)
    made = Samples(np.zeros((3, 4), dtype=np.float32), np.arange(3))
    pool = Pool(vectors, made, (Origin("g", 0),), np.zeros(3, dtype=np.int64), np.arange(3))
    with pytest.raises(DataError, match="reads image samples, not vector samples"):
        select(selector(folder), Candidates(pool, {}))
    with pytest.raises(ConfigError, match="'pixels' embeds no texts"):
        selector(folder, extractor={"use": "pixels"}).check_usable(spec_of())
    with pytest.raises(ValueError, match=r"must contain \{\} once"):
        ClipSelector(templates=("a photo",))
    with pytest.raises(ValueError, match="no prompts for class 'cat'"):
        ClipSelector(prompts={"cat": ()})


def test_prompts_of_a_class_stand_in_for_the_templates(folder: Path) -> None:
    candidates = given(spec_of())
    one = select(selector(folder, templates=("a drawing of a {}",)), candidates)
    written = {name: (f"a drawing of a {name}",) for name in NAMES}
    other = select(selector(folder, prompts=written), candidates)
    np.testing.assert_array_equal(one.scores["probability"], other.scores["probability"])
    usual = select(selector(folder), candidates)
    some = select(selector(folder, prompts={"cat": ("a photo of a cat.",)}), candidates)
    np.testing.assert_array_equal(usual.scores["probability"], some.scores["probability"])
    with pytest.raises(ConfigError, match="prompts names bird; the classes are cat, dog, ship"):
        select(selector(folder, prompts={"bird": ("a bird",)}), candidates)


def test_an_image_counts_by_its_features_once_computed(folder: Path) -> None:
    """Blocks of a large pool, and the candidates beside it, change nothing."""
    candidates = given(spec_of(side=32), n=5000)
    whole = select(selector(folder), candidates).scores["probability"]
    part = select(selector(folder), Candidates(candidates.pool.take(np.arange(4000, 4500)), {}))
    np.testing.assert_allclose(part.scores["probability"], whole[4000:4500], rtol=1e-4)


def test_the_concept_score_is_never_called_clip(photographs: np.ndarray) -> None:
    spec = spec_of(side=64, names=("flower", "temple"))
    labels = np.array([0, 1, 1, 0])  # the last two are wrong
    samples = Samples(photographs[[0, 1, 0, 1]], labels)
    place = np.arange(4)
    pool = Pool(spec, samples, (Origin("g", 0),), np.zeros_like(place), place)
    found = select(ClipSelector(extractor={"use": "concept", "batch_size": 4}), Candidates(pool, {}))
    np.testing.assert_array_equal(found.kept, [True, True, False, False])
    said = [*found.reasons[~found.kept], *found.remarks]
    assert all(text.startswith(("concept score", "scored by concept score")) for text in said)
    assert not any("CLIP" in text.replace("not CLIP", "") for text in said)


@pytest.fixture(scope="session")
def photographs() -> np.ndarray:
    photos = [load_sample_image(name) for name in ("flower.jpg", "china.jpg")]
    values = torch.stack([torch.from_numpy(photo.copy()).permute(2, 0, 1) / 127.5 - 1 for photo in photos])
    small = torch.nn.functional.interpolate(values, (64, 64), mode="bicubic", antialias=True)
    return small.clamp(-1, 1).numpy()


@pytest.mark.parametrize("check", checks_of(ClipSelector()), ids=lambda check: check.__name__)
def test_promises(folder: Path, check: Callable[[ClipSelector, Material], None]) -> None:
    clip = selector(folder)
    check(clip, Material.suited_to(clip))
