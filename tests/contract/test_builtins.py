"""Every built-in keeps every promise of its kind, checked as a third party's plugin would be."""

import atexit
import gzip
import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from genaug import Registry
from genaug.components.component import Component
from genaug.components.kinds import KINDS
from genaug.errors import DataError
from genaug.testing import Material, failures, parametrize_with_checks
from genaug_plugins import InMemorySource
from genaug_plugins.pipelines.tiny import write_tiny

FILES = Path(tempfile.mkdtemp(prefix="genaug-builtins-"))
atexit.register(shutil.rmtree, FILES, ignore_errors=True)

HELD = InMemorySource.of(np.arange(48.0).reshape(12, 4), np.repeat(["a", "b", "c"], 4))
"""Holds the arrays that the settings below name."""

TINY_CLIP = {"model": f"local-dir:{FILES / 'clip'}", "batch_size": 8}
TINY_CNN = {"use": "small-cnn", "steps": 4, "width": 4}
TINY_TASK = {"use": "classification", "model": {"use": "auto", "network": TINY_CNN}}
TINY_GAN = {
    "architecture": {"use": "dcgan", "width": 4, "latent_dim": 4},
    "steps": 6,
    "batch_size": 8,
    "log_every": 2,
    "checkpoint_every": 2,
}
TINY_VAE = {"width": 4, "steps": 6, "batch_size": 8, "log_every": 2, "checkpoint_every": 2}

TINY_DIFFUSION = {
    "width": 8,
    "resolutions": 2,
    "steps": 6,
    "batch_size": 8,
    "sampling_steps": 3,
    "log_every": 2,
    "checkpoint_every": 2,
}

