"""The config of a study: a pipeline, arms that change it, seeds that repeat it, figures to compare."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from genaug import config
from genaug.config import ConfigFile
from genaug.experiments.runs import NOTHING_VARIED, Value
from genaug.settings import Settings

_FIGURE = re.compile(
    r"(history|monitors)\.[^@]+(@\d+(\.\d+)?%)?"
    r"|(?!(history|monitors)\.)[^.]+\..+"
)


class Pictures(Settings):
    """Settings of an image grid."""

    columns: int = Field(default=8, ge=1, le=40)
    """Number of samples of each arm, at the first seed."""


class Study(Settings):
    """A comparison of pipelines."""

    title: str
    """Heading of the page."""
    about: str = ""
    """Text above the table: the question, and notes for the reader."""
    size: str = ""
    """Size of the study, and the full size that it replaces."""
    seeds: tuple[int, ...] = Field(min_length=1)
    """Seed of each repetition; all arms of a repetition have the same split."""
    base: dict[str, Any]
    """A whole pipeline, as `genaug run` takes it, without `seed`."""
    compare_with: str
    """The arm with which the others are compared, by paired differences."""
    arms: dict[str, dict[str, Any]] = Field(min_length=1)
    """Changes of each arm, by name: settings of the base by their path, as for `--set`."""
    vary: dict[str, tuple[Any, ...]] = Field(default={}, max_length=1)
    """A path and its values: all arms run at each value, with a table for each."""
    figures: tuple[str, ...] = Field(min_length=1)
    """Figures to compare: `VALIDATOR.FINDING`; `seconds.STAGE`; `history.COLUMN`, the value that the training
    logged last (`history.COLUMN@50%`: half way); or `monitors.VALUE`, the last measurement of the hook
    `monitor` (`monitors.VALUE@50%`)."""
    spread: bool = False
    """Show the standard deviation over the seeds in a separate table."""
    pictures: Pictures | None = None
    """An image grid below the table."""

    @field_validator("seeds", "figures")
    @classmethod
    def _once(cls, given: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(given)) < len(given):
            raise ValueError("each only once")
        return given

    @field_validator("base")
    @classmethod
    def _seedless(cls, base: dict[str, Any]) -> dict[str, Any]:
        if "seed" in base:
            raise ValueError("leave `seed` out: the study's `seeds` set it")
        return base

    @field_validator("vary")
    @classmethod
    def _some(cls, vary: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
        if not all(vary.values()):
            raise ValueError("expected values to take in turn")
        return vary

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.compare_with not in self.arms:
            raise ValueError(
                f"compare_with {self.compare_with!r} is not an arm; the arms are {', '.join(self.arms)}"
            )
        for figure in self.figures:
            if not _FIGURE.fullmatch(figure):
                raise ValueError(
                    f"the figure {figure!r} is not VALIDATOR.FINDING or VALIDATOR.FINDING[PART], "
                    "nor seconds.STAGE, nor history.COLUMN or monitors.VALUE, each with @50% or not"
                )
        return self

    def values(self) -> tuple[Value, ...]:
        """Return the varied values, or a placeholder where nothing is varied."""
        for path, values in self.vary.items():
            return tuple(Value(path, index, value) for index, value in enumerate(values))
        return (NOTHING_VARIED,)


def read(path: Path, overrides: Sequence[str] = ()) -> tuple[Study, ConfigFile]:
    """Read a study; return it with the file, which knows the place of each part.

    Args:
        path: a file ending in .yaml, .yml or .toml.
        overrides: settings that replace those of the file, like ``base.generator.steps=50``.

    Raises:
        ConfigError: naming file, line, path, what is wrong and what is allowed.
    """
    file = config.read(path)
    for override in overrides:
        file.override(override)
    config.check_kind(file, config.STUDY)
    return config.validated(Study, file), file
