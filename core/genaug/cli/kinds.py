"""The option `--kind`."""

import difflib

from genaug.components.discovery import group
from genaug.components.kinds import KINDS
from genaug.errors import UnknownPlugin


def kinds(wanted: str | None) -> list[str]:
    """Return the kind that was given, also in the plural; all kinds for None.

    Raises:
        UnknownPlugin: with similar kinds and all of them.
    """
    if wanted is None:
        return list(KINDS)
    singular = {group(kind).removeprefix("genaug."): kind for kind in KINDS}
    kind = singular.get(wanted, wanted)
    if kind not in KINDS:
        near = difflib.get_close_matches(wanted, KINDS, n=2)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise UnknownPlugin(f"there is no kind {wanted!r}.{hint} Kinds: {', '.join(KINDS)}")
    return [kind]
