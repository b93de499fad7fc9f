"""Write down what a run does, a line a stage."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from genaug import Hook, hookimpl


class DiaryHook(Hook):
    """Write one line for each stage into a file in the output folder."""

    name: ClassVar[str] = "diary"

    file: str = Field(default="diary.txt", pattern=r"^[\w.-]+$")
    """Name of the file."""

    def subscribe(self) -> object:
        """Return the observer of one run."""
        return _Diary(self.file)


class _Diary:
    def __init__(self, name: str) -> None:
        self._name = name
        self._path: Path | None = None

    @hookimpl
    def run_started(self, folder: Path, stages: list[str]) -> None:
        self._path = folder / self._name
        self._path.write_text(f"a run of {len(stages)} stages\n", encoding="utf-8")

    @hookimpl
    def stage_finished(self, stage: str, reused: bool) -> None:
        self._note(f"{stage}: {'stood already' if reused else 'done'}")

    @hookimpl
    def run_failed(self, error: BaseException) -> None:
        self._note(f"failed: {error}")

    @hookimpl
    def run_finished(self) -> None:
        self._note("finished")

    def _note(self, line: str) -> None:
        if self._path is not None:  # a run may fail before it starts
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
