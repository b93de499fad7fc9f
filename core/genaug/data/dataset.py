"""The data set that a source returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import Samples
from genaug.data.spec import SampleSpec
from genaug.data.valid_text import valid_text, valid_texts
from genaug.errors import DataError

VIEWS = ("train", "validation", "test")
"""The names of the views."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """A whole data set before it is split.

    Attributes:
        spec: what a sample is; ``details["views"]`` and ``details["times"]`` may say what assigns views and
            gives times ("the column 'split'").
        samples: all of them; label -1 where the class is not known.
        groups: ``[N]`` names of groups (a patient, a scene) that are never split; None where samples are
            independent.
        origins: ``[N]`` origin of each sample (a file's path); None where there is none.
        views: ``[N]`` the view that the source assigns each sample to, ``train``, ``validation`` or ``test``
            (a fixed test set, a column of the split); empty where genaug splits; None: genaug splits all.
        times: ``[N]`` float64, when each sample was taken, in any unit; where given, the views are cut by
            time, training the earliest and test the latest; None: they are drawn at random.
        files: ``[N]`` absolute path of the original file of each sample, from which exporters link or copy;
            empty where a sample has no file of its own; None where none has.
        metadata: ``[N]`` mappings of plain JSON: what lies beside each sample (a prompt, a seed); empty where
            nothing is known; None where nothing is known of any.
        problems: problems while reading, one sentence each, e.g. a corrupt file that was skipped.
    """

    spec: SampleSpec
    samples: Samples
    groups: NDArray[np.str_] | None = None
    origins: NDArray[np.str_] | None = None
    problems: tuple[str, ...] = ()
    views: NDArray[np.str_] | None = None
    times: NDArray[np.float64] | None = None
    files: NDArray[np.str_] | None = None
    metadata: NDArray[np.object_] | None = None

    def __post_init__(self) -> None:
        """Make names valid texts: those of files may have bytes that are none."""
        object.__setattr__(self, "problems", tuple(valid_text(one) for one in self.problems))
        for name in ("origins", "groups"):
            values = getattr(self, name)
            if values is not None and values.dtype.kind == "U" and values.size:
                object.__setattr__(self, name, valid_texts(values))

    def check_rows(self) -> None:
        """Check that whatever is given for each sample is given for all of them.

        Raises:
            DataError: naming what has another length, or holds other values than it may.
        """
        for name in ("groups", "origins", "views", "times", "files", "metadata"):
            values = getattr(self, name)
            if values is not None and values.shape != (len(self.samples),):
                raise DataError(
                    f"`{name}` has the shape {list(values.shape)} for {len(self.samples)} samples: "
                    "one value for each is needed"
                )
        if self.views is not None:
            unknown = sorted(set(self.views.tolist()) - {*VIEWS, ""})
            if unknown:
                raise DataError(
                    f"{unknown[0]!r} is not the name of a view: use {', '.join(VIEWS)}, or an empty name for "
                    "samples that genaug assigns"
                )
        if self.times is not None and not np.isfinite(self.times).all():
            row = int(np.flatnonzero(~np.isfinite(self.times))[0])
            raise DataError(f"the time of sample {row} is {self.times[row]}: give every sample a finite time")
