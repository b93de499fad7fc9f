"""The results of a study."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from genaug.data import Samples, SampleSpec
from genaug.experiments.figures import BUILT_IN, Finished
from genaug.experiments.outcomes import Outcomes
from genaug.experiments.record import Made
from genaug.experiments.results import Table
from genaug.experiments.study.study import Study


class StudyRecord(BaseModel):
    """The results of a study."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    experiment: Literal["study"] = "study"
    made: Made
    asked: Study
    tables: tuple[Table, ...]
    """A table for each value of the varied setting."""
    runs: tuple[dict[str, Any], ...]
    """The finished runs: arm, value, seed, name of the folder, manifest."""
    stale_runs: tuple[str, ...]
    """Labels of finished runs that were made by other code or settings than the present ones."""


def recorded(study: Study, outcomes: Outcomes, command: str) -> StudyRecord:
    """Return the record of a study.

    Raises:
        ConfigError: where none of the finished runs has a figure that the study names.
    """
    whole = {one.run.arm for one in outcomes.finished} == set(study.arms)
    # Logged values differ between arms: only when all runs are finished is a missing figure an error.
    outcomes.check_figures(
        study.figures, lambda group: group not in BUILT_IN or (whole and group != "seconds")
    )
    return StudyRecord(
        made=outcomes.made(command, __name__),
        asked=study,
        tables=tuple(outcomes.table(study, value) for value in study.values()),
        runs=tuple(
            {
                "arm": one.run.arm,
                "value": one.run.value.value,
                "seed": one.run.seed,
                "run": one.run.folder.name,
                "manifest": one.record.manifest,
            }
            for one in outcomes.finished
        ),
        stale_runs=outcomes.stale,
    )


def picture_rows(study: Study, finished: Sequence[Finished]) -> Iterator[tuple[str, SampleSpec, Samples]]:
    """Yield real samples and each arm's first candidates at the first seed, for each value."""
    for value in study.values():
        of = {
            one.run.arm: one for one in finished if one.run.value == value and one.run.seed == study.seeds[0]
        }
        for number, one in enumerate(of[arm] for arm in study.arms if arm in of):
            if number == 0:
                train = one.views.train
                yield f"real {value.title}".strip(), train.spec, train.samples
            yield one.run.arm, one.pool.spec, one.pool.samples
