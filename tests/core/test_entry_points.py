"""The built-ins: what is promised is installed, under the names that configs use."""

import tomllib
from pathlib import Path

import pytest

import genaug
from genaug.components.discovery import PRESETS, RENAMED, discover, group
from genaug.components.kinds import KINDS

OURS = [entry for entry in discover().entries if entry.distribution == "genaug"]
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

BUILT_IN = {
    "source": {
        "arrays",
        "docstrings",
        "elpv",
        "fashion-mnist",
        "features",
        "gaussian-mixture",
        "image-folder",
        "huggingface-dataset",
        "image-list",
        "object-crops",
        "in-memory",
        "sklearn-digits",
        "sklearn-table",
        "table-file",
        "text-file",
        "text-folder",
        "signal-file",
        "wav-folder",
        "webdataset",
    },
    "architecture": {"conv1d", "dcgan", "fastgan", "mlp", "resnet", "stylegan2"},
    "generator": {
        "calibrated",
        "diffusion",
        "dtw-barycenter",
        "foreign-gan",
        "forest-flow",
        "style-transfer",
        "gan",
        "gaussian",
        "gaussian-copula",
        "interpolation",
        "jitter",
        "kde",
        "markov",
        "pretrained",
        "language-model",
        "ready-made",
        "remix",
        "smote",
        "vae",
    },
    "regularizer": {
        "ada",
        "consistency",
        "diffaugment",
        "diffusion-noise",
        "diggan",
        "gradient-penalty",
        "invertible",
        "lecam",
        "ms3d",
        "r1",
        "r2",
        "scaling",
        "variance",
    },
    "strategy": {
        "all-available",
        "class-balance",
        "hard-classes",
        "inter-class",
        "image-to-image",
        "inpaint",
        "latent-interpolation",
        "latent-neighbourhood",
        "prompts",
        "quota-until",
        "truncation",
    },
    "extractor": {
        "bag-of-words",
        "clip",
        "columns",
        "concept",
        "efficientnet-lite0",
        "inception",
        "minirocket",
        "pixels",
        "standardized",
        "task",
        "timm",
    },
    "selector": {
        "clip",
        "cluster",
        "confidence",
        "coreset",
        "density",
        "discriminator",
        "entropy",
        "near-copy",
        "random",
        "realism",
        "share",
        "tags",
        "threshold",
        "top-k",
    },
    "model": {"auto", "gradient-boosting", "logistic-regression", "ridge", "small-cnn", "timm"},
    "task": {"classification"},
    "validator": {
        "decomposition",
        "downstream",
        "effective-size",
        "fidelity",
        "leakage",
        "memorization",
        "stability-bound",
    },
    "exporter": {
        "croissant",
        "html-report",
        "hugging-face",
        "image-folder",
        "table-file",
        "signal-file",
        "text-file",
        "text-folder",
        "webdataset",
    },
    "hook": {"event-log", "mlflow", "monitor", "progress", "sample-grid", "tensorboard"},
}
"""Names that people's configs hold: one that goes breaks them."""


@pytest.mark.parametrize("kind", KINDS)
def test_the_built_ins_have_these_names(kind: str) -> None:
    assert {entry.name for entry in OURS if entry.kind == kind} == BUILT_IN[kind]


def test_what_pyproject_says_is_what_is_installed() -> None:
    written = {
        (kind, name): target.partition(" ")[0]
        for kind in KINDS
        for name, target in PROJECT["entry-points"].get(group(kind), {}).items()
    }
    written |= {("preset", name): target for name, target in PROJECT["entry-points"][PRESETS].items()}
    presets = [entry for entry in discover().presets if entry.distribution == "genaug"]
    there = {(entry.kind, entry.name): entry.target for entry in (*OURS, *presets)}
    assert there == written, "entry points are written at install time: pip install -e . again"


def test_pyproject_names_no_group_that_is_no_kind() -> None:
    assert set(PROJECT["entry-points"]) <= {PRESETS, RENAMED, *map(group, KINDS)}


def test_extras_that_entry_points_ask_for_exist() -> None:
    assert {extra for entry in OURS for extra in entry.extras} <= set(PROJECT["optional-dependencies"])


def test_the_versions_agree() -> None:
    assert genaug.__version__ == PROJECT["version"]


@pytest.mark.parametrize("name", genaug.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(genaug, name) is not None
    assert name in dir(genaug)


def test_an_unknown_public_name_says_what_there_is() -> None:
    with pytest.raises(AttributeError, match=r"genaug has no 'Piepline'; it has .*Pipeline"):
        _ = genaug.Piepline
