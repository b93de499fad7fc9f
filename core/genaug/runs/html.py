"""HTML for notebooks: tables and thumbnails, without scripts or files."""

import base64
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from genaug.data import Samples, SampleSpec
from genaug.data.encoding import is_picture
from genaug.data.images import encode_png, to_uint8
from genaug.data.sheet import first_of_each_class

SHOWN = 24
"""Most samples shown."""
LENGTH = 120
"""Most characters of a text shown."""
SIDE = 64
"""Pixels to which smaller images are enlarged."""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; cells are escaped, floats are shortened."""
    body = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in rows)
    heads = "".join(f"<th>{escape(name)}</th>" for name in head)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def shown_rows(samples: Samples) -> list[int]:
    """Return the rows of the samples that are shown: the classes alternate."""
    rows: list[int] = first_of_each_class(samples.labels, SHOWN).tolist()
    return rows


def thumbnails(spec: SampleSpec, samples: Samples) -> str:
    """Return images with their class; "" where the samples cannot be drawn."""
    if not is_picture(spec):
        return ""
    figures = []
    for values, label in zip(samples.values, samples.labels.tolist(), strict=True):
        content = base64.b64encode(encode_png(to_uint8(values))).decode()
        side = max(SIDE, *values.shape[1:])
        name = escape(spec.class_names[label]) if label >= 0 else "no class"
        figures.append(
            f'<figure style="display:inline-block;margin:2px;text-align:center">'
            f'<img alt="{name}" style="height:{min(side, 2 * SIDE)}px;image-rendering:pixelated" '
            f'src="data:image/png;base64,{content}"><figcaption>{name}</figcaption></figure>'
        )
    return f"<div>{''.join(figures)}</div>"


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "–"
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return escape(text if len(text) <= LENGTH else text[: LENGTH - 1] + "…")
