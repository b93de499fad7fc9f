"""The augmented set of signals in the form of the file that was read, with a list of their origins."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from genaug import CompletedRun, Exporter
from genaug.data import SampleSpec
from genaug_plugins.exporters.card import REAL_ONLY, column_table, recipe, summary, write_card
from genaug_plugins.exporters.rows import MEANINGS, Row, all_rows, json_line, require


class SignalFileExporter(Exporter):
    """Write ``signals.ts``, ``signals.csv`` or ``signals.npz``, and ``rows.jsonl`` with the origin of each.

    The real training signals come first, then those that were kept. A table is wide for one channel and long
    for several, as the source `signal-file` reads it. Of the real signals only those of the training view
    are written: use other signals for evaluation.
    """

    name: ClassVar[str] = "signal-file"

    format: Literal["same", "ts", "csv", "npz"] = "same"
    """Kind of file; `same`: that of the file that was read, a table for sounds and files of other kinds."""
    real: bool = True
    """Also write the real training signals, before the synthetic ones."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not signals.

        Raises:
            DataError: naming the modality.
        """
        require(self, spec, "signal")

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the signals, batch by batch, the list of their origins and a ``README.md``.

        Raises:
            DataError: where the samples are not signals.
        """
        spec = run.evidence.spec
        self.check_usable(spec)
        form = json.loads(spec.details.get("form", "{}"))
        known = form.get("suffix", ".csv")
        suffix = f".{self.format}" if self.format != "same" else known if known in (".ts", ".npz") else ".csv"
        path = folder / f"signals{suffix}"
        label = spec.details.get("label", "class")

        def signals() -> Iterator[tuple[NDArray[Any], str, Row]]:
            for values, rows in all_rows(run.evidence, self.real):
                for signal, row in zip(values, rows, strict=True):
                    yield signal, spec.class_names[row["label"]], row

        {".ts": _write_ts, ".npz": _write_npz, ".csv": _write_table}[suffix](
            path, spec, form, label, signals()
        )
        with (folder / "rows.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for _, name, row in signals():
                file.write(json_line({**row, "label": name}) + "\n")
        about = (
            f"`{path.name}` has the signals, `rows.jsonl` a line for each of them in this order. {REAL_ONLY}"
        )
        columns = column_table("key", {**MEANINGS, "label": "name of its class"})
        write_card(folder, summary(run), about, columns, recipe(run))


Signals = Iterator[tuple[NDArray[Any], str, Row]]


def _write_ts(path: Path, spec: SampleSpec, form: dict[str, str], label: str, signals: Signals) -> None:
    """Write the form of the UCR/UEA archive; it has no white space in class names."""
    channels, length = spec.shape
    names = ["_".join(name.replace(":", "_").split()) or "class" for name in spec.class_names]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            f"@problemName {form.get('problem', 'signals')}\n@timeStamps false\n@missing false\n"
            f"@univariate {str(channels == 1).lower()}\n@dimensions {channels}\n@equalLength true\n"
            f"@seriesLength {length}\n@classLabel true {' '.join(names)}\n@data\n"
        )
        for signal, name, _ in signals:
            parts = [",".join(map(str, channel.tolist())) for channel in signal]
            file.write(":".join([*parts, names[spec.class_names.index(name)]]) + "\n")


def _write_npz(path: Path, spec: SampleSpec, form: dict[str, str], label: str, signals: Signals) -> None:
    every = [(signal, name, row["synthetic"]) for signal, name, row in signals]
    values = np.stack([signal for signal, _, _ in every]) if every else np.zeros((0, *spec.shape), np.float32)
    np.savez(
        path,
        allow_pickle=False,
        **{
            form.get("values", "values"): values,
            form.get("label", "labels"): np.array([name for _, name, _ in every], dtype=np.str_),
            "synthetic": np.array([made for _, _, made in every], dtype=np.bool_),
        },
    )


def _write_table(path: Path, spec: SampleSpec, form: dict[str, str], label: str, signals: Signals) -> None:
    channels, length = spec.shape
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if channels == 1 and form.get("layout", "wide") == "wide":
            writer.writerow([*(f"t{step}" for step in range(length)), label, "synthetic"])
            for signal, name, row in signals:
                writer.writerow([*map(str, signal[0].tolist()), name, str(row["synthetic"]).lower()])
            return
        names = json.loads(spec.details.get("channels", "null")) or [f"channel {n}" for n in range(channels)]
        identity, step = form.get("id", "id"), form.get("step", "time")
        writer.writerow([identity, step, *names, label, "synthetic"])
        for number, (signal, name, row) in enumerate(signals):
            for place, cells in enumerate(signal.T.tolist()):
                writer.writerow([number, place, *map(str, cells), name, str(row["synthetic"]).lower()])
