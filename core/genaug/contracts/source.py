"""Sources read the data."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from genaug.components.component import Component
from genaug.data import Dataset


@dataclass(frozen=True)
class Recognition:
    """How a source would read what is at a path.

    Attributes:
        settings: settings of the source, ``path`` included, ``use`` not: plain values of a config, and paths.
        confidence: in (0, 1]: 0.9 and more where nothing else is plausible (a class folder of images); about
            0.7 where the content fits this source better than a general one (a column of sentences); about
            0.5 for a general reading (any CSV file as a table). The surest source is taken.
        found: one sentence for people: ``a table of 500 rows and 8 columns; the label is 'churn'``.
        notes: what was assumed and may need a change, one sentence each.
        warnings: what may make results worthless (a column that gives the class away), one sentence each.
        comments: a phrase for some of the settings, which a written config has behind them.
    """

    settings: Mapping[str, Any]
    confidence: float
    found: str
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    comments: Mapping[str, str] = field(default_factory=dict)


class Source(Component):
    """Base class of sources: a source reads a data set.

    It never changes the user's data.
    """

    kind: ClassVar[str] = "source"

    @abstractmethod
    def load(self) -> Dataset:
        """Return all samples, in an order that depends on the data alone.

        Raises:
            DataError: naming what cannot be used, and what to do.
        """

    def known_modality(self) -> str | None:
        """Return the modality of the samples where the settings tell it; None: only reading the data does.

        A preset may have an extractor for it. It is asked whenever a config is read: read no data.
        """
        return None

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Return how this source would read what is at a path; None: it would not.

        `genaug init` and `genaug run` ask all installed sources. Look at names and at a small part of the
        content; import nothing heavy at the top of the module.

        Args:
            path: an existing file or folder.

        Raises:
            DataError: where this kind of data is meant, and cannot be used: with what can be done.
        """
        return None
