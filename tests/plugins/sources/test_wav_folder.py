"""Sounds from class folders; rates, channels and lengths as set."""

from pathlib import Path

import numpy as np
import pytest

from genaug.errors import DataError, MissingRequirement
from genaug.testing import failures
from genaug_plugins.sources.wav_folder import WavFolderSource


def sounds(folder: Path, rate: int = 800, odd: int = 800) -> Path:
    soundfile = pytest.importorskip("soundfile")
    for label in ("hum", "tick"):
        (folder / label).mkdir(parents=True)
        for number in range(3):
            values = np.sin(np.arange(80) * (number + 1) / 9)
            soundfile.write(folder / label / f"{number}.wav", values, odd if number == 1 else rate)
    return folder


def test_a_folder_is_a_class(tmp_path: Path) -> None:
    dataset = WavFolderSource(path=sounds(tmp_path / "s")).load()
    assert dataset.spec.shape == (1, 80)
    assert dataset.spec.class_names == ("hum", "tick")
    assert dataset.samples.per_class(2).tolist() == [3, 3]
    assert dataset.files is not None
    assert dataset.files[0] == str(tmp_path / "s" / "hum" / "0.wav")
    np.testing.assert_allclose(dataset.samples.values[0, 0], np.sin(np.arange(80) / 9), atol=1e-4)


def test_other_rates_are_refused_or_resampled(tmp_path: Path) -> None:
    folder = sounds(tmp_path / "s", odd=1600)
    with pytest.raises(
        DataError, match=r"800 samples a second \(hum/0.wav\) and 1600 \(hum/1.wav\): set `rate`"
    ):
        WavFolderSource(path=folder).load()
    dataset = WavFolderSource(path=folder, rate=800, unequal="pad").load()
    assert dataset.spec.shape == (1, 80)
    assert any("2 of 6 sounds were resampled to 800" in problem for problem in dataset.problems)


def test_stereo_beside_mono_is_refused_or_mixed(tmp_path: Path) -> None:
    folder = sounds(tmp_path / "s")
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(folder / "hum" / "9.wav", np.full((80, 2), [0.5, 0.25]), 800)
    with pytest.raises(DataError, match=r"1 channels .* and 2 \(hum/9.wav\): set `mix: mono`"):
        WavFolderSource(path=folder).load()
    dataset = WavFolderSource(path=folder, mix="mono").load()
    np.testing.assert_allclose(dataset.samples.values[3, 0], 0.375, atol=1e-4)


def test_broken_sounds_and_a_missing_package_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sounds(tmp_path / "s")
    (folder / "hum" / "x.wav").write_bytes(b"no sound")
    with pytest.raises(DataError, match=r"x\.wav cannot be read as a sound"):
        WavFolderSource(path=folder).load()
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    with pytest.raises(MissingRequirement, match=r"pip install 'genaug\[signals\]'"):
        WavFolderSource(path=folder).load()


def test_it_keeps_the_contract(tmp_path: Path) -> None:
    assert failures(WavFolderSource(path=sounds(tmp_path / "s"))) == {}
