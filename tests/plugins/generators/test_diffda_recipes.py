"""The configs of the seven methods are valid, and their strategies ask what their pipelines can do."""

from pathlib import Path

import numpy as np
import pytest

from genaug import Pipeline
from genaug.stages.requests import RequestCheck
from genaug.testing import Material
from genaug_plugins.pipelines.tiny import write_tiny

RECIPES = sorted((Path(__file__).parents[3] / "docs" / "recipes" / "diffda").glob("*.yaml"))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    for family in ("stable-diffusion", "instruct-pix2pix"):
        write_tiny(folder / "models" / family, family)
    (folder / "photos").mkdir()
    return folder


def test_there_are_seven() -> None:
    assert len(RECIPES) == 7


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_the_pipeline_serves_the_strategy(
    recipe: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(models)
    pipeline, material = Pipeline.from_file(recipe), Material((3, 8, 8))
    generator = pipeline.generator.model_copy(update={"steps": 2, "guidance": 2.0, "fine_tune": None})
    generator.check_usable(material.spec)
    train, context = material.train(), material.context()
    sampler = generator.fit(train, context)
    requests = list(pipeline.strategy.requests(train, sampler, np.random.default_rng(0), context))
    check = RequestCheck(sampler, train)
    checked = [check(request) for request in requests]
    one = checked[0].part(0, 1)
    if one.sources:
        rows = np.flatnonzero(np.isin(train.samples.ids, one.sources))
        one = type(one)(**{**vars(one), "source_samples": train.samples.take(rows)})
    if "strength" in one.options:
        one = type(one)(**{**vars(one), "options": {**one.options, "steps": 20}})
    assert sampler.draw(one, np.random.default_rng(0)).values.shape == (1, 3, 16, 16)