SETTINGS: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("source", "arrays"): [{"path": FILES / "samples.npz"}],
    ("source", "image-folder"): [{"path": FILES / "images", "size": 8}],
    ("source", "image-list"): [{"path": FILES / "images.csv", "size": 8, "group": "scene"}],
    ("source", "webdataset"): [{"path": FILES / "shards", "size": 8}],
    ("source", "huggingface-dataset"): [{"path": str(FILES / "images.parquet"), "size": 8}],
    ("source", "object-crops"): [{"path": FILES / "boxes", "size": 8, "least_side": 2}],
    ("source", "in-memory"): [{"digest": HELD.digest}],
    ("source", "fashion-mnist"): [{"path": FILES / "fashion"}],
    ("source", "elpv"): [{"path": FILES / "elpv", "size": 8}],
    ("source", "gaussian-mixture"): [{"per_class": 20}],
    ("source", "table-file"): [{"path": FILES / "table.csv", "label": "class"}],
    ("source", "text-file"): [{"path": FILES / "texts.csv"}],
    ("source", "text-folder"): [{"path": FILES / "texts"}],
    ("source", "signal-file"): [{"path": FILES / "signals.csv"}],
    ("source", "wav-folder"): [{"path": FILES / "sounds"}],
    ("source", "docstrings"): [{"packages": ("json", "email"), "per_class": 4}],
    ("source", "features"): [{"source": {"use": "sklearn-digits"}, "extractor": {"use": "pixels"}}],
    ("architecture", "dcgan"): [{"width": 4, "latent_dim": 4}],
    ("architecture", "resnet"): [{"width": 4, "latent_dim": 4}],
    ("architecture", "stylegan2"): [{"width": 4}],
    ("architecture", "fastgan"): [{"width": 4}],
    ("generator", "gan"): [
        TINY_GAN,
        TINY_GAN
        | {"regularizers": [{"use": "scaling"}, {"use": "variance"}, {"use": "ms3d"}, {"use": "r1"}]},
    ],
    ("generator", "diffusion"): [
        TINY_DIFFUSION | {"formulation": formulation} for formulation in ("flow", "edm", "ddpm")
    ],
    ("generator", "ready-made"): [
        {
            "source": {"use": "arrays", "path": FILES / "samples.npz"},
            "classes": {"0": "disc", "1": "cross", "2": "frame"},
        }
    ],
    ("generator", "vae"): [TINY_VAE, TINY_VAE | {"variance": "learned", "free_bits": 0.1, "accumulate": 2}],
    ("generator", "calibrated"): [{"rich": 6}],
    ("generator", "forest-flow"): [{"times": 3, "repeats": 2, "trees": 2}],
    ("generator", "pretrained"): [{"pipeline": str(FILES / "pipeline"), "steps": 2}],
    ("generator", "language-model"): [
        {
            "width": 16,
            "layers": 1,
            "heads": 2,
            "vocabulary": 256,
            "attempts": 2,
            "steps": 6,
            "batch_size": 8,
            "log_every": 2,
            "checkpoint_every": 2,
        }
    ],
    ("generator", "remix"): [{"way": "blend"}],
    ("regularizer", "scaling"): [
        {"law": law, "adapt_kimg": 0.1, "adapt_every": 2}
        for law in ("diffusion", "uniform", "constant", "log-uniform")
    ],
    ("regularizer", "variance"): [{"reading": "noise"}, {"reading": "batch"}],
    ("regularizer", "ms3d"): [{}, {"kernel": "gaussian", "field": "magnitude", "normalize": True}],
    ("regularizer", "lecam"): [{"warmup": 3}],
    ("regularizer", "ada"): [{"adapt_kimg": 0.05, "adapt_every": 2}, {"p": 0.7}],
    ("regularizer", "consistency"): [{"mode": mode} for mode in ("cr", "bcr", "zcr", "icr")],
    ("strategy", "inter-class"): [
        {"add": 4},
        {"per_class": 9, "pairs": "nearest", "gamma": 0.5},
        {"add": 3, "pairs": "confused"},
    ],
    ("strategy", "hard-classes"): [{"total": 12}, {"total": 9, "around": 0.5}],
    ("strategy", "quota-until"): [
        {"add": 4},
        {"per_class": 9, "by": {"use": "inter-class", "add": 2}},
    ],
    ("strategy", "class-balance"): [{"per_class": 9}, {"add": 2}],
    ("strategy", "prompts"): [{"add": 3, "enhance": True}],
    ("strategy", "image-to-image"): [{"times": 4}, {"add": 5, "between": (0.2, 0.8)}],
    ("strategy", "inpaint"): [{"per_class": 9}, {"times": 1, "strength": 0.5}],
    ("strategy", "latent-interpolation"): [{"add": 2}, {"add": 2, "path": "linear", "beta": 0.5}],
    ("strategy", "latent-neighbourhood"): [{"per_class": 9}],
    ("strategy", "truncation"): [{"add": 2}, {"add": 2, "psi": 0.7}],
    ("extractor", "timm"): [
        {"model": "test_resnet.r160_in1k", "weights": FILES / "timm.safetensors", "size": 32}
    ],
    ("extractor", "clip"): [TINY_CLIP],
    ("extractor", "concept"): [{"size": 32, "batch_size": 2}],
    ("extractor", "minirocket"): [{"features": 168}],
    ("extractor", "task"): [{"task": TINY_TASK}],
    ("selector", "clip"): [
        {"extractor": TINY_CLIP | {"use": "clip"}} | quota
        for quota in ({}, {"max_per_class": 2, "min_per_class": 1, "quota_by": "sampling"})
    ],
    ("selector", "cluster"): [
        {"clusters": 2, "per_cluster": 2, "centres": centres} for centres in ("candidates", "training")
    ],
    ("selector", "confidence"): [{"judge": TINY_TASK, "folds": 2}, {"judge": TINY_TASK, "share": 0.5}],
    ("selector", "discriminator"): [
        {"score": "first.score"},
        {"score": "first.score", "by": "rank", "share": 0.4},
    ],
    ("selector", "entropy"): [{"judge": TINY_TASK, "folds": 2}],
    ("selector", "random"): [{"share": 0.5}, {"max_per_class": 3}],
    ("selector", "share"): [{"score": "first.score"}],
    ("selector", "tags"): [{"path": FILES / "tags.json", "missing": "ignore", "untagged": "keep"}],
    ("selector", "threshold"): [{"score": "first.score", "at_least": 0}],
    ("selector", "coreset"): [{"max_per_class": 3}, {"max_per_class": 3, "covered_by": "nothing"}],
    ("selector", "density"): [{"k": 2}, {"share": 0.5, "within": "all"}],
    ("selector", "near-copy"): [{}, {"duplicates": "exact"}],
    ("selector", "realism"): [{}, {"share": 0.5}, {"within": "class"}],
    ("selector", "top-k"): [{"judge": TINY_TASK, "folds": 2}],
    ("model", "auto"): [{"network": TINY_CNN}],
    ("model", "small-cnn"): [{"steps": 4, "width": 4}],
    ("model", "timm"): [{"steps": 2, "batch_size": 4, "network": "test_resnet", "weights": "none"}],
    ("model", "gradient-boosting"): [{"iterations": 5}],
    ("task", "classification"): [{"model": {"use": "auto", "network": TINY_CNN | {"steps": 40}}}],
    ("exporter", "table-file"): [{}, {"format": "parquet"}],
    ("validator", "downstream"): [{"seeds": 3}],
    ("validator", "fidelity"): [{"k": 2, "per_class_at_least": 3}],
}
"""Settings at which a check is quick, or which name a file; for the others the defaults do."""

