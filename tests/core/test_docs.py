"""What the documents say is true."""

import re
import runpy
import tomllib
from pathlib import Path

import numpy as np
import pytest

from genaug import Pipeline, Registry, config
from genaug.components.kinds import KINDS
from genaug.config import yaml_text

ROOT = Path(__file__).parents[2]


def test_the_reference_page_is_what_the_components_say() -> None:
    build = runpy.run_path(str(ROOT / "docs" / "build_reference.py"))
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert page == build["rendered"](), "run: make docs"


RECIPES = sorted((ROOT / "docs" / "recipes").glob("*.yaml"))
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_every_recipe_is_a_valid_config(recipe: Path) -> None:
    assert Pipeline.from_file(recipe)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"


def test_the_readme_names_every_builtin() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    registry = Registry.installed()
    for kind in KINDS:
        for entry in registry.entries(kind):
            if entry.distribution == "genaug":
                assert f"`{entry.name}`" in text, f"the README does not name the {kind} {entry.name}"


def test_the_readme_config_is_valid(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 1
    path = tmp_path / "readme.yaml"
    path.write_text(blocks[0], encoding="utf-8")
    assert Pipeline.from_file(path).generator.name == "gan"


def test_what_the_page_on_selection_shows_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "selection.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, "selection.md", "exec"), {})
    printed = [float(number) for number in capsys.readouterr().out.split()]
    assert len(printed) == 7
    assert all(0 <= number <= 1.1 for number in printed[2:])
    chains = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    recipe = config.read(ROOT / "docs" / "recipes" / "digits.yaml").data
    shown = [Pipeline.model_validate(recipe | yaml_text.parse(one, "chain")[0]).selectors for one in chains]
    assert list(map(len, shown)) == [4, 1]


def test_what_the_page_on_validation_shows_works(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, "validation.md", "exec"), {})
    assert capsys.readouterr().out.startswith(
        "helps: accuracy 0.871 (real + selected) is above every cheap baseline: "
        "+0.076 (+0.046 to +0.107) over real"
    )


def test_the_version_is_one() -> None:
    import genaug

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert genaug.__version__ == project["version"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_python_of_the_readme_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    given = {
        "values": rng.normal(size=(60, 4)),
        "labels": np.array(["lynx", "wolf", "yak"])[np.arange(60) % 3],
    }
    smaller = (
        code.replace('"per_class": 200', '"per_class": 40')
        .replace(
            "selectors=",
            'task={"use": "classification", "model": {"use": "logistic-regression"}}, '
            'extractor={"use": "standardized"}, device="cpu", threads=1, hooks=(), selectors=',
        )
        .replace('"seeds": 5', '"seeds": 3')
        .replace('("lynx", 500)', '("lynx", 5)')
    )
    exec(smaller, given)
    assert (tmp_path / "shards" / "synthetic-000000.tar").is_file()
