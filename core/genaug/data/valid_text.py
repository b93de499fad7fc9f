"""Texts that files can hold: paths may have bytes that are no text, which Python keeps as half characters."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def valid_text(text: str) -> str:
    r"""Return a text that UTF-8 can hold: other bytes become ``\xff``, other half characters ``\ud800``.

    Python gives the bytes of a path that are not UTF-8 as lone surrogates (PEP 383).
    """
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def valid_texts(values: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return an array of texts that UTF-8 can hold; the same array where all are."""
    characters = np.ascontiguousarray(values).view(np.uint32)
    if not ((characters >= 0xD800) & (characters <= 0xDFFF)).any():
        return values
    return np.array([valid_text(text) for text in values.tolist()])


def valid_json(value: Any) -> Any:
    """Return plain JSON with all its texts valid."""
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, dict):
        return {valid_json(key): valid_json(one) for key, one in value.items()}
    return [valid_json(one) for one in value] if isinstance(value, list | tuple) else value