CHECKED_ELSEWHERE = {("extractor", "inception"), ("generator", "foreign-gan")}
"""Its weights are 90 MB: its own tests write them, and run the same checks."""
ANY_SAMPLES = ("generator", "regularizer", "strategy", "selector", "model", "task", "validator")
"""Kinds that are handed samples, whatever their modality."""
IMAGES_ONLY = {
    ("generator", "ready-made"),  # as it is set above
    ("generator", "gan"),
    ("generator", "style-transfer"),
    ("generator", "pretrained"),
    ("selector", "clip"),
    ("model", "timm"),
    ("regularizer", "ada"),
    ("regularizer", "consistency"),
    ("regularizer", "diffaugment"),
    ("regularizer", "invertible"),
}
TABLES_ONLY = {("generator", "gaussian-copula")}
TEXTS_ONLY = {("generator", "markov")}
TEXTS_AND_TABLES_ONLY = {("generator", "language-model")}
NUMBERS_ONLY = {
    ("generator", name)
    for name in ("gaussian", "calibrated", "diffusion", "kde", "interpolation", "jitter", "remix")
}
"""They read images, signals and vectors, and neither tables nor texts."""
NO_REGULARIZER = ("generator", "strategy", "selector", "model", "task", "validator")
"""Kinds that are handed rows and texts: what a GAN is made of is not."""
WITH_AXES_ONLY = {("regularizer", "ms3d"), ("model", "small-cnn")}

SIGNALS_ONLY = {("generator", "dtw-barycenter")}
"""They read signals."""
NO_AXES_ONLY = {("generator", "forest-flow")}
"""They read vectors and tables."""

NOT_ON_VECTORS = (
    SIGNALS_ONLY | IMAGES_ONLY | TABLES_ONLY | TEXTS_ONLY | TEXTS_AND_TABLES_ONLY | WITH_AXES_ONLY
)
NOT_ON_SIGNALS = (NOT_ON_VECTORS - WITH_AXES_ONLY - SIGNALS_ONLY) | NO_AXES_ONLY
NOT_ON_TABLES = SIGNALS_ONLY | IMAGES_ONLY | WITH_AXES_ONLY | TEXTS_ONLY | NUMBERS_ONLY
NOT_ON_TEXTS = (
    SIGNALS_ONLY
    | IMAGES_ONLY
    | WITH_AXES_ONLY
    | NO_AXES_ONLY
    | TABLES_ONLY
    | NUMBERS_ONLY
    | {("generator", "smote"), ("generator", "vae"), ("strategy", "inpaint")}
)


