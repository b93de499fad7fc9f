"""The comparison of finished runs, as a page shows it."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from genaug.contracts import ComparedRun, ComparedRuns
from genaug.data.valid_text import valid_text
from genaug.errors import StoreError
from genaug.execution.history import finished_at, flat, results
from genaug.execution.record import RunRecord, StageRecord, finished
from genaug.execution.store import STORE, Store
from genaug.stages.split import Views

WIDEST = 60
"""Maximum number of characters of a setting's value."""


@dataclass(frozen=True)
class FinishedRun:
    """A finished run that can be compared.

    Attributes:
        folder: its output folder, as given.
        record: its record.
        name: the folder; of a former result, also the time.
        time: when it finished, in UTC, as ISO 8601.
        page: its report; None where there is none.
        folds: folders and records of its folds; those of the run itself where it has none.
    """

    folder: Path
    record: RunRecord
    name: str
    time: str
    page: Path | None
    folds: Sequence[tuple[Path, RunRecord]]

    @classmethod
    def read(cls, folder: Path) -> "FinishedRun":
        """Read a run.

        Raises:
            StoreError: where it is not finished, or its record, or that of a fold, cannot be read.
        """
        record = finished(folder)
        inner = [folder / name for name in record.folds]
        same = [one.time for one in results(folder) if one.record.manifest == record.manifest]
        page = None if record.report is None else folder / record.report
        return cls(
            folder,
            record,
            str(folder),
            same[-1] if same else finished_at(folder),
            page if page is not None and page.is_file() else None,
            [(one, finished(one)) for one in inner] or [(folder, record)],
        )

    @classmethod
    def former(cls, folder: Path) -> "list[FinishedRun]":
        """Return the former results of an output folder, the oldest first; none over folds."""
        return [
            cls(
                folder,
                one.record,
                f"{folder}, {one.time[:19].replace('T', ' ')}",
                one.time,
                one.page(folder),
                [(folder, one.record)],
            )
            for one in results(folder)[:-1]
            if not one.record.folds
        ]

    def digest(self, stage: str) -> str:
        """Return a hash over the results of a stage in all folds."""
        return " ".join(one.digest for _, record in self.folds for one in record.stages if one.name == stage)

    @cached_property
    def test_view(self) -> str:
        """Return a hash over the ids of the test samples; that of the split where they are not stored."""
        ids = set[str]()
        for folder, record in self.folds:
            split = next((one for one in record.stages if one.name == "split"), None)
            found = split and Store(folder / STORE).find("split", split.fingerprint)
            if not found:
                return self.digest("split")
            ids |= set(np.asarray(Views(found.folder).test.samples.ids).tolist())
        return hashlib.sha256("".join(sorted(ids)).encode()).hexdigest()

    @cached_property
    def seconds(self) -> tuple[float, bool]:
        """Return the time of the stages as they were made, and whether all are known."""
        made = dict[str, float]()
        for folder, record in self.folds:
            for one in (*(result.record for result in results(folder)), record):
                made |= {stage.fingerprint: stage.seconds for stage in one.stages if not stage.reused}
        stages: Iterator[StageRecord] = (one for _, record in self.folds for one in record.stages)
        known = [made.get(one.fingerprint) for one in stages]
        return sum(one for one in known if one is not None), None not in known

    @property
    def data(self) -> str:
        """Return the source, and the name of its file or folder."""
        source = self.record.config.get("source") or {}
        path = source.get("path")
        return f"{source.get('use', 'unknown')}{f', {Path(str(path)).name}' if path else ''}"


def read_runs(folders: Sequence[Path], former: bool = False) -> tuple[list[FinishedRun], list[str]]:
    """Read runs; those that cannot be read are passed over.

    Args:
        folders: their output folders.
        former: whether the former results of each are runs, too.

    Returns:
        The runs, and a sentence on each that was passed over.

    Raises:
        StoreError: where none can be read.
    """
    runs, passed = list[FinishedRun](), list[str]()
    for folder in folders:
        try:
            last = FinishedRun.read(folder)
            runs += [*(FinishedRun.former(folder) if former else ()), last]
        except (StoreError, OSError) as error:
            passed.append(f"passed over: {valid_text(str(error))}")
    if not runs:
        raise StoreError("there is no finished run to compare\n" + "\n".join(passed))
    return runs, passed


