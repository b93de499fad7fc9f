"""Where the data comes from."""

from abc import abstractmethod
from typing import ClassVar

from genaug.components.component import Component
from genaug.data import Dataset


class Source(Component):
    """Promise a labelled data set.

    A source only reads: the user's data is never changed.
    """

    kind: ClassVar[str] = "source"

    @abstractmethod
    def load(self) -> Dataset:
        """Read all samples, in an order that depends on nothing but the data.

        Raises:
            DataError: naming what cannot be used, and what can be done.
        """

    def state(self) -> str:
        """Return a hash of the data where it may change under the same settings.

        What was computed from the data is computed again when this changes.

        Raises:
            DataError: where the data is not there.
        """
        return ""
