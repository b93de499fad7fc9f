"""The logged values of a training."""

from collections.abc import Mapping, Sequence

from genaug.errors import PluginFailed


class History:
    """The logged values of a training.

    Attributes:
        columns: the values by name, one for each logged step; ``step`` contains the steps.
    """

    def __init__(self) -> None:
        self.columns: dict[str, list[float]] = {}

    def append(self, step: int, values: Mapping[str, float]) -> None:
        """Add the values of a step.

        Raises:
            PluginFailed: if they have other names than before.
        """
        row = {"step": float(step), **values}
        if self.columns and row.keys() != self.columns.keys():
            changed = ", ".join(sorted(row.keys() ^ self.columns.keys()))
            raise PluginFailed(
                f"a training must log the same names at every step; at step {step} these changed: {changed}"
            )
        for name, value in row.items():
            self.columns.setdefault(name, []).append(value)

    def copy(self) -> dict[str, list[float]]:
        """Return a copy of the columns."""
        return {name: list(column) for name, column in self.columns.items()}

    def restore(self, columns: Mapping[str, Sequence[float]]) -> None:
        """Go back to a `copy`."""
        self.columns = {name: list(column) for name, column in columns.items()}
