"""Comparators: validators that can also compare chains of selectors."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from genaug.contracts.context import Context
from genaug.contracts.validator import Evidence
from genaug.data.comparison import Comparison


class Comparator(ABC):
    """Mixin of validators that can also compare contenders, and recommend one.

    Write it beside the validator::

        class MyValidator(Validator, Comparator): ...
    """

    @abstractmethod
    def compare(self, evidences: Mapping[str, Evidence], context: Context) -> Comparison:
        """Compare contenders, and recommend one.

        The recommendation is chosen on the validation view alone; the test view only reports on it.
        Where there are too few data for a comparison, report this in the comparison, and do not raise.

        Args:
            evidences: the contenders by name, with the same views, pool and task; one of them is
                `genaug.data.comparison.EVERYTHING`, whose funnel drops nothing.
            context: fits stored in its `results` are reused when a contender is added.
        """
