"""Arrays in memory as a source."""

from typing import Any, cast

from genaug.components.preset import DEFAULT
from genaug.components.registry import Registry
from genaug.contracts import Source
from genaug.errors import PluginError


def from_arrays(
    values: Any,
    labels: Any,
    groups: Any = None,
    targets: Any = None,
    *,
    preset: str = DEFAULT,
    **settings: Any,
) -> Source:
    """Return a source of arrays or texts in memory: ``Pipeline(source=from_arrays(values, labels), …)``.

    Args:
        values: images ``[N, H, W(, C)]`` or ``[N, C, H, W]``, signals ``[N, C, T]``, vectors ``[N, D]``
            (numpy arrays, torch tensors or lists); or N texts.
        labels: whole numbers or class names, ``[N]``.
        groups: ``[N]``, samples of a group are never split; None: there are none.
        targets: numbers ``[N, …]``, what a task other than classification predicts.
        preset: whose source of arrays is used.
        settings: of the source, e.g. ``class_names=("cat", "dog")``.

    Raises:
        DataError: where the arrays cannot be used.
    """
    registry = Registry.installed()
    name = registry.preset(preset).memory_source
    if name is None:
        raise PluginError(f"the preset {preset!r} names no source of arrays in memory: name another preset")
    source: Any = registry.get("source", name)
    return cast(Source, source.of(values, labels, groups, targets, **settings))
