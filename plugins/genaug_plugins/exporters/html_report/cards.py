"""Rows of tables and texts, drawn as small cards."""

import textwrap
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data import SampleSpec
from genaug.data.columns import decode_column, written

CARDS = ("table", "text")
"""Modalities whose samples are shown as cards."""
LINES = 10
"""Maximum number of columns of a row, or of lines of a text, on a card."""
WIDTH = 38
"""Maximum number of characters in a line."""


def card(value: Any, spec: SampleSpec) -> str:
    """Return an SVG of the first columns of a row, by name, or of the first lines of a text.

    Args:
        value: float64 ``[D]``, or a str.
        spec: its sample spec.
    """
    if spec.modality == "text":
        words = "".join(letter if letter.isprintable() else " " for letter in str(value))
        lines = textwrap.wrap(words, WIDTH, max_lines=LINES, placeholder=" …") or [" "]
        return _svg([f'<text x="4" y="{{y}}">{escape(line)}</text>' for line in lines])
    return _svg([*_cells(np.asarray(value), spec)])


def _cells(row: NDArray[np.float64], spec: SampleSpec) -> list[str]:
    more = len(spec.columns) - LINES
    shown = spec.columns if more <= 1 else spec.columns[: LINES - 1]
    lines = []
    for number, column in enumerate(shown):
        (cell,) = decode_column(column, row[number : number + 1])
        text = "–" if cell is None else str(cell)
        if isinstance(cell, float):
            text = written(column, cell) if column.form is not None else f"{cell:.4g}"
        name, text = (textwrap.shorten(part, WIDTH // 2, placeholder="…") for part in (column.name, text))
        lines.append(
            f'<text x="4" y="{{y}}" class="n">{escape(name)}</text>'
            f'<text x="226" y="{{y}}" text-anchor="end">{escape(text)}</text>'
        )
    if len(shown) < len(spec.columns):
        lines.append(f'<text x="4" y="{{y}}" class="n">… {len(spec.columns) - len(shown)} more</text>')
    return lines


def _svg(lines: list[str]) -> str:
    body = "".join(line.replace("{y}", str(15 + 13 * place)) for place, line in enumerate(lines))
    return (
        f'<svg viewBox="0 0 230 {8 + 13 * len(lines)}" '
        f'font-family="ui-monospace,monospace" font-size="9.6">{body}</svg>'
    )
