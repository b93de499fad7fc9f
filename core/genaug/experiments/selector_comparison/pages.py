"""Write the results of a selector comparison: page, JSON, forest plot and pictures."""

import json
from pathlib import Path

import numpy as np

from genaug.data import Samples
from genaug.data.json_files import write_json
from genaug.data.sheet import drawable, first_of_each_class, write_sheet
from genaug.errors import StoreError
from genaug.experiments.selector_comparison.forest import forest
from genaug.experiments.selector_comparison.markdown import markdown
from genaug.experiments.selector_comparison.run import Outcome


def write(outcome: Outcome, folder: Path, stem: str, data: str, command: str) -> list[Path]:
    """Write ``<stem>.md``, ``<stem>.svg``, the comparison, and ``<stem>.png`` where there are images.

    Args:
        outcome: what to say.
        folder: where to.
        stem: name of the page and its pictures.
        data: name of the file with the comparison.
        command: what made them; empty: Python did.

    Returns:
        What was written, the page first.

    Raises:
        StoreError: where the folder cannot be written.
    """
    page, figure, picture = (folder / f"{stem}.{suffix}" for suffix in ("md", "svg", "png"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawn = forest(outcome.comparison)
        figure.unlink(missing_ok=True) if drawn is None else figure.write_text(drawn, encoding="utf-8")
        shown = _pictures(outcome, picture)
        text = markdown(outcome, command, figure.name if drawn else None, picture.name if shown else None)
        page.write_text(text, encoding="utf-8")
        write_json(folder / data, _document(outcome, command))
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from error
    return [page, folder / data, *([figure] if drawn else []), *([picture] if shown else [])]


def _document(outcome: Outcome, command: str) -> dict[str, object]:
    return {
        "command": command,
        "comparison": json.loads(outcome.comparison.model_dump_json()),
        "selector_comparison": json.loads(outcome.asked.model_dump_json()),
        "candidates": len(outcome.pool),
        "views": outcome.views.record["views"],
        "versions": dict(outcome.record.versions),
        "manifest": outcome.record.manifest,
    }


def _pictures(outcome: Outcome, path: Path) -> bool:
    """Draw real samples, the pool's first, and what each chain kept; tell whether there is a sheet."""
    columns = outcome.asked.pictures
    path.unlink(missing_ok=True)
    if not columns or not drawable(outcome.pool.spec):
        return False
    real = outcome.views.train.samples
    every = np.arange(len(outcome.pool))
    rows = [("real", real.take(first_of_each_class(real.labels, columns)))]
    rows += [
        (name, _first(outcome, kept, columns))
        for name, kept in (
            ("everything", every),
            *((name, np.flatnonzero(funnel.kept)) for name, funnel in outcome.funnels.items()),
        )
        if len(kept)
    ]
    write_sheet(rows, path)
    return True


def _first(outcome: Outcome, kept: np.typing.NDArray[np.int64], columns: int) -> Samples:
    return outcome.pool.take(kept[first_of_each_class(outcome.pool.labels[kept], columns)]).samples
