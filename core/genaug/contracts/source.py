"""Sources read the data."""

from abc import abstractmethod
from typing import ClassVar

from genaug.components.component import Component
from genaug.data import Dataset


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

    def state(self) -> str:
        """Return a hash of the data, where they can change under the same settings.

        All stages are executed again when it changes.

        Raises:
            DataError: where the data is not there.
        """
        return ""
