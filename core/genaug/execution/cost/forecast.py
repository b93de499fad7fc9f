"""The forecast of a run's time and memory, from what a trial measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MEGABYTE = 2**20
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class StageCost:
    """The cost of one stage.

    Attributes:
        stage: its name.
        seconds: shortest and longest expected time; None in place of the longest: at least that long. None:
            not known.
        memory: peak of the process while the stage ran, bytes; None: not known.
        basis: what the figures rest on.
    """

    stage: str
    seconds: tuple[float, float | None] | None
    memory: int | None
    basis: str


@dataclass(frozen=True)
class CostForecast:
    """The time and memory that a run is expected to need.

    Attributes:
        stages: of one run of the chain.
        runs: number of such runs: the folds.
        took: seconds of the measurement.
        spared: memory that the trial did not need and the run does, bytes: candidates that were not made,
            and child processes.
        machine: memory of the machine, bytes; None: not known.
    """

    stages: tuple[StageCost, ...]
    runs: int
    took: float
    spared: int
    machine: int | None

    @property
    def seconds(self) -> tuple[float, float | None]:
        """Return the shortest and the longest expected time; None in place of the longest: at least."""
        known = [one.seconds for one in self.stages if one.seconds is not None]
        longest = [high for _, high in known if high is not None]
        open_ended = len(longest) < len(self.stages)
        return (
            self.runs * sum(low for low, _ in known),
            None if open_ended else self.runs * sum(longest),
        )

    @property
    def memory(self) -> tuple[int, int]:
        """Return the least and the most expected peak memory, bytes."""
        peak = max((one.memory for one in self.stages if one.memory is not None), default=0)
        return peak, peak + self.spared

    def plain(self) -> dict[str, Any]:
        """Return the forecast as plain JSON, memory in megabytes."""
        least, most = self.memory
        return {
            "seconds": self.seconds,
            "megabytes": (_megabytes(least), _megabytes(most)),
            "machine_megabytes": None if self.machine is None else _megabytes(self.machine),
            "runs": self.runs,
            "took": round(self.took, 1),
            "warnings": list(self.warnings()),
            "stages": [
                {
                    "stage": one.stage,
                    "seconds": one.seconds,
                    "megabytes": None if one.memory is None else _megabytes(one.memory),
                    "basis": one.basis,
                }
                for one in self.stages
            ],
        }

    def warnings(self) -> Iterator[str]:
        """Yield what the machine cannot do."""
        least, most = self.memory
        if self.machine is not None and most > self.machine:
            may = "needs" if least > self.machine else "may need"
            yield (
                f"the run {may} {_megabytes(most):,} MB of memory, and this machine has "
                f"{_megabytes(self.machine):,} MB: ask for fewer candidates, smaller samples or fewer "
                "`threads`, or take another machine"
            )
        unknown = [one.stage for one in self.stages if one.seconds is None]
        if unknown:
            yield f"nothing is known of the time of {', '.join(unknown)}"


def _megabytes(size: int) -> int:
    return round(size / MEGABYTE)
