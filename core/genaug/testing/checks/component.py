"""What every component must do, whatever its kind."""

import importlib.metadata
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any, get_args, get_origin

import numpy as np
from pydantic import BaseModel, ValidationError

from genaug.components.component import Component
from genaug.components.discovery import Entry
from genaug.components.identity import parts
from genaug.components.kinds import KINDS, contract
from genaug.components.registry import Registry
from genaug.data import DataFacts
from genaug.data.split import Split
from genaug.descriptions import descriptions
from genaug.errors import GenaugError
from genaug.testing.material import Material
from genaug.testing.watch import files, no_error, no_global_randomness, written_paths

_OFFERED = (Material((1, 8, 8)), Material((2, 32)), Material((6,)), Material.of_table(), Material.of_text())
_FIXED = {"list": "tuple[…, ...]", "dict": "genaug.components.frozen_dict.FrozenDict", "set": "frozenset"}
"""What a setting is declared as instead."""
_FIXED_TYPES = (list, dict, set, bytearray, np.ndarray)
_KEBAB_CASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def is_of_its_kind(component: Component, material: Material) -> None:
    """Be derived from the contract of its kind, in the version of this engine."""
    expected = contract(component.kind)
    assert isinstance(component, expected), (
        f"its kind is {component.kind}, but it is not derived from {expected.__name__}"
    )
    assert component.contract == expected.contract, (
        f"it is written for version {component.contract} of the contract, and this is version "
        f"{expected.contract}"
    )


def is_called_by_its_entry_point(component: Component, material: Material) -> None:
    """Have a kebab-case `name` that is the name of its entry point, where it is installed."""
    name = type(component).name
    assert _KEBAB_CASE.fullmatch(name), f"{name!r} is not in kebab-case: lower-case words joined by hyphens"
    entry = Registry.installed().origin(type(component))
    if entry is not None:
        assert entry.name == name, f"its entry point is called {entry.name!r}, its `name` is {name!r}"


def is_frozen(component: Component, material: Material) -> None:
    """Refuse every change of a setting."""
    assert type(component).model_config.get("frozen"), "model_config must keep frozen=True"
    for field in type(component).model_fields:
        try:
            setattr(component, field, getattr(component, field))
        except ValidationError:
            continue
        raise AssertionError(f"the setting {field!r} can be changed")


def has_settings_that_stay_as_they_are(component: Component, material: Material) -> None:
    """Have no setting that can be changed in place: no list, dict, set or array."""
    for name, field in type(component).model_fields.items():
        found = _changeable(getattr(component, name)) or _changeable_type(field.annotation)
        assert not found, (
            f"the setting {name!r} is a {found}, which can be changed in place: declare it as "
            f"{_FIXED.get(found, 'an immutable type')}"
        )


def describes_its_settings(component: Component, material: Material) -> None:
    """Describe each setting, in a docstring below the field or by Field(description=…)."""
    silent = [name for name, text in descriptions(type(component)).items() if not text.strip()]
    assert not silent, f"settings without a description: {', '.join(silent)}"


def refuses_unknown_settings(component: Component, material: Material) -> None:
    """Refuse unknown settings."""
    try:
        _remade({**_settings(component), "no_such_setting": 1}, component)
    except ValidationError:
        return
    raise AssertionError("it accepts `no_such_setting`: keep model_config's extra='forbid'")


def is_made_without_work(component: Component, material: Material) -> None:
    """Write no file and use no global random generator when it is made."""
    settings = _settings(component)
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            with no_global_randomness("making it"), written_paths() as written:
                _remade(settings, component)
            left = list(files(Path(folder)))
        finally:
            os.chdir(home)
    assert not written, f"making it wrote {written[0]}"
    assert not left, f"making it left {left[0]} behind"


def comes_back_from_a_dump(component: Component, material: Material) -> None:
    """Be equal to the component made from its dumped settings, in Python and in JSON."""
    from_python = _remade(_settings(component), component)
    assert from_python == component, "model_validate(model_dump()) makes another component"
    settings = json.loads(component.model_dump_json())
    assert settings.pop("use", None) == component.name, "its dump must begin with `use: name`"
    assert _remade(settings, component) == component, "its JSON dump makes another component"


def renders_a_schema(component: Component, material: Material) -> None:
    """Have a JSON schema with all its settings."""
    with no_error("when its schema is written"):
        schema = json.loads(json.dumps(type(component).model_json_schema()))
    missing = set(type(component).model_fields) - set(schema.get("properties", {}))
    assert not missing, f"the schema lacks {', '.join(sorted(missing))}"


def refuses_early_what_it_cannot_read(component: Component, material: Material) -> None:
    """Return nothing from `check_usable`, or raise an error of genaug, for samples of any modality."""
    for offered in _OFFERED:
        spec = offered.spec
        try:
            with no_global_randomness("check_usable"):
                component.check_usable(spec)
        except GenaugError:
            continue
        except Exception as error:
            raise AssertionError(
                f"check_usable raises {type(error).__name__} on {spec.modality} samples {spec.shape}: "
                "raise a DataError with the next step"
            ) from error


def refuses_early_what_the_numbers_forbid(component: Component, material: Material) -> None:
    """Return remarks from `check_data`, or raise an error of genaug, for few and many samples of a class."""
    spec = material.spec
    for count in (1, 2, 1000):
        counts = np.full(spec.classes, count, dtype=np.int64)
        for candidates in (None, counts):
            facts = DataFacts(spec, Split(), counts, counts, counts, candidates=candidates)
            try:
                with no_global_randomness("check_data"):
                    remarks = list(component.check_data(facts) or ())
                    component.prerequisites()
            except GenaugError:
                continue
            except Exception as error:
                raise AssertionError(
                    f"check_data raises {type(error).__name__} with {count} samples of each class: raise a "
                    "DataError with the numbers and what to change"
                ) from error
            wrong = [remark for remark in remarks if not isinstance(remark, str) or not remark.strip()]
            assert not wrong, f"check_data returns {wrong[0]!r}, not a sentence"


def _changeable(value: Any) -> str:
    """Return the first type within a value that can be changed in place; "" where there is none."""
    if isinstance(value, list | dict | set | bytearray | np.ndarray):
        return type(value).__name__
    if isinstance(value, tuple):
        return next((found for item in value if (found := _changeable(item))), "")
    if isinstance(value, BaseModel) and not isinstance(value, Component):
        frozen = type(value).model_config.get("frozen")
        return "" if frozen else f"{type(value).__name__} that is not frozen"
    return ""


def _changeable_type(annotation: Any) -> str:
    origin = get_origin(annotation) or annotation
    if origin in _FIXED_TYPES:
        return str(origin.__name__)
    return next((found for part in get_args(annotation) if (found := _changeable_type(part))), "")


def _settings(component: Component) -> dict[str, Any]:
    settings = component.model_dump()
    settings.pop("use", None)
    return settings


def _remade(settings: dict[str, Any], component: Component) -> Component:
    """Validate settings as those of a config, as if all parts were installed."""
    installed = Registry.installed()
    known = [entry for kind in KINDS for entry in installed.entries(kind)]
    fresh = {type(part) for part in parts(component) if installed.origin(type(part)) is None}
    version = importlib.metadata.version("genaug")
    known += [
        Entry(part.kind, part.name, f"{part.__module__}:{part.__qualname__}", "under-test", version)
        for part in fresh
    ]
    return type(component).model_validate(settings, context={"registry": Registry(known)})
