"""`FrozenDict`, under the name by which plugins import it."""

from genaug.frozen_dict import FrozenDict

__all__ = ["FrozenDict"]
