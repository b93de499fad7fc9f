"""The output of commands: aligned columns for people, one JSON document for programs."""

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import typer


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a header and rows in aligned columns."""
    cells = [list(map(str, row)) for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo(line.rstrip())


def document(value: Any) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


@contextlib.contextmanager
def stdout_kept_for(as_json: bool) -> Iterator[None]:
    """Redirect printed text to stderr, where stdout is reserved for a JSON document."""
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        yield
