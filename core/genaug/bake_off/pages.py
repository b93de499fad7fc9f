"""Write what a bake-off says: the page for people, the same for programs, the figure, the pictures."""

import json
from pathlib import Path

import numpy as np

from genaug.bake_off.carry_out import Baked
from genaug.bake_off.forest import forest
from genaug.bake_off.markdown import markdown
from genaug.data import Samples
from genaug.data.json_files import write_json
from genaug.data.sheet import drawable, first_of_each_class, write_sheet
from genaug.errors import StoreError


def write(baked: Baked, folder: Path, stem: str, data: str, command: str) -> list[Path]:
    """Write ``<stem>.md``, ``<stem>.svg``, the comparison, and ``<stem>.png`` where there are images.

    Args:
        baked: what to say.
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
        drawn = forest(baked.comparison)
        figure.unlink(missing_ok=True) if drawn is None else figure.write_text(drawn, encoding="utf-8")
        shown = _pictures(baked, picture)
        text = markdown(baked, command, figure.name if drawn else None, picture.name if shown else None)
        page.write_text(text, encoding="utf-8")
        write_json(folder / data, _document(baked, command))
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from error
    return [page, folder / data, *([figure] if drawn else []), *([picture] if shown else [])]


def _document(baked: Baked, command: str) -> dict[str, object]:
    return {
        "command": command,
        "comparison": json.loads(baked.comparison.model_dump_json()),
        "bake_off": json.loads(baked.bake_off.model_dump_json()),
        "candidates": len(baked.pool),
        "views": baked.views.record["views"],
        "versions": dict(baked.record.versions),
        "manifest": baked.record.manifest,
    }


def _pictures(baked: Baked, path: Path) -> bool:
    """Draw real samples, the pool's first, and what each chain kept; tell whether there is a sheet."""
    columns = baked.bake_off.pictures
    path.unlink(missing_ok=True)
    if not columns or not drawable(baked.pool.spec):
        return False
    real = baked.views.train.samples
    every = np.arange(len(baked.pool))
    rows = [("real", real.take(first_of_each_class(real.labels, columns)))]
    rows += [
        (name, _first(baked, kept, columns))
        for name, kept in (
            ("everything", every),
            *((name, np.flatnonzero(funnel.kept)) for name, funnel in baked.funnels.items()),
        )
        if len(kept)
    ]
    write_sheet(rows, path)
    return True


def _first(baked: Baked, kept: np.typing.NDArray[np.int64], columns: int) -> Samples:
    return baked.pool.take(kept[first_of_each_class(baked.pool.labels[kept], columns)]).samples
