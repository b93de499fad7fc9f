"""The kinds of components, each with its contract."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genaug.components.component import Component

_CONTRACTS = {
    "source": "genaug.contracts.source:Source",
    "architecture": "genaug.contracts.architecture:Architecture",
    "generator": "genaug.contracts.generator:Generator",
    "regularizer": "genaug.contracts.regularizer:Regularizer",
    "strategy": "genaug.contracts.strategy:Strategy",
    "extractor": "genaug.contracts.extractor:Extractor",
    "selector": "genaug.contracts.selector:Selector",
    "model": "genaug.contracts.model:Model",
    "task": "genaug.contracts.task:Task",
    "validator": "genaug.contracts.validator:Validator",
    "exporter": "genaug.contracts.exporter:Exporter",
    "hook": "genaug.hooks:Hook",
}
KINDS = tuple(_CONTRACTS)
"""The names of all kinds, in the order in which a run meets them."""


def contract(kind: str) -> type[Component]:
    """Return the base class of a kind; listing the kinds imports none of them."""
    module, _, name = _CONTRACTS[kind].partition(":")
    found: type[Component] = getattr(importlib.import_module(module), name)
    return found
