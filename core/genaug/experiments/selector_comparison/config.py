"""The config of a selector comparison: a pipeline up to its pool, chains of selectors, a comparator."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from genaug import config
from genaug.components.references import Use, registry_of
from genaug.components.registry import Registry
from genaug.contracts import Comparator, Selector, Validator
from genaug.data.comparison import EVERYTHING, RANDOM, REAL
from genaug.errors import PluginError
from genaug.experiments.selector_comparison.contenders import contenders, protocol_of
from genaug.pipeline import Pipeline
from genaug.settings import Settings
from genaug.stages.select import check_places

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _+-]{0,59}")
_OWN_KEYS = ("pipeline", "chains")
"""Key by which the file of a selector comparison is recognised."""


class SelectorComparison(Settings):
    """A comparison of chains of selectors on one pool.

    The pipeline's audit, split, generator and strategy make the pool, once. Its own selectors,
    validators and exporters are not used unless a chain or the protocol names them.
    """

    title: str = "Which selector is best here?"
    """Heading of the page."""
    about: str = ""
    """Text above the table: the question, and notes for the reader."""
    pipeline: Pipeline
    """A whole pipeline, as `genaug run` takes it."""
    chains: dict[str, tuple[Use[Selector], ...]] = Field(min_length=1)
    """Chains of selectors by name; they are compared with each other, with keeping everything and with real
    data only."""
    protocol: Use[Validator]
    """The validator that compares and recommends; its settings include the number of seeds. Not given: the
    first installed one that can compare, built-ins first."""
    pictures: int = Field(default=10, ge=0, le=40)
    """Number of candidates of each chain in the image grid."""
    left_out: dict[str, str] = {}
    """Selectors that could not be included, with the reason; shown on the page."""

    @model_validator(mode="before")
    @classmethod
    def _usual_protocol(cls, given: Any, info: ValidationInfo) -> Any:
        unnamed = isinstance(given, dict) and "protocol" not in given
        if unnamed and (comparing := _comparing(registry_of(info))):
            return {**given, "protocol": {"use": comparing[0]}}
        return given

    @field_validator("chains")
    @classmethod
    def _named_well(cls, chains: dict[str, tuple[Selector, ...]]) -> dict[str, tuple[Selector, ...]]:
        for name, selectors in chains.items():
            if not _NAME.fullmatch(name) or name in (REAL, EVERYTHING, RANDOM):
                raise ValueError(
                    f"the chain {name!r} needs another name: letters, digits, spaces, _, + and -, 60 at "
                    f"most, and not {REAL!r}, {EVERYTHING!r} or {RANDOM!r}, which are there unnamed"
                )
            if not selectors:
                raise ValueError(
                    f"the chain {name!r} names no selector: keeping everything is compared anyway"
                )
        return chains

    @field_validator("protocol")
    @classmethod
    def _can_compare(cls, protocol: Validator, info: ValidationInfo) -> Validator:
        if not isinstance(protocol, Comparator):
            raise ValueError(
                f"the validator {protocol.name!r} compares nothing; those that do: "
                f"{', '.join(_comparing(registry_of(info))) or 'none installed'}"
            )
        return protocol

    @model_validator(mode="after")
    def _one_split(self) -> Self:
        split = self.pipeline.split
        if split.folds is not None and split.fold is None:
            raise ValueError(
                f"a selector comparison is made on one split, and the pipeline has {split.folds} folds: all "
                "chains choose from one pool, and each fold has a generator and a pool of its own. Compare "
                "in one of them (`split.fold: 1`), or set `split` without `folds`"
            )
        return self

    @model_validator(mode="after")
    def _in_place(self) -> Self:
        for name, selectors in self.chains.items():
            try:
                check_places(selectors, self.pipeline.generator)
            except ValueError as error:
                raise ValueError(f"the chain {name!r}: {error}") from error
        return self

    @classmethod
    def of(cls, pipeline: Pipeline, registry: Registry) -> Self:
        """Return the comparison of a plain pipeline: its own chain, its parts, and all that is installed."""
        chains, left_out = contenders(pipeline, registry)
        protocol = protocol_of(pipeline.validators)
        given = {"pipeline": pipeline, "chains": chains, "left_out": left_out}
        return cls.model_validate(
            given if protocol is None else given | {"protocol": protocol}, context={"registry": registry}
        )

    @classmethod
    def from_file(
        cls, path: str | Path, overrides: Sequence[str] = (), registry: Registry | None = None
    ) -> Self:
        """Read a selector comparison, or make one of a plain pipeline's file.

        Args:
            path: a file ending in .yaml, .yml or .toml.
            overrides: settings that replace those of the file, like ``protocol.seeds=10``.
            registry: where references are looked up; None: everything installed.

        Raises:
            ConfigError: naming file, line, path, what is wrong and what is allowed.
        """
        registry = registry or Registry.installed()
        file = config.read(Path(path))
        if not is_selector_comparison(file.data):
            return cls.of(Pipeline.from_file(path, overrides, registry), registry)
        for override in overrides:
            file.override(override)
        return config.validated(cls, file, registry)


def is_selector_comparison(data: dict[str, object]) -> bool:
    """Return whether a file's content is a selector comparison rather than a pipeline."""
    return any(key in data for key in _OWN_KEYS)


def _comparing(registry: Registry) -> list[str]:
    """Return the names of validators that can compare, built-ins first."""
    found = []
    for entry in sorted(registry.entries(Validator.kind), key=lambda entry: entry.distribution != "genaug"):
        try:
            validator = registry.get(Validator.kind, entry.full_name)
        except PluginError:
            continue  # a broken validator cannot compare
        if issubclass(validator, Validator) and issubclass(validator, Comparator):
            found.append(entry.name)
    return found
