"""Places in a config: ``("selectors", 1, "at_least")``, written ``selectors[1].at_least``."""

import json
import re
from collections.abc import Sequence

Place = tuple[str | int, ...]

_STEP = re.compile(r"""\.?(?:\[(?P<index>\d+)\]|\["(?P<quoted>[^"]*)"\]|(?P<name>[^.\[\]="\s]+))""")
_PLAIN = re.compile(r"[^\W\d][\w-]*")


def written(place: Sequence[str | int]) -> str:
    """Return a place as text: ``selectors[1].at_least``."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def parsed(text: str) -> Place | None:
    """Parse ``selectors[1].at_least`` or ``selectors.1.at_least``; None where it is neither."""
    place: list[str | int] = []
    end = 0
    while end < len(text):
        step = _STEP.match(text, end)
        if step is None or (step[0].startswith(".") != bool(place and step["name"])):
            return None
        if step["index"] is not None:
            place.append(int(step["index"]))
        else:
            place.append(step["name"] if step["quoted"] is None else step["quoted"])
        end = step.end()
    return tuple(place) or None
