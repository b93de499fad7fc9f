"""Markdown pages and SVG pictures, from the templates in `templates` and a record."""

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from genaug.data.json_files import write_json
from genaug.errors import StoreError

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
MINUS = "−"


def rendered(template: str, folders: Sequence[Path] = (), **content: Any) -> str:
    """Return a filled template.

    Args:
        template: its file's name.
        folders: searched for it and for what it includes, before genaug's own folder.
        content: its variables; a missing variable is an error.
    """
    text: str = _environment(tuple(folders)).get_template(template).render(**content)
    # Omitted parts leave blank lines.
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def _environment(folders: tuple[Path, ...]) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=lambda name: (name or "").endswith(".svg.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "table": table,
        "number": number,
        "percent": percent,
        "capital": capital,
        "one_line": one_line,
        "plain": lambda value: json.dumps(value, ensure_ascii=False),
        "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    }
    return made


def table(rows: Iterable[Sequence[object]]) -> str:
    """Return rows, the header first, as a Markdown table."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(
        f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in lines
    )


def number(value: float, digits: int, sign: str = "") -> str:
    """Return a number with `decimals` decimals and a proper minus; with its sign where `sign` is ``+``."""
    return f"{float(value):{sign},.{digits}f}".replace("-", MINUS)  # records write NaN as a string


def percent(share: float, digits: int = 1) -> str:
    """Return a share in percent."""
    return f"{number(100 * share, digits)} %"


def interval(ends: tuple[float, float], digits: int, sign: str = "") -> str:
    """Return both ends of an interval in brackets."""
    return f"[{', '.join(number(end, digits, sign) for end in ends)}]"


def capital(text: str) -> str:
    """Return a sentence with a capital first letter."""
    return text[:1].upper() + text[1:]


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())


def write(
    folder: Path, stem: str, page: str, record: BaseModel, chart: str | None = None, data: str = ""
) -> list[Path]:
    """Write a page, the record behind it, and its chart.

    Args:
        folder: output folder.
        stem: name of the files without suffix.
        page: Markdown.
        record: JSON.
        chart: SVG; None: no chart, and an old file is removed.
        data: name of the record's file; empty: the stem, with the ending .json.

    Returns:
        The paths of the written files, the page first.

    Raises:
        StoreError: where the folder cannot be written.
    """
    paths = [folder / f"{stem}.md", folder / (data or f"{stem}.json"), folder / f"{stem}.svg"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths[0].write_text(page, encoding="utf-8")
        write_json(paths[1], json.loads(record.model_dump_json()))
        if chart is None:
            paths.pop().unlink(missing_ok=True)
        else:
            paths[2].write_text(chart, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from error
    return paths
