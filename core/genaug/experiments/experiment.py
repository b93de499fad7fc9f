"""The description of an experiment: what its record is, and how its page and chart are drawn."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from genaug.data import Samples, SampleSpec
from genaug.data.sheet import drawable, first_of_each_class, write_sheet
from genaug.errors import StoreError
from genaug.experiments import pages

Record = TypeVar("Record", bound=BaseModel)


@dataclass(frozen=True)
class Experiment(Generic[Record]):
    """A kind of experiment.

    Attributes:
        record: the class of its results.
        page: returns the page of a record, given the names of the chart and of the image grid beside it;
            None: there is none.
        chart: returns the SVG of a record; None: there is nothing to draw.
    """

    record: type[Record]
    page: Callable[[Record, str | None, str | None], str]
    chart: Callable[[Record], str | None]

    def write(
        self,
        record: Record,
        rows: Iterable[tuple[str, SampleSpec, Samples]],
        columns: int,
        folder: Path,
        stem: str,
        data: str = "",
    ) -> list[Path]:
        """Write ``<stem>.md``, ``.svg``, the record, and ``<stem>.png`` where there are images.

        Args:
            record: the results.
            rows: name, kind and samples of each row of the image grid; samples that are not images are left
                out.
            columns: samples of each row, classes alternating; 0: there is no image grid.
            folder: output folder.
            stem: name of the files without suffix.
            data: name of the record's file; empty: ``<stem>.json``.

        Returns:
            The paths of the written files, the page first.

        Raises:
            StoreError: where the folder cannot be written.
        """
        picture = folder / f"{stem}.png"
        drawn = [
            (name, samples.take(first_of_each_class(samples.labels, columns)))
            for name, spec, samples in (rows if columns else ())
            if drawable(spec) and len(samples)
        ]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if drawn:
                write_sheet(drawn, picture)
            else:
                picture.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be written: {error.strerror}") from error
        plot = self.chart(record)
        text = self.page(record, f"{stem}.svg" if plot else None, picture.name if drawn else None)
        return [*pages.write(folder, stem, text, record, plot, data), *([picture] if drawn else [])]

    def page_of(self, record: str, chart: str | None, picture: str | None) -> str:
        """Return the page of a record, given as JSON."""
        return self.page(self.record.model_validate_json(record), chart, picture)
