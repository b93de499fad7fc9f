"""Writing of the results of a selector comparison."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from genaug.data import Samples, SampleSpec
from genaug.data.comparison import EVERYTHING
from genaug.errors import StoreError
from genaug.experiments import pages
from genaug.experiments.pictures import write_pictures
from genaug.experiments.selector_comparison.page import chart, page
from genaug.experiments.selector_comparison.results import SelectorRecord
from genaug.experiments.selector_comparison.run import Outcome


def write(record: SelectorRecord, outcome: Outcome, folder: Path, stem: str, data: str = "") -> list[Path]:
    """Write ``<stem>.md``, ``.svg``, the record, and ``<stem>.png`` where the samples are images.

    Args:
        record: the results.
        outcome: source of the pictures.
        folder: output folder.
        stem: name of the page and its pictures.
        data: name of the record's file; empty: ``<stem>.json``.

    Returns:
        The paths of the written files, the page first.

    Raises:
        StoreError: where the folder cannot be written.
    """
    picture = folder / f"{stem}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawn = write_pictures(_rows(outcome), outcome.asked.pictures, picture)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from error
    plot = chart(record)
    text = page(record, f"{stem}.svg" if plot else None, picture.name if drawn else None)
    return [*pages.write(folder, stem, text, record, plot, data), *([picture] if drawn else [])]


def _rows(outcome: Outcome) -> Iterator[tuple[str, SampleSpec, Samples]]:
    """Yield rows of real samples, of the pool, and of the candidates that each chain kept."""
    pool = outcome.pool
    yield "real", pool.spec, outcome.views.train.samples
    yield EVERYTHING, pool.spec, pool.samples
    for name, funnel in outcome.funnels.items():
        yield name, pool.spec, pool.take(np.flatnonzero(funnel.kept)).samples
