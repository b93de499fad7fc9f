"""Write what a study says: the table for people, the same for programs, the samples."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from genaug.data.json_files import write_json
from genaug.errors import StoreError
from genaug.experiments.study.figures import Finished
from genaug.experiments.study.results import Results, Table
from genaug.experiments.study.sheet import contact_sheet
from genaug.experiments.study.table import markdown


def write(results: Results, finished: Sequence[Finished], folder: Path, stem: str) -> list[Path]:
    """Write ``<stem>.md``, ``<stem>.json`` and, where the study asks for pictures, ``<stem>.png``.

    Returns:
        What was written.

    Raises:
        StoreError: where the folder cannot be written.
    """
    page, data, picture = (folder / f"{stem}.{suffix}" for suffix in ("md", "json", "png"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawn = contact_sheet(results.study, finished, picture)
        page.write_text(markdown(results, picture.name if drawn else None), encoding="utf-8")
        write_json(data, _plain(_document(results, finished)))
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from error
    return [page, data, *([picture] if drawn else [])]


def _document(results: Results, finished: Sequence[Finished]) -> dict[str, Any]:
    return {
        "study": results.study.model_dump(mode="json"),
        "command": results.command,
        "versions": results.versions,
        "machines": results.machines,
        "threads": results.threads,
        "stale": results.stale,
        "tables": [_table(table) for table in results.tables],
        "runs": [
            {
                "arm": one.run.arm,
                "value": one.run.value.value,
                "seed": one.run.seed,
                "run": one.run.folder.name,
                "manifest": one.record.manifest,
            }
            for one in finished
        ],
    }


def _table(table: Table) -> dict[str, Any]:
    document = {
        name: getattr(table, name) for name in ("better", "steps", "counts", "lost", "remarks", "notes")
    }
    return {
        "vary": {table.value.path: table.value.value} if table.value.path else {},
        "arms": {
            arm: {figure: asdict(cell) for figure, cell in cells.items()} for arm, cells in table.rows.items()
        },
        "yardstick": {figure: asdict(cell) for figure, cell in table.yardstick.items()},
        **document,
    }


def _plain(value: Any) -> Any:
    """Return values as strict JSON has them: keys are text, what is not finite is text."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)
