"""The kit itself: each check fails on what breaks its requirement, and on nothing else."""

import ast
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from genaug import Candidates, Context, Selector
from genaug.components.kinds import KINDS
from genaug.data import Selection, TrainView
from genaug.testing import checks_of, failures
from genaug.testing.checks import CheckRun, modules_of
from genaug.testing.dependencies import depends_on, requirements
from genaug.testing.material import Material

FOLDER = Path(__file__).parent / "broken"
PARTS = ("component", *KINDS)


def loaded(part: str) -> ModuleType:
    name = f"broken_{part}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{part}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def good() -> Iterator[Any]:
    for part in PARTS:
        for component in loaded(part).GOOD:
            yield pytest.param(component, id=f"{part}-{type(component).__name__}")


def broken() -> Iterator[Any]:
    for part in PARTS:
        for check, examples in loaded(part).BROKEN.items():
            for number, example in enumerate(examples):
                yield pytest.param(check, example, id=f"{part}-{check}-{number}")


@pytest.mark.parametrize("component", list(good()))
def test_good_components_meet_every_requirement(component: Any) -> None:
    assert failures(component) == {}


@pytest.mark.parametrize(("check", "example"), list(broken()))
def test_broken_components_fail_the_one_check(
    check: str, example: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # for those that write where they are
    component = example if hasattr(example, "kind") else example(tmp_path)
    found = failures(component)
    assert list(found) == [check], f"{type(component).__name__} fails {found}"
    assert isinstance(found[check], AssertionError)
    assert str(found[check]), "the failure does not say what is wrong"


@pytest.mark.parametrize("part", PARTS)
def test_no_check_lacks_its_broken_component(part: str) -> None:
    modules = {module.__name__ for module in modules_of(part)}
    one = loaded(part).GOOD[0]
    checks = {check.__name__ for check in checks_of(one) if check.__module__ in modules}
    assert checks == set(loaded(part).BROKEN)


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_checks_of_a_component_have_one_name(kind: str) -> None:
    names = [check.__name__ for check in checks_of(loaded(kind).GOOD[0])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", KINDS)
def test_every_check_says_what_it_requires(kind: str) -> None:
    for check in checks_of(loaded(kind).GOOD[0]):
        assert (check.__doc__ or "").strip(), check.__name__


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 12), (2, 32), (6,)])
def test_good_components_meet_their_contracts_on_any_material(shape: tuple[int, ...]) -> None:
    for part in ("architecture", "generator", "regularizer", "selector", "strategy", "validator"):
        for component in loaded(part).GOOD:
            assert failures(component, Material(shape)) == {}, component.name


def test_material_is_the_same_each_time_and_never_shared() -> None:
    material = Material()
    first, again = material.pool(), material.pool()
    assert (first.ids == again.ids).all()
    first.samples.values[:] = 0
    assert (material.pool().samples.values == again.samples.values).all()


def test_the_views_of_the_material_share_no_sample() -> None:
    material = Material()
    views = (material.train(), material.validation(), material.test())
    ids = [known for view in views for known in view.samples.ids.tolist()]
    assert len(ids) == len(set(ids)) == len(material.dataset().samples)


class UnreadableSelector(Selector):
    """A selector that cannot do anything: every check of its kind would raise the same error."""

    name: ClassVar[str] = "unreadable"

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        raise ZeroDivisionError("no candidate can be read")


def test_one_mistake_fails_one_check() -> None:
    found = failures(UnreadableSelector())
    assert list(found) == ["decides_on_each"]
    assert "must not raise when it selects among 24 candidates, but: ZeroDivisionError: no candidate" in str(
        found["decides_on_each"]
    )


def test_a_check_names_the_failure_that_it_depends_on() -> None:
    run = CheckRun(UnreadableSelector())
    assert run.cause("copes_with_one_candidate") == "decides_on_each"
    assert run.cause("keeps_the_same_in_any_order") == "decides_on_each"
    assert run.cause("describes_its_settings") is None


def test_what_depends_on_an_expected_failure_runs_all_the_same() -> None:
    run = CheckRun(UnreadableSelector(), expected=frozenset({"decides_on_each"}))
    assert run.cause("copes_with_one_candidate") is None
    assert run.cause("keeps_the_same_in_any_order") == "leaves_global_randomness_alone"


def test_a_check_runs_once() -> None:
    class CountedSelector(UnreadableSelector):
        def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
            calls.append(len(candidates))
            raise ZeroDivisionError

    calls = list[int]()
    failures(CountedSelector())
    assert calls == [24]


@pytest.mark.parametrize("kind", KINDS)
def test_what_checks_depend_on_comes_to_an_end(kind: str) -> None:
    known = requirements(checks_of(loaded(kind).GOOD[0]))

    def depth(name: str, on_the_way: tuple[str, ...]) -> int:
        assert name not in on_the_way, f"{name} depends on itself: {on_the_way}"
        return 1 + max((depth(other, (*on_the_way, name)) for other in known[name]), default=0)

    assert all(depth(name, ()) <= 8 for name in known)


def test_a_check_cannot_depend_on_one_that_does_not_exist() -> None:
    @depends_on("no_such_check")
    def check(component: Any, material: Material) -> None:
        """Nothing."""

    with pytest.raises(ValueError, match="check depends on no_such_check, which is not a check"):
        requirements([check])


@pytest.mark.parametrize("part", PARTS)
def test_every_assertion_of_the_kit_says_what_is_wrong(part: str) -> None:
    silent = [
        ast.unparse(node)
        for module in modules_of(part)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Assert) and node.msg is None
    ]
    assert not silent
