"""Parts of a page that its script unpacks when they are needed: compressed, so that the file is small."""

import base64
import gzip
from functools import cache

from markupsafe import Markup


def packed(text: str) -> Markup:
    """Return a text as gzip in base64, which `unpack.js` reads; equal texts give equal results."""
    return Markup(base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode())


@cache
def chart_library() -> Markup:
    """Return the library that draws charts (plotly), packed: 2 MB of 5."""
    from plotly.offline import get_plotlyjs

    return packed(get_plotlyjs())