def write_files() -> None:
    """Write what the built-ins that read files are given."""
    samples = Material((3, 8, 8)).dataset().samples
    pixels = np.rint((samples.values + 1) * 127.5).astype(np.uint8).transpose(0, 2, 3, 1)
    np.savez(FILES / "samples.npz", values=pixels, labels=samples.labels)
    for row, (image, label) in enumerate(zip(pixels, samples.labels, strict=True)):
        (FILES / "images" / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(FILES / "images" / str(label) / f"{row}.png")
    listed = [f"images/{label}/{row}.png,{label},{row // 2}" for row, label in enumerate(samples.labels)]
    first = Material().pool().ids[0]
    (FILES / "tags.json").write_text(json.dumps({"tags": {str(first): "drop"}}))
    (FILES / "images.csv").write_text("\n".join(["path,label,scene", *listed]) + "\n")
    write_containers(FILES, listed)
    write_idx(FILES / "fashion", np.random.default_rng(0).integers(0, 256, (20, 28, 28)), np.arange(20) % 10)
    write_cells(FILES / "elpv", pixels[:12])
    (FILES / "table.csv").write_text("age,colour,class\n1,red,a\n,blue,b\n3,,a\n4,red,\n5,red,b\n")
    (FILES / "texts.csv").write_text("text,label\none,a\ntwo,b\nthree,a\nfour,b\n")
    (FILES / "signals.csv").write_text("t0,t1,t2,label\n1,2,3,a\n4,5,6,b\n7,8,9,a\n3,2,1,b\n")
    for number, label in enumerate("abab"):
        (FILES / "texts" / label).mkdir(parents=True, exist_ok=True)
        (FILES / "texts" / label / f"{number}.txt").write_text(f"text {number}")
        (FILES / "sounds" / label).mkdir(parents=True, exist_ok=True)
        soundfile.write(FILES / "sounds" / label / f"{number}.wav", np.sin(np.arange(40) * number), 800)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        save_file(timm.create_model("test_resnet.r160_in1k").state_dict(), FILES / "timm.safetensors")
        write_clip(FILES / "clip")
    write_tiny(FILES / "pipeline")


def write_containers(folder: Path, listed: list[str]) -> None:
    """Write the listed images as a tar shard and a parquet file, and boxes in the first six of them."""
    (folder / "shards").mkdir()
    (folder / "boxes" / "images").mkdir(parents=True)
    (folder / "boxes" / "labels").mkdir()
    rows = []
    with tarfile.open(folder / "shards" / "all.tar", "w") as archive:
        for number, line in enumerate(listed):
            path, label, _ = line.split(",")
            rows.append({"image": (folder / path).read_bytes(), "label": label})
            for suffix, content in (("png", rows[-1]["image"]), ("cls", label.encode())):
                member = tarfile.TarInfo(f"{number}.{suffix}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            if number < 6:
                shutil.copy(folder / path, folder / "boxes" / "images" / f"{number}.png")
                (folder / "boxes" / "labels" / f"{number}.txt").write_text(f"{number % 2} .5 .5 .8 .8\n")
    pq.write_table(pa.Table.from_pylist(rows), folder / "images.parquet")


def write_idx(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    folder.mkdir()
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
        with gzip.open(folder / f"train-{kind}-ubyte.gz", "wb") as file:
            file.write(header + array.astype(np.uint8).tobytes())


def write_cells(folder: Path, pixels: np.ndarray) -> None:
    folder.mkdir()
    for row, image in enumerate(pixels):
        Image.fromarray(image).convert("L").save(folder / f"{row}.png")
    lines = [f"{row}.png {(row % 4) / 3} {('mono', 'poly')[row % 2]}" for row in range(len(pixels))]
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")


def write_clip(folder: Path) -> None:
    """Write an untrained CLIP of the smallest size."""
    folder.mkdir()
    tower = {"width": 16, "layers": 1}
    vision = {**tower, "image_size": 32, "patch_size": 16, "head_width": 16}
    text = {**tower, "context_length": 77, "vocab_size": 49408, "heads": 1}
    config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
    size = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "shortest"}
    known = {"model_cfg": config, "preprocess_cfg": size}
    (folder / "open_clip_config.json").write_text(json.dumps(known), encoding="utf-8")
    model = open_clip.CLIP(16, open_clip.CLIPVisionCfg(**vision), open_clip.CLIPTextCfg(**text))
    weights = {name: part.contiguous() for name, part in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")


def builtins(*kinds: str) -> Iterator[Component]:
    registry = Registry.installed()
    for kind in kinds or KINDS:
        for entry in registry.entries(kind):
            if entry.distribution == "genaug" and (kind, entry.name) not in CHECKED_ELSEWHERE:
                for settings in SETTINGS.get((kind, entry.name), [{}]):
                    component = registry.get(kind, entry.full_name)
                    yield component.model_validate(settings, context={"registry": registry})


def readers_of(refusing: set[tuple[str, str]], kinds: tuple[str, ...] = ANY_SAMPLES) -> list[Component]:
    """Return the built-ins that are handed samples, without those that refuse a modality."""
    return [part for part in builtins(*kinds) if not refuses(part, refusing)]


def exporters(modality: str) -> list[Component]:
    """Return the exporters that write samples of a modality."""
    without = {
        "table": {"croissant", "image-folder", "signal-file", "text-file", "text-folder"},
        "text": {"image-folder", "signal-file", "table-file"},
    }
    return [part for part in builtins("exporter") if part.name not in without[modality]]


def refuses(part: Component, refusing: set[tuple[str, str]]) -> bool:
    """Say whether a component is among those named; zCR disturbs latents, so it reads any samples."""
    return (part.kind, part.name) in refusing and getattr(part, "mode", None) != "zcr"


write_files()


@parametrize_with_checks(list(builtins()))
def test_builtins_meet_their_contracts(component: Component, check: Any) -> None:
    check(component)


@parametrize_with_checks(readers_of(NOT_ON_VECTORS), material=Material((6,)), of_the_kind_alone=True)
def test_builtins_meet_their_contracts_on_vectors(component: Component, check: Any) -> None:
    check(component)


@parametrize_with_checks(readers_of(NOT_ON_SIGNALS), material=Material((2, 32)), of_the_kind_alone=True)
def test_builtins_meet_their_contracts_on_signals(component: Component, check: Any) -> None:
    check(component)


@parametrize_with_checks(
    readers_of(NOT_ON_TABLES, NO_REGULARIZER) + exporters("table"),
    material=Material.of_table(),
    of_the_kind_alone=True,
)
def test_builtins_meet_their_contracts_on_tables(component: Component, check: Any) -> None:
    check(component)


@parametrize_with_checks(
    readers_of(NOT_ON_TEXTS, NO_REGULARIZER) + exporters("text"),
    material=Material.of_text(),
    of_the_kind_alone=True,
)
def test_builtins_meet_their_contracts_on_texts(component: Component, check: Any) -> None:
    check(component)


def refusing(kinds_and_names: set[tuple[str, str]], shape: tuple[int, ...]) -> list[Any]:
    return [
        pytest.param(part, Material(shape), id=f"{part.name}-{len(shape)}-axes")
        for part in builtins(*ANY_SAMPLES)
        if refuses(part, kinds_and_names)
    ]


@pytest.mark.parametrize(
    ("component", "material"),
    [*refusing(NOT_ON_VECTORS, (6,)), *refusing(NOT_ON_SIGNALS, (2, 32))],
)
def test_what_a_builtin_cannot_read_it_refuses(component: Component, material: Material) -> None:
    found = failures(component, material)
    assert found
    for check, error in found.items():
        cause = error.__cause__ if isinstance(error, AssertionError) else error
        assert isinstance(cause, DataError), f"{check}: {error!r}"
