"""Fits of arms are shared by content: over validators, ratios, seeds and runs of one output folder."""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug import Pipeline, Registry
from genaug.components.discovery import Entry
from genaug.components.kinds import KINDS
from genaug.components.module_files import ModuleFiles
from genaug.contracts import Model, Predictor
from genaug.data import Samples, SampleSpec
from genaug.execution.results import ResultFiles
from genaug.testing import Material
from genaug.testing.companions import NearestMeanModel
from genaug_plugins.evaluation.arms import cheap_arms
from genaug_plugins.evaluation.fits import fit_arms
from genaug_plugins.tasks.classification import ClassificationTask

FITS: list[tuple[int, int]] = []
"""Size of the training set and seed of each fit."""


class CountingModel(Model):
    """Nearest class mean; counts its fits."""

    name: ClassVar[str] = "counting"
    equal_work: ClassVar[bool] = True

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        FITS.append((len(training), seed))
        flat = training.values.reshape(len(training), -1)
        jitter = np.random.default_rng(seed).normal(0, 0.2, (spec.classes, flat.shape[1]))
        return NearestMean(
            np.stack([flat[training.labels == label].mean(axis=0) for label in range(spec.classes)]) + jitter
        )


class NearestMean(Predictor):
    def __init__(self, means: NDArray[np.float64]) -> None:
        self.means = means

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        flat = samples.values.reshape(len(samples), -1)
        return np.eye(len(self.means))[((flat[:, None] - self.means) ** 2).sum(axis=2).argmin(axis=1)]


@pytest.fixture
def registry() -> Registry:
    installed = Registry.installed()
    known = [entry for kind in KINDS for entry in installed.entries(kind)]
    FITS.clear()
    model = Entry("model", "counting", f"{__name__}:CountingModel", "tests", "1")
    return Registry([*known, model], presets=installed.entries("preset"))


def run(folder: Path, registry: Registry, *validators: dict[str, object]) -> int:
    """Run a pipeline into a folder; return how many fits it took."""
    before = len(FITS)
    Pipeline.model_validate(
        {
            "seed": 1,
            "source": {"use": "sklearn-digits"},
            "split": {"train_per_class": 16, "validation_per_class": 3, "test_per_class": 8},
            "extractor": {"use": "pixels"},
            "generator": {"use": "gaussian"},
            "strategy": {"use": "class-balance", "add": 6},
            "selectors": [{"use": "random", "share": 0.5}],
            "task": {"use": "classification", "model": CountingModel()},
            "validators": list(validators),
            "exporters": [],
            "hooks": [],
        },
        context={"registry": registry},
    ).run(folder)
    return len(FITS) - before


def test_validators_share_the_fits_of_equal_arms(tmp_path: Path, registry: Registry) -> None:
    downstream = {"use": "downstream", "seeds": 3}
    size = {"use": "effective-size", "seeds": 3, "points": 3}
    bound = {"use": "stability-bound", "repetitions": 3}
    alone = [
        run(tmp_path / "downstream", registry, downstream),
        run(tmp_path / "size", registry, size),
        run(tmp_path / "bound", registry, bound),
    ]
    assert alone == [6 * 3, 4 * 3, 4 * 3]
    # `real` and `real + selected` are arms of all three.
    assert run(tmp_path / "all", registry, downstream, size, bound) == sum(alone) - 2 * (2 * 3)


def test_another_ratio_costs_its_own_fits_alone(tmp_path: Path, registry: Registry) -> None:
    run(tmp_path, registry, {"use": "downstream", "seeds": 3})
    assert run(tmp_path, registry, {"use": "downstream", "seeds": 3, "ratios": [0.1]}) == 3
    assert run(tmp_path, registry, {"use": "downstream", "seeds": 4, "ratios": [0.1]}) == 7
    assert run(tmp_path, registry, {"use": "downstream", "seeds": 4, "ratios": [0.1]}) == 0


@pytest.mark.parametrize(
    ("module", "new"),
    [
        ("genaug_plugins.evaluation.fits", True),
        ("genaug_plugins.evaluation.workers", True),
        ("genaug_plugins.evaluation.predictions", True),
        ("genaug.contracts.context", True),  # runs the fits
        ("genaug.training.processes", True),  # limits their threads
        ("genaug.data.seeds", True),
        ("genaug.errors", False),
        ("genaug_plugins.evaluation.scoring", False),
    ],
)
def test_an_edit_of_what_a_fit_rests_on_makes_new_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, new: bool
) -> None:
    material = Material()
    evidence = replace(material.evidence(), task=ClassificationTask(model=NearestMeanModel()))

    def stored() -> int:
        """Fit the cheap arms; return how many fits the folder has."""
        context = replace(material.context(), results=ResultFiles(tmp_path, "cpu"))
        fit_arms(cheap_arms(evidence, context), evidence, context, seeds=2)
        return len(list(tmp_path.iterdir()))

    before = stored()
    assert stored() == before == 6
    read = ModuleFiles.read

    def edited(files: ModuleFiles, name: str) -> dict[str, Any]:
        found = read(files, name)
        return found | {"hash": found["hash"] + "+"} if name == module else found

    monkeypatch.setattr(ModuleFiles, "read", edited)
    assert stored() == (2 if new else 1) * before
