"""Writing of the results of a study."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from genaug.data import Samples, SampleSpec
from genaug.errors import StoreError
from genaug.experiments import pages
from genaug.experiments.pictures import write_pictures
from genaug.experiments.study.figures import Finished
from genaug.experiments.study.page import chart, page
from genaug.experiments.study.results import StudyRecord
from genaug.experiments.study.study import Study


def write(record: StudyRecord, finished: Sequence[Finished], folder: Path, stem: str) -> list[Path]:
    """Write ``<stem>.md``, ``.json``, ``.svg`` and, where the study asks for pictures, ``.png``.

    Returns:
        The paths of the written files.

    Raises:
        StoreError: where the folder cannot be written.
    """
    picture = folder / f"{stem}.png"
    columns = record.asked.pictures.columns if record.asked.pictures else 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawn = write_pictures(_rows(record.asked, finished), columns, picture)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from error
    plot = chart(record)
    text = page(record, f"{stem}.svg" if plot else None, picture.name if drawn else None)
    return [*pages.write(folder, stem, text, record, plot), *([picture] if drawn else [])]


def _rows(study: Study, finished: Sequence[Finished]) -> Iterator[tuple[str, SampleSpec, Samples]]:
    """Yield rows of real samples and of each arm's first candidates at the first seed."""
    for value in study.values():
        of = {
            one.run.arm: one for one in finished if one.run.value == value and one.run.seed == study.seeds[0]
        }
        for number, (arm, one) in enumerate((arm, of[arm]) for arm in study.arms if arm in of):
            if number == 0:
                train = one.views.train
                yield f"real {value.title}".strip(), train.spec, train.samples
            yield arm, one.pool.spec, one.pool.samples
