"""The output of commands: aligned columns for people, one JSON document for programs."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import typer


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a header and rows in aligned columns."""
    cells = [[printable(str(cell)) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo(line.rstrip())


def printable(text: str) -> str:
    """Return a text in one line, its control characters and half characters escaped."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def printable_lines(text: str) -> str:
    """Return a text of several lines, each as `printable` writes it."""
    return "\n".join(map(printable, text.split("\n")))


def document(value: Any) -> None:
    """Print one JSON document."""
    from genaug.data.json_files import json_text

    typer.echo(json_text(value))


@contextlib.contextmanager
def stdout_kept_for(as_json: bool) -> Iterator[None]:
    """Redirect printed text to stderr, where stdout is reserved for a JSON document."""
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        yield
