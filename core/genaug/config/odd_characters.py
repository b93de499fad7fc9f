"""Characters that look like others, or like nothing: named by code point in errors."""

import unicodedata

_TYPOGRAPHIC = "‘’‚‛“”„‟«»‹›′″‐‑‒–—−：；，＝"
"""Quotation marks, dashes and punctuation that text processors put for those of the keyboard."""
_INVISIBLE = {"Zs", "Zl", "Zp", "Cf", "Cc", "Co", "Cs"}
"""Unicode categories of spaces, formats and controls."""


def odd_characters(text: str) -> str:
    """Return the names of the characters of a text that are invisible or typographic; "" where none is.

    Example: ``U+00A0 (no-break space)``.
    """
    odd = dict.fromkeys(
        one
        for one in text
        if one in _TYPOGRAPHIC or (one not in " \t\n" and unicodedata.category(one) in _INVISIBLE)
    )
    return ", ".join(
        f"U+{ord(one):04X} ({unicodedata.name(one, 'a control character').lower()})" for one in odd
    )
