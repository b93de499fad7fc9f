"""Finished runs side by side, for the page that compares them."""

from collections.abc import Mapping
from dataclasses import dataclass

from genaug.data import Verdict


@dataclass(frozen=True)
class ComparedRun:
    """A finished run among others.

    Attributes:
        name: its folder, as it is shown.
        data: the source, and the name of its file or folder.
        settings: the settings in which the runs differ, by path, as text; none that this run does not have.
        verdict: None where no validator gave one.
        seconds: time of its stages as they were made; None where it is not known.
        timed: whether the time of every stage is known; `seconds` is too small otherwise.
        time: when it finished, in UTC, as ISO 8601.
        page: link to its report, relative to the page that compares; None where there is none.
        test_view: a letter; runs with the same one were measured on the same test samples.
        folds: number of folds; 0 for an ordinary run.
    """

    name: str
    data: str
    settings: Mapping[str, str]
    verdict: Verdict | None
    seconds: float | None
    timed: bool
    time: str
    page: str | None
    test_view: str
    folds: int = 0


@dataclass(frozen=True)
class ComparedRuns:
    """Finished runs that are compared.

    Attributes:
        runs: in the order in which they are shown.
        cautions: why some of them must not be compared, and what many comparisons mean; a sentence each.
        passed_over: folders that were left out, with the reason; a sentence each.
    """

    runs: tuple[ComparedRun, ...]
    cautions: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
