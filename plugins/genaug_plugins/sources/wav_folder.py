"""Sounds in class folders: WAV, FLAC or Ogg files, read through soundfile."""

from __future__ import annotations

import hashlib
import json
import os
from math import gcd
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug import Recognition, Source
from genaug.data import Dataset
from genaug.errors import DataError, MissingRequirement
from genaug_plugins.sources.class_folders import ClassFolders, readable
from genaug_plugins.sources.files import existing_file, file_sha256
from genaug_plugins.sources.raw_signals import RawSignals
from genaug_plugins.sources.signal_dataset import signal_dataset
from genaug_plugins.sources.signal_lengths import Unequal

SUFFIXES = (".wav", ".flac", ".ogg")


class WavFolderSource(Source):
    """Read a folder with one folder of sounds for each class (extra `signals`).

    Values are those of soundfile, float in [-1, 1]. All sounds get one sampling rate, one number of channels
    and one length, as set; what differs and is not set is refused.
    """

    name: ClassVar[str] = "wav-folder"

    path: Path
    """The folder, with one folder for each class."""
    rate: int | None = Field(default=None, ge=100)
    """Samples a second, to which all are resampled; null: that of the files, which must be one."""
    mix: Literal["keep", "mono"] = "keep"
    """Channels: `keep`, which must be the same number in all files, or `mono`, their mean."""
    length: int | None = Field(default=None, ge=2)
    """Number of values of each sound; null: by `unequal`."""
    unequal: Unequal = "error"
    """Other lengths: `error`; `cut` to the first values; `pad` with the last value; `resample`."""

    def load(self) -> Dataset:
        """Read all sounds, in the order of their sorted relative paths.

        Raises:
            MissingRequirement: if soundfile is not installed.
            DataError: naming the file that cannot be used, and what to set.
        """
        soundfile = _soundfile()
        root = self.path.expanduser()
        folders = ClassFolders(root, SUFFIXES, "sound")
        signals, rates = [], []
        for name in folders.paths:
            try:
                values, rate = soundfile.read(os.fspath(root / name), dtype="float64", always_2d=True)
            except (RuntimeError, OSError) as error:
                raise DataError(f"{root / readable(name)} cannot be read as a sound: {error}") from error
            if not len(values):
                raise DataError(f"{root / readable(name)} has no values: remove it")
            signals.append(values.T if self.mix == "keep" else values.T.mean(axis=0, keepdims=True))
            rates.append(int(rate))
        names = list(map(readable, folders.paths))
        self._check_one("channels", [len(signal) for signal in signals], names, "`mix: mono`")
        notes = list(folders.problems)
        if self.rate is None:
            self._check_one("samples a second", rates, names, "`rate`")
        else:
            wrong = sum(rate != self.rate for rate in rates)
            signals = [_resampled(s, rate, self.rate) for s, rate in zip(signals, rates, strict=True)]
            if wrong:
                notes.append(f"{wrong} of {len(rates)} sounds were resampled to {self.rate} samples a second")
        channels = tuple(f"channel {number}" for number in range(len(signals[0])))
        labels = [name.split("/")[0] for name in names]
        raw = RawSignals(signals, names, channels, labels, notes=tuple(notes))
        rate = self.rate or rates[0]
        details = {
            "origin": root.name,
            "label": "class",
            "channels": json.dumps(channels),
            "form": json.dumps({"suffix": ".wav", "rate": rate}),
        }
        files = [os.path.abspath(root / name) for name in folders.paths]
        return signal_dataset(
            raw,
            details,
            length=self.length,
            unequal=self.unequal,
            interpolate=False,
            files=list(map(readable, files)),
        )

    def known_modality(self) -> str:
        """Return `signal`."""
        return "signal"

    def state(self) -> str:
        """Return the SHA-256 of the files' relative paths and bytes.

        Raises:
            DataError: if the folder does not exist or has no sounds.
        """
        root = self.path.expanduser()
        digest = hashlib.sha256()
        for name in ClassFolders(root, SUFFIXES, "sound").paths:
            content = file_sha256(existing_file(root / name, "a folder of sounds"))
            digest.update(os.fsencode(name) + b"\0" + content.encode())
        return digest.hexdigest()

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize a folder with one folder of sounds for each class."""
        if not path.is_dir():
            return None
        try:
            folders = ClassFolders(path, SUFFIXES, "sound")
        except DataError:
            return None
        found = f"{len(folders.paths):,} sounds in {len(folders.classes)} class folders"
        confidence = 0.9 if len(folders.classes) > 1 else 0.3
        settings: dict[str, Any] = {"path": str(path), "unequal": "pad", "mix": "mono"}
        notes = ["sounds are mixed to one channel (`mix`), shorter ones padded (`unequal`)"]
        try:
            soundfile = _soundfile()
            rates = {soundfile.info(os.fspath(path / name)).samplerate for name in folders.paths}
        except (MissingRequirement, RuntimeError, OSError):  # named when the sounds are read
            rates = set()
        if len(rates) > 1:
            settings["rate"] = min(rates)
            notes.append(f"all sounds are resampled to {min(rates)} samples a second (`rate`)")
        return Recognition(settings=settings, confidence=confidence, found=found, notes=tuple(notes))

    def _check_one(self, what: str, found: list[int], names: list[str], setting: str) -> None:
        low, high = int(np.argmin(found)), int(np.argmax(found))
        if found[low] != found[high]:
            raise DataError(
                f"sounds have {found[low]} {what} ({names[low]}) and {found[high]} ({names[high]}): set "
                + setting
            )


def _soundfile() -> Any:
    try:
        import soundfile
    except ImportError as error:
        raise MissingRequirement("reading sounds needs soundfile: pip install 'genaug[signals]'") from error
    return soundfile


def _resampled(signal: NDArray[np.float64], rate: int, wanted: int) -> NDArray[np.float64]:
    from scipy.signal import resample_poly

    if rate == wanted:
        return signal
    common = gcd(rate, wanted)
    made: NDArray[np.float64] = resample_poly(signal, wanted // common, rate // common, axis=1)
    return made
