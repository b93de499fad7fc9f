"""Hooks that break exactly one promise."""

import random
from pathlib import Path
from typing import Any, ClassVar

from genaug import Hook, hookimpl


class Diary:
    folder: Path | None = None

    @hookimpl
    def run_started(self, folder: Path) -> None:
        self.folder = folder

    @hookimpl
    def warned(self, message: str) -> None:
        assert self.folder is not None
        (self.folder / "diary.txt").write_text(message)

    @hookimpl
    def run_finished(self, record: dict[str, Any]) -> None:
        pass

    @hookimpl
    def run_failed(self, error: BaseException) -> None:
        pass


class DiaryHook(Hook):
    name: ClassVar[str] = "diary"
    subscriber: ClassVar[type] = Diary

    def subscribe(self) -> object:
        return self.subscriber()


class SharingHook(DiaryHook):
    shared: ClassVar[object] = Diary()

    def subscribe(self) -> object:
        return self.shared


class UnmarkedHook(DiaryHook):
    class subscriber:  # noqa: N801
        def run_started(self, folder: Path) -> None:
            pass


class UntoldHook(DiaryHook):
    class subscriber(Diary):  # noqa: N801
        @hookimpl
        def run_finished(self, record: dict[str, Any]) -> None:
            record["verdict"]["sentence"]


class UnpreparedHook(DiaryHook):
    class subscriber(Diary):  # noqa: N801
        @hookimpl
        def run_failed(self, error: BaseException) -> None:
            (self.folder / "error.txt").write_text(str(error))  # type: ignore[operator]


class ChattyHook(DiaryHook):
    class subscriber(Diary):  # noqa: N801
        @hookimpl
        def stage_started(self, stage: str) -> None:
            print(stage)


class MeddlingHook(DiaryHook):
    class subscriber(Diary):  # noqa: N801
        @hookimpl
        def run_started(self, folder: Path, config: dict[str, Any]) -> None:
            super().run_started(folder)
            config.clear()


class RandomHook(DiaryHook):
    class subscriber(Diary):  # noqa: N801
        @hookimpl
        def progressed(self, done: int) -> None:
            random.random()


GOOD = [DiaryHook()]

BROKEN = {
    "subscribes_afresh": [SharingHook()],
    "implements_a_hook": [UnmarkedHook()],
    "handles_a_finished_run": [UntoldHook()],
    "handles_a_failed_run": [UnpreparedHook()],
    "is_silent_on_stdout": [ChattyHook()],
    "leaves_its_arguments_alone": [MeddlingHook()],
    "leaves_global_randomness_alone": [RandomHook()],
}