def compared(runs: Sequence[FinishedRun], home: Path, passed_over: Sequence[str] = ()) -> ComparedRuns:
    """Return the comparison of runs.

    Args:
        runs: at least one.
        home: the folder of the page, to which links are relative.
        passed_over: a sentence on each folder that was passed over.
    """
    settings = own_settings(telling([dict(flat(run.record.config)) for run in runs]), len(runs))
    letters = _letters([run.test_view for run in runs])
    return ComparedRuns(
        tuple(
            ComparedRun(
                name=valid_text(run.name),
                data=valid_text(run.data),
                settings={name: _short(value) for name, value in settings[place].items()},
                verdict=run.record.verdict,
                seconds=run.seconds[0] or None,
                timed=run.seconds[1],
                time=run.time,
                page=_link(run, home),
                test_view=letter,
                folds=len(run.record.folds),
            )
            for place, (run, letter) in enumerate(zip(runs, letters, strict=True))
        ),
        tuple(_cautions(runs, letters)),
        tuple(passed_over),
    )


def different(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the settings whose values differ: one for each run, None where it has none."""
    rows = {name: [one.get(name) for one in settings] for one in settings for name in one}
    return {name: row for name, row in rows.items() if len({json.dumps(value) for value in row}) > 1}


def telling(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the settings that tell runs apart: fewer than `different`, those that name components first.

    Left out are exporters and hooks, and the settings that differ only because one run has a component that
    another has not.
    """
    rows = different(settings)

    def implied(name: str, row: Sequence[Any]) -> bool:
        values = {json.dumps(one[name]) for one in settings if name in one}
        owners = [name[:end] for end in range(len(name)) if name[end] == "."]
        return None in row and len(values) == 1 and any(f"{owner}.use" in rows for owner in owners)

    told = {
        name: row
        for name, row in rows.items()
        if not name.startswith(("exporters", "hooks")) and (name.endswith(".use") or not implied(name, row))
    }
    return dict(sorted(told.items(), key=lambda one: not one[0].endswith(".use")))


def own_settings(told: Mapping[str, Sequence[Any]], runs: int) -> list[dict[str, Any]]:
    """Return the settings of each run that tell it apart: those that the fewest runs share first.

    Of equally rare ones, paths come first. Left out is what more than half of the runs have, and what the run
    has not.

    Args:
        told: the values of all runs by setting, as `telling` returns them.
        runs: their number.
    """
    own: list[dict[str, Any]] = []
    for run in range(runs):
        ranked = []
        for place, (name, row) in enumerate(told.items()):
            shared = sum(json.dumps(other) == json.dumps(row[run]) for other in row)
            if row[run] is not None and 2 * shared <= runs:
                ranked.append((shared, not name.endswith("path"), place, name))
        own.append({name: told[name][run] for *_, name in sorted(ranked)})
    return own


def _letters(keys: Sequence[str]) -> list[str]:
    """Return a letter for each key, the same for equal ones: A, B … Z, A2, B2 and so on."""
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return [
        f"{chr(65 + places[key] % 26)}{places[key] // 26 + 1 if places[key] > 25 else ''}" for key in keys
    ]


def _cautions(runs: Sequence[FinishedRun], letters: Sequence[str]) -> Iterator[str]:
    if (views := len(set(letters))) > 1:
        sources = len({run.digest("audit").split(" ")[0] for run in runs})
        why = f"of {sources} data sets" if sources > 1 else "by other splits of the same data"
        yield (
            f"The runs were measured on {views} different test views, {why}; their scores are not "
            "comparable. Compare only runs with the same letter of the test view."
        )
    verdicts = [run.record.verdict for run in runs if run.record.verdict]
    if len(metrics := dict.fromkeys(one.metric for one in verdicts)) > 1:
        yield f"The verdicts are about different metrics, which are not comparable: {', '.join(metrics)}."
    if (count := sum(one.label != "not enough data to say" for one in verdicts)) > 1:
        yield (
            f"{count} verdicts stand side by side, and no interval is corrected for that. Where samples do "
            f"nothing, up to 2.5 % of runs find “helps” by chance: here {0.025 * count:.2g} of {count}. The "
            "best of many runs looks better than it is: choose by settings that you can explain, and confirm "
            "the choice once, on test samples that none of these runs has used."
        )
    changed = different([run.record.versions for run in runs])
    if changed:
        yield (
            f"The runs were made with different versions of {', '.join(list(changed)[:5])}"
            f"{' and others' if len(changed) > 5 else ''}."
        )
    same = dict[str | None, list[str]]()
    for run in runs:
        same.setdefault(run.record.manifest, []).append(valid_text(run.name))
    for manifest, names in same.items():
        if manifest and len(names) > 1:
            yield f"These are one and the same result, not {len(names)}: {', '.join(names)}."


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return valid_text(text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…")


def _link(run: FinishedRun, home: Path) -> str | None:
    if run.page is None:
        return None
    return quote(os.fsencode(Path(os.path.relpath(run.page, home)).as_posix()))
