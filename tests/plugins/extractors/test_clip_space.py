"""CLIP's two towers, on a tiny randomly initialised model saved to disk in both libraries' formats."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizer

from genaug.data import SampleSpec
from genaug.data.images import to_uint8
from genaug.errors import ConfigError, DataError, MissingWeights
from genaug.testing.checks import checks_of
from genaug.testing.material import Material
from genaug_plugins.extractors.clip import ClipExtractor
from genaug_plugins.extractors.clip_embedder import ClipEmbedder

VISION = {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8}
TEXT = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
MEAN, STD = [0.4, 0.5, 0.6], [0.2, 0.3, 0.4]
TEXTS = ["a photo of a cat.", "a photo of a dog", "ship"]


def write_open_clip(folder: Path) -> None:
    folder.mkdir(parents=True)
    tiny = {"embed_dim": 16, "vision_cfg": VISION, "text_cfg": TEXT}
    config = {"model_cfg": tiny, "preprocess_cfg": {"mean": MEAN, "std": STD}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = open_clip.model.CLIP(**tiny)
    save_file(
        {k: v.contiguous() for k, v in model.state_dict().items()}, folder / "open_clip_model.safetensors"
    )


def write_transformers(folder: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Write the same model as transformers saves it: its weights under other names, q, k and v apart."""
    tower = {"num_hidden_layers": 2, "hidden_size": 32, "intermediate_size": 128, "hidden_act": "gelu"}
    ids = {"bos_token_id": 49406, "eos_token_id": 49407, "pad_token_id": 49407}
    config = CLIPConfig(
        text_config=tower
        | ids
        | {"num_attention_heads": 2, "vocab_size": 49408, "max_position_embeddings": 77},
        vision_config=tower | {"num_attention_heads": 2, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    with torch.random.fork_rng():
        model = CLIPModel(config)
    model.load_state_dict(renamed(tensors), strict=True)
    model.save_pretrained(folder)
    known = open_clip.get_tokenizer("ViT-B-32")
    special = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocabulary = {special.get(word, word): number for word, number in known.encoder.items()}
    CLIPTokenizer(vocab=vocabulary, merges=list(known.bpe_ranks)).save_pretrained(folder)
    edge = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    CLIPImageProcessor(**edge, image_mean=MEAN, image_std=STD).save_pretrained(folder)


def renamed(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    found = {
        "logit_scale": tensors["logit_scale"],
        "text_model.embeddings.token_embedding.weight": tensors["token_embedding.weight"],
        "text_model.embeddings.position_embedding.weight": tensors["positional_embedding"],
        "text_projection.weight": tensors["text_projection"].T,
        "visual_projection.weight": tensors["visual.proj"].T,
        "vision_model.embeddings.class_embedding": tensors["visual.class_embedding"],
        "vision_model.embeddings.patch_embedding.weight": tensors["visual.conv1.weight"],
        "vision_model.embeddings.position_embedding.weight": tensors["visual.positional_embedding"],
    }
    layers = [
        ("ln_final", "text_model.final_layer_norm"),
        ("visual.ln_pre", "vision_model.pre_layrnorm"),
        ("visual.ln_post", "vision_model.post_layernorm"),
    ]
    for ours, theirs in (("transformer", "text_model"), ("visual.transformer", "vision_model")):
        for n in range(2):
            block, layer = f"{ours}.resblocks.{n}", f"{theirs}.encoder.layers.{n}"
            parts = {
                "ln_1": "layer_norm1",
                "ln_2": "layer_norm2",
                "mlp.c_fc": "mlp.fc1",
                "mlp.c_proj": "mlp.fc2",
            }
            parts["attn.out_proj"] = "self_attn.out_proj"
            layers += [(f"{block}.{part}", f"{layer}.{name}") for part, name in parts.items()]
            for kind in ("weight", "bias"):
                thirds = tensors[f"{block}.attn.in_proj_{kind}"].chunk(3)
                for letter, third in zip("qkv", thirds, strict=True):
                    found[f"{layer}.self_attn.{letter}_proj.{kind}"] = third
    for ours, theirs in layers:
        for kind in ("weight", "bias"):
            found[f"{theirs}.{kind}"] = tensors[f"{ours}.{kind}"]
    return found


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a folder as open_clip saves it, and one as transformers does, with the same weights."""
    home = tmp_path_factory.mktemp("clip-space")
    write_open_clip(home / "open")
    write_transformers(home / "transformers", load_file(home / "open" / "open_clip_model.safetensors"))
    return home / "open", home / "transformers"


def spec_of(channels: int = 3, sides: tuple[int, int] = (32, 32)) -> SampleSpec:
    return SampleSpec(
        modality="image", shape=(channels, *sides), class_names=("a", "b"), value_range=(-1.0, 1.0)
    )


def loaded(folder: Path, spec: SampleSpec, **settings: object) -> ClipEmbedder:
    return ClipExtractor(model=f"local-dir:{folder}", **settings).load(spec, "cpu")


def values_of(spec: SampleSpec, n: int = 8) -> np.ndarray:
    """Return smooth images of whole 8-bit values."""
    coarse = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (n, spec.shape[0], 4, 4)))
    fine = torch.nn.functional.interpolate(coarse, spec.shape[1:], mode="bicubic").numpy()
    return (to_uint8(fine).astype(np.float32) / 127.5 - 1).astype(np.float32)


def pictures_of(values: np.ndarray) -> list[Image.Image]:
    return [Image.fromarray(v) for v in to_uint8(values).transpose(0, 2, 3, 1)]


@pytest.mark.parametrize(("sides", "within"), [((32, 32), 1e-5), ((50, 70), 0.02), ((20, 17), 0.02)])
def test_images_are_embedded_as_open_clip_does(
    folders: tuple[Path, Path], sides: tuple[int, int], within: float
) -> None:
    spec = spec_of(sides=sides)
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folders[0]}")
    values = values_of(spec)
    with torch.inference_mode():
        read = torch.stack([preprocess(picture) for picture in pictures_of(values)])
        expected = model.eval().encode_image(read, normalize=True).numpy()
    np.testing.assert_allclose(loaded(folders[0], spec).embed(values), expected, atol=within)


@pytest.mark.parametrize(("sides", "within"), [((32, 32), 1e-5), ((50, 70), 0.02), ((20, 17), 0.02)])
def test_images_are_embedded_as_transformers_does(
    folders: tuple[Path, Path], sides: tuple[int, int], within: float
) -> None:
    spec = spec_of(sides=sides)
    values = values_of(spec)
    model = CLIPModel.from_pretrained(folders[1]).eval()
    processor = CLIPImageProcessor.from_pretrained(folders[1])
    with torch.inference_mode():
        found = model.get_image_features(**processor(pictures_of(values), return_tensors="pt"))
        expected = torch.nn.functional.normalize(found.pooler_output, dim=1).numpy()
    np.testing.assert_allclose(loaded(folders[1], spec).embed(values), expected, atol=within)


def test_texts_are_embedded_as_both_libraries_do(folders: tuple[Path, Path]) -> None:
    model = open_clip.create_model_and_transforms(f"local-dir:{folders[0]}")[0].eval()
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folders[0]}")
    with torch.inference_mode():
        expected = model.encode_text(tokenizer(TEXTS), normalize=True).numpy()
    for folder in folders:
        space = loaded(folder, spec_of(), batch_size=2)
        np.testing.assert_allclose(space.embed_texts(TEXTS), expected, atol=1e-5)
        assert space.embed_texts([]).shape == (0, 16)
        assert space.logit_scale == pytest.approx(float(model.logit_scale.detach().exp()))


def test_the_same_weights_give_the_same_features_in_both_formats(folders: tuple[Path, Path]) -> None:
    for sides in ((32, 32), (9, 40)):
        spec = spec_of(sides=sides)
        one, other = (loaded(folder, spec).embed(values_of(spec)) for folder in folders)
        np.testing.assert_allclose(one, other, atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, atol=1e-5)


def test_the_record_names_library_filter_and_precision(folders: tuple[Path, Path]) -> None:
    record = loaded(folders[1], spec_of(sides=(9, 40)), precision="bfloat16", channels_last=True).record
    assert record["model"] == "transformers transformers"
    assert record["resize"] == "bicubic, antialiased, shorter side, centre cropped"
    assert record["normalization"] == "mean 0.4/0.5/0.6, std 0.2/0.3/0.4"
    assert record["precision"] == "bfloat16"
    assert record["layout"] == "channels last"
    assert len(record["weights_sha256"]) == 64


def test_bfloat16_shifts_features_a_little(folders: tuple[Path, Path]) -> None:
    spec = spec_of()
    exact = loaded(folders[0], spec)
    rounded = loaded(folders[0], spec, precision="bfloat16")
    for one, other in (
        (exact.embed(values_of(spec)), rounded.embed(values_of(spec))),
        (exact.embed_texts(TEXTS), rounded.embed_texts(TEXTS)),
    ):
        cosine = (one * other).sum(axis=1)
        assert (cosine > 0.999).all()
        assert not np.array_equal(one, other)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_gray_and_transparent_images_are_read(folders: tuple[Path, Path], channels: int) -> None:
    spec = spec_of(channels, (9, 12))
    assert np.isfinite(loaded(folders[0], spec).embed(values_of(spec))).all()


def test_weights_from_a_file_are_those_of_the_folder(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "tiny-space.json").write_text(
        json.dumps({"embed_dim": 16, "vision_cfg": VISION, "text_cfg": TEXT})
    )
    open_clip.add_model_config(tmp_path / "tiny-space.json")
    file = folders[0] / "open_clip_model.safetensors"
    extractor = ClipExtractor(model="tiny-space", weights=str(file))
    assert extractor.reads() == (file,)
    one, other = extractor.load(spec_of(), "cpu"), loaded(folders[0], spec_of())
    np.testing.assert_array_equal(one.embed_texts(TEXTS), other.embed_texts(TEXTS))
    # A bare file says nothing of the normalization: open_clip's default is taken, and recorded.
    assert one.record["weights_sha256"] == other.record["weights_sha256"]
    assert one.record["normalization"] != other.record["normalization"]


def test_every_file_of_a_folder_counts(folders: tuple[Path, Path]) -> None:
    names = [path.name for path in ClipExtractor(model=f"local-dir:{folders[1]}").reads()]
    assert {"config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json"} <= set(names)


def test_missing_weights_say_what_to_give(folders: tuple[Path, Path], tmp_path: Path) -> None:
    def load(**settings: object) -> None:
        ClipExtractor(**settings).load(spec_of(), "cpu")

    with pytest.raises(
        MissingWeights, match="'nowhere' is neither a file nor a tag of ViT-B-32; its tags are"
    ):
        load(weights="nowhere")
    with pytest.raises(MissingWeights, match="has neither open_clip_config"):
        load(model=f"local-dir:{tmp_path}")
    with pytest.raises(ConfigError, match="open_clip has no model 'ViT-Z'"):
        load(model="ViT-Z")
    shutil.copy(folders[0] / "open_clip_config.json", tmp_path)
    with pytest.raises(
        MissingWeights, match="no weights for local-dir"
    ):  # never those it was initialised with
        load(model=f"local-dir:{tmp_path}")
    half = shutil.copytree(folders[1], tmp_path / "half")
    tensors = load_file(half / "model.safetensors")
    del tensors["visual_projection.weight"]
    save_file(tensors, half / "model.safetensors", {"format": "pt"})
    with pytest.raises(
        MissingWeights, match=r"lack 1 of the model's tensors, visual_projection\.weight first"
    ):
        load(model=f"local-dir:{half}")
    (half / "model.safetensors").unlink()
    with pytest.raises(MissingWeights, match="cannot be read as a CLIP model of transformers"):
        load(model=f"local-dir:{half}")


def test_the_hub_out_of_reach_is_missing_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingWeights, match="no weights for ViT-B-32 could be loaded"):
        ClipExtractor().load(spec_of(), "cpu")


class Harmful:
    """What an unsafe reader would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("open('harm', 'w')",)


def test_a_pickle_is_never_executed(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": Harmful()}, tmp_path / "harmful.pt")
    with pytest.raises(MissingWeights, match="contains more than tensors"):
        ClipExtractor(model="ViT-B-32", weights="harmful.pt").load(spec_of(), "cpu")
    shutil.copy(folders[1] / "config.json", tmp_path)
    shutil.copy(tmp_path / "harmful.pt", tmp_path / "pytorch_model.bin")
    with pytest.raises(MissingWeights, match="cannot be read as a CLIP"):
        ClipExtractor(model=f"local-dir:{tmp_path}").load(spec_of(), "cpu")
    assert not (tmp_path / "harm").exists()


def test_what_clip_cannot_read_is_refused(folders: tuple[Path, Path]) -> None:
    with pytest.raises(DataError, match="not 7 channels"):
        loaded(folders[0], spec_of(7))
    with pytest.raises(DataError, match="reads image samples, not vector"):
        loaded(folders[0], SampleSpec(modality="vector", shape=(4,), class_names=("a", "b")))


@pytest.mark.parametrize("check", checks_of(ClipExtractor()), ids=lambda check: check.__name__)
@pytest.mark.parametrize("library", [0, 1])
def test_contract(
    folders: tuple[Path, Path], library: int, check: Callable[[ClipExtractor, Material], None]
) -> None:
    check(ClipExtractor(model=f"local-dir:{folders[library]}", batch_size=6), Material())
