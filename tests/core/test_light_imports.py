"""What must be there at once imports nothing heavy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from genaug.components.discovery import discover

HEAVY = {
    "torch",
    "torchvision",
    "timm",
    "diffusers",
    "faiss",
    "transformers",
    "sklearn",
    "scipy",
    "open_clip",
}
SLOW_FOR_HELP = {"numpy", "pandas", "pyarrow", "PIL", "rich", "ruamel"}

NOT_BEFORE_A_RUN = {"genaug.execution", "genaug.stages", "genaug.features", "genaug.training.processes"}

AFTER = "import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"


def imported_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after running the code."""
    return {name.partition(".")[0] for name in all_imported_by(code)}


def all_imported_by(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has after running the code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{AFTER}"], capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def command(*arguments: str) -> str:
    return (
        f"import sys\nfrom genaug.cli import main\nsys.argv = ['genaug', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )


@pytest.mark.parametrize(
    "code", ["import genaug", "import genaug; dir(genaug)", command("--version"), command("--help")]
)
def test_the_package_and_its_help_import_next_to_nothing(code: str) -> None:
    assert imported_by(code) & (HEAVY | SLOW_FOR_HELP | {"pydantic"}) == set()


@pytest.mark.parametrize("name", ["run", "check", "init", "compare-selectors", "bench", "schema", "plugins"])
def test_the_help_of_a_command_imports_little(name: str) -> None:
    assert imported_by(command(name, "--help")) & (HEAVY | SLOW_FOR_HELP) == set()


@pytest.mark.parametrize(
    "code",
    [
        "import genaug; genaug.Selector, genaug.Registry, genaug.Use, genaug.hookimpl",
        "import genaug.pipeline",
        "import genaug.config",
        command("plugins", "list"),
        command("plugins", "list", "--json", "--kind", "generator"),
    ],
)
def test_contracts_and_listing_import_no_framework(code: str) -> None:
    loaded = imported_by(code)
    assert loaded & HEAVY == set()
    assert "genaug_plugins" not in loaded


DIGITS = Path(__file__).parents[2] / "docs" / "recipes" / "digits.yaml"
RECIPES = sorted((Path(__file__).parents[2] / "docs" / "recipes").glob("*.yaml"))


def test_importing_every_built_in_component_imports_nothing_heavy() -> None:
    targets = {one.target.partition(":")[0] for one in discover().entries if one.distribution == "genaug"}
    assert len(targets) > 60
    assert imported_by("\n".join(f"import {module}" for module in sorted(targets))) & HEAVY == set()


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_reading_a_recipe_imports_nothing_heavy(recipe: Path) -> None:
    code = f"from genaug import Pipeline\nPipeline.from_file({str(recipe)!r})"
    assert imported_by(code) & (HEAVY | {"pyarrow", "plotly", "jinja2", "rich"}) == set()


@pytest.mark.parametrize("wrong", ["seed=none", "selektors=[]", "generator.steps=-3"])
def test_an_error_in_a_config_imports_nothing_of_a_run(wrong: str) -> None:
    arguments = ("check", str(DIGITS), "--set", wrong)
    code = command(*arguments).replace("assert not end.code", "assert end.code == 2")
    loaded = all_imported_by(code)
    assert {name.partition(".")[0] for name in loaded} & (HEAVY | {"rich", "jinja2"}) == set()
    assert loaded & NOT_BEFORE_A_RUN == set()


READ = "import linecache; assert {} [one for one in linecache.cache if 'genaug' in one], linecache.cache"


def test_reading_a_config_reads_no_source_code() -> None:
    """The docstrings below fields are read from the source, which takes as long as all the rest."""
    code = f"from genaug import Pipeline\nPipeline.from_file({str(DIGITS)!r})"
    imported_by(f"{code}\n{READ.format('not')}")
    imported_by(f"{code}\nPipeline.model_json_schema()\n{READ.format('')}")


def test_checking_the_digits_imports_no_framework() -> None:
    assert imported_by(command("check", str(DIGITS))) & (HEAVY - {"faiss"}) == set()


def test_the_check_itself_can_fail() -> None:
    assert "sklearn" in imported_by("import sklearn")
