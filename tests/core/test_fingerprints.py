"""What makes an artifact stale: all code that it depends on, and nothing else."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from genaug.components import file_memory, module_files
from genaug.components.identity import identity
from genaug.components.source_code import Closure, SourceCode
from genaug.pipeline import Pipeline

Write = Callable[[str, str], None]

FILES = {
    "acme/__init__.py": "from acme.lazy import unused\n\n__all__ = ['unused']\n",
    "acme/lazy.py": "unused = 1\n",
    "acme/part.py": (
        '"""A component."""\n'
        "from typing import TYPE_CHECKING\n"
        "import json, numpy as np\n"
        "from acme import tools\n"
        "from .deep.inner import value\n"
        "if TYPE_CHECKING:\n    from acme.hints import Hint\n"
        "def work():\n    from acme.late import later\n    return later\n"
    ),
    "acme/tools.py": "import acme_helper\n",
    "acme/deep/__init__.py": "",
    "acme/deep/inner.py": "value = {'a', 'b'}\n",
    "acme/deep/table.txt": "1 2 3",
    "acme/deep/page/page.html": "<p>",
    "acme/hints.py": "Hint = int\n",
    "acme/late.py": "later = 1\n",
    "acme/unrelated.py": "x = 1\n",
    "acme_helper.py": "help = 1\n",
}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    def writing(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    for name, text in FILES.items():
        writing(name, text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield writing
    for name in [name for name in sys.modules if name.partition(".")[0] in ("acme", "acme_helper")]:
        del sys.modules[name]
    importlib.invalidate_caches()


def closure(module: str = "acme.part") -> Closure:
    return SourceCode(["genaug"]).closure(module)


def test_imports_are_followed_wherever_they_are(write: Write) -> None:
    found = closure()
    assert set(found.hashes) == {
        *("acme.part", "acme.tools", "acme.deep", "acme.deep.inner", "acme.late", "acme_helper"),
        *("acme.deep/table.txt", "acme.deep/page/page.html"),
    } - {"acme.deep"}
    assert found.others == {"numpy"}
    assert "acme" not in sys.modules


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("acme/tools.py", "import acme_helper\nx = 1\n"),
        ("acme/deep/inner.py", "value = {'a', 'c'}\n"),
        ("acme/late.py", "later = 2\n"),
        ("acme_helper.py", "help = 2\n"),
        ("acme/deep/table.txt", "1 2 4"),
        ("acme/deep/page/page.html", "<b>"),
        ("acme/__init__.py", "import acme.lazy\nacme.lazy.unused = 2\n"),
    ],
)
def test_an_edit_of_what_it_imports_is_seen(write: Write, name: str, text: str) -> None:
    before = closure().digest
    write(name, text)
    assert closure().digest != before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("acme/unrelated.py", "x = 2\n"),
        ("acme/hints.py", "Hint = str\n"),
        ("acme/lazy.py", "unused = 2\n"),
        ("acme/__init__.py", "from acme.lazy import unused\nfrom acme.unrelated import x\n"),
        ("acme/late.py", '"""It says more."""\n\n# why\nlater = (1)\n"""And more."""\n'),
        (
            "acme/part.py",
            FILES["acme/part.py"].replace("Hint\n", "Hint as H\n").replace("A comp", "The comp"),
        ),
    ],
)
def test_prose_and_what_it_does_not_import_do_not_count(write: Write, name: str, text: str) -> None:
    before = closure().digest
    write(name, text)
    assert closure().digest == before


def test_a_name_that_a_package_passes_on_leads_to_its_module(write: Write) -> None:
    write("acme/part.py", "from acme import unused\n")
    assert set(closure().hashes) == {"acme.part", "acme.lazy"}


def test_a_module_that_is_imported_by_its_literal_name_is_followed(write: Write) -> None:
    write("acme/part.py", "import importlib\nimportlib.import_module('acme.late')\n")
    assert set(closure().hashes) == {"acme.part", "acme.late"}


def test_a_file_that_cannot_be_parsed_is_hashed_as_text(write: Write) -> None:
    write("acme/late.py", "def (")
    before = closure().digest
    write("acme/late.py", "def ((")
    assert closure().digest != before


CONFIG: dict[str, Any] = {
    "source": {"use": "sklearn-digits"},
    "generator": {
        "use": "gan",
        "hold_out": 0.2,
        "architecture": {"use": "dcgan"},
        "regularizers": [{"use": "r1"}],
    },
    "strategy": {"use": "class-balance", "add": 4},
    "selectors": [{"use": "realism"}, {"use": "random", "share": 0.5}],
    "extractor": {"use": "pixels"},
    "validators": [{"use": "fidelity"}, {"use": "downstream"}],
    "exporters": [{"use": "html-report"}],
    "hooks": [],
    "threads": 1,
    "device": "cpu",
}


def fingerprints(**changes: Any) -> dict[str, str]:
    return Pipeline.model_validate(CONFIG | changes).job().fingerprints


def first_redone(before: dict[str, str], after: dict[str, str]) -> str | None:
    """Return the first stage with another fingerprint; all that follow from it have one, too."""
    return next((name for name in before if before[name] != after[name]), None)


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the file of a module look edited, without touching it."""

    def edit(module: str) -> None:
        file_memory._known.clear()
        spec = importlib.util.find_spec(module)
        assert spec is not None
        real = module_files.summary

        def summary(path: Path) -> dict[str, Any]:
            read = real(path)
            return read | {"hash": read["hash"] + "+"} if path == Path(spec.origin or "") else read

        monkeypatch.setattr(module_files, "summary", summary)

    yield edit
    file_memory._known.clear()


