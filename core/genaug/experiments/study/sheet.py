"""The contact sheet of a study: samples of each arm, side by side."""

from collections.abc import Sequence
from pathlib import Path

from genaug.data import Samples
from genaug.data.sheet import drawable, first_of_each_class, write_sheet
from genaug.experiments.study.figures import Finished
from genaug.experiments.study.study import Study


def contact_sheet(study: Study, finished: Sequence[Finished], path: Path) -> bool:
    """Draw the first candidates of the first seed, an arm a row; tell whether there was anything to draw."""
    columns = study.pictures.columns if study.pictures else 0
    rows: list[tuple[str, Samples]] = []
    for value in study.values():
        of = [one for one in finished if one.run.value == value and one.run.seed == study.seeds[0]]
        of = [one for one in of if drawable(one.views.spec)]
        title = f" {value.title}" if value.title else ""
        if of:
            rows.append((f"real{title}", _first(of[0].views.train.samples, columns)))
        by_arm = {one.run.arm: one for one in of}
        rows += [(arm, _first(by_arm[arm].pool.samples, columns)) for arm in study.arms if arm in by_arm]
    if not rows or not columns:
        return False
    write_sheet(rows, path)
    return True


def _first(samples: Samples, columns: int) -> Samples:
    return samples.take(first_of_each_class(samples.labels, columns))
