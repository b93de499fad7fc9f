"""Image grids of the samples of each arm."""

from collections.abc import Iterable
from pathlib import Path

from genaug.data import Samples, SampleSpec
from genaug.data.sheet import drawable, first_of_each_class, write_sheet


def write_pictures(rows: Iterable[tuple[str, SampleSpec, Samples]], columns: int, path: Path) -> bool:
    """Draw the first samples of each row, classes alternating; return whether there was anything to draw.

    Args:
        rows: name, kind and samples of each; samples that are not images are left out.
        columns: samples of each row; 0: nothing is drawn.
        path: of the PNG; an old file is removed where there is nothing to draw.

    Raises:
        OSError: where the file cannot be written.
    """
    chosen = [
        (name, samples.take(first_of_each_class(samples.labels, columns)))
        for name, spec, samples in (rows if columns else ())
        if drawable(spec) and len(samples)
    ]
    if not chosen:
        path.unlink(missing_ok=True)
        return False
    write_sheet(chosen, path)
    return True