@pytest.mark.parametrize(
    ("module", "redone"),
    [
        ("genaug.adversarial.losses", "fit"),
        ("genaug_plugins.generators.gan_sampler", "fit"),
        ("genaug_plugins.metrics.frechet", "fit"),  # the gan scores what it held out by it
        ("genaug_plugins.selectors.realism", "select.realism"),
        ("genaug_plugins.selectors.random", "select.random"),
        ("genaug_plugins.metrics.frechet_infinity", "validate.fidelity"),
        ("genaug_plugins.exporters.html_report.exporter", "export.html-report"),
        ("genaug.stages.split", "split"),
        ("genaug.stages.generate", "generate"),
        ("genaug.errors", None),
        ("genaug_plugins.selectors.coreset", None),
    ],
)
def test_an_edit_redoes_what_depends_on_it(
    edited: Callable[[str], None], module: str, redone: str | None
) -> None:
    before = fingerprints()
    edited(module)
    assert first_redone(before, fingerprints()) == redone


def test_another_extractor_refits_only_who_scores_with_it() -> None:
    other = {"use": "minirocket"}
    assert first_redone(fingerprints(), fingerprints(extractor=other)) == "fit"
    plain = CONFIG["generator"] | {"hold_out": 0}
    one, two = fingerprints(generator=plain), fingerprints(generator=plain, extractor=other)
    assert first_redone(one, two) == "select.realism"
    assert (
        first_redone(
            fingerprints(generator=plain, selectors=[{"use": "random", "share": 0.5}], validators=[]),
            fingerprints(
                generator=plain, selectors=[{"use": "random", "share": 0.5}], validators=[], extractor=other
            ),
        )
        == "export.html-report"
    )  # the config is printed there


def test_threads_and_device_matter_to_what_is_computed() -> None:
    assert first_redone(fingerprints(), fingerprints(threads=2)) == "choose"  # cross-validates models


def test_versions_of_what_is_imported_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    from genaug.components import identity as module

    before, real = fingerprints(), module.version
    monkeypatch.setattr(module, "version", lambda name: "9" if name == "plotly" else real(name))
    assert first_redone(before, fingerprints()) in ("validate.downstream", "export.html-report")
    monkeypatch.setattr(
        "genaug.execution.job.version", lambda name: "9" if name == "faiss-cpu" else real(name)
    )
    assert first_redone(before, fingerprints()) == "choose"


def test_a_component_without_a_file_is_its_methods() -> None:
    name = "typed"

    def typed(body: str) -> Any:
        space: dict[str, Any] = {"__name__": name}
        exec(  # as a notebook does
            "from genaug import Selector\nfrom typing import ClassVar\nclass TypedSelector(Selector):\n"
            f"    name: ClassVar[str] = 'typed'\n    def select(self, *given): {body}\n",
            space,
        )
        return identity(space["TypedSelector"]())["code"]

    assert typed("return 1") == typed("return 1 # one")
    assert typed("return 1") != typed("return 2")
