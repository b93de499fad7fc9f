"""The sample grid: what is in the pictures, and when they are drawn."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from genaug.data import SampleSpec
from genaug.data.images import to_uint8
from genaug.data.samples import FloatArray
from genaug.hooks import open_hooks
from genaug.training.snapshot import TrainingSnapshot
from genaug_plugins.hooks.due import Due
from genaug_plugins.hooks.sample_grid import GAP, NAMES, SampleGridHook, grid


def spec(modality: str = "image", shape: tuple[int, ...] = (3, 16, 16), classes: int = 3) -> SampleSpec:
    names = tuple(f"class {n}" for n in range(classes))
    return SampleSpec(
        modality=modality,
        shape=shape,
        class_names=names,
        value_range=(-1.0, 1.0) if modality == "image" else None,
    )


class Flat(nn.Module):
    """Make flat samples: the class in the first channel, the latent's first entry in the others."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape
        self.none = nn.Parameter(torch.zeros(()))

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        made = torch.tanh(latents[:, 0]).view(-1, *[1] * len(self.shape)).expand(-1, *self.shape).clone()
        made[:, 0] = (labels.float() / 4).view(-1, *[1] * (len(self.shape) - 1))
        return made + self.none


def snapshot(step: int, of: SampleSpec, total: int = 1000) -> TrainingSnapshot:
    def sample(label: int, count: int, seed: int) -> FloatArray:
        latents = torch.randn(count, 5, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            return np.asarray(Flat(of.shape)(latents, torch.full((count,), label)))

    return TrainingSnapshot(step, total, of, sample)


def test_rows_are_classes_and_columns_fixed_latents(tmp_path: Path) -> None:
    hooks = open_hooks([SampleGridHook(columns=4, seed=7)])
    hooks.run_started(folder=tmp_path, config={}, stages=[])
    hooks.inspected(snapshot=snapshot(1, spec()))
    hooks.inspected(snapshot=snapshot(500, spec()))
    pictures = sorted((tmp_path / "samples").iterdir())
    assert [path.name for path in pictures] == ["step-000001.png", "step-000500.png"]
    first, later = (np.asarray(Image.open(path)) for path in pictures)
    assert np.array_equal(first, later)
    latents = torch.tanh(torch.randn(4, 5, generator=torch.Generator().manual_seed(7))[:, 0])
    for label in range(3):
        for column in range(4):
            cell = first[label * 51 + GAP :, NAMES + GAP + column * 51 :][:48, :48]
            expected = to_uint8(np.array([label / 4, latents[column], latents[column]]))
            assert (cell == expected).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_images_of_any_number_of_channels_are_drawn(channels: int) -> None:
    values = np.zeros((3, 2, channels, 8, 12), dtype=np.float32)
    drawn = grid(values, spec(shape=(channels, 8, 12)))
    assert drawn.size == (NAMES + 2 * (48 + GAP) + GAP, 3 * (32 + GAP) + GAP)


@pytest.mark.parametrize(("modality", "shape"), [("signal", (1, 40)), ("vector", (6,))])
def test_signals_and_vectors_are_drawn_as_lines_on_one_scale(modality: str, shape: tuple[int, ...]) -> None:
    values = np.zeros((3, 2, *shape), dtype=np.float32)
    values[2, 1] = 5.0
    drawn = np.asarray(grid(values, spec(modality, shape)))
    line = (drawn == (0x00, 0x72, 0xB2)).all(axis=2)
    columns, rows = 115, 67
    lowest = np.flatnonzero(line[GAP : GAP + 64, NAMES + GAP : NAMES + columns].any(axis=1))
    highest = np.flatnonzero(line[GAP + 2 * rows :, NAMES + GAP + columns :].any(axis=1))
    assert lowest.tolist() == [62]
    assert highest.tolist() == [1]


def test_each_channel_has_a_line_of_its_own() -> None:
    values = np.stack([np.zeros(30), np.ones(30)])[None, None].astype(np.float32)
    drawn = np.asarray(grid(values, spec("signal", (2, 30), classes=1)))
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)):
        assert (drawn == colour).all(axis=2).sum() == 110


def test_what_is_not_finite_is_crossed_out_and_the_rest_drawn() -> None:
    values = np.zeros((3, 2, 3, 16, 16), dtype=np.float32)
    values[1, 0, 0, 3, 3] = np.nan
    drawn = np.asarray(grid(values, spec()))
    cells = [drawn[row * 51 + GAP :, NAMES + GAP :][:48, :48] for row in range(3)]
    assert [(cell == 128).all() for cell in cells] == [True, False, True]
    grid(np.full((3, 1, 2, 9), np.inf, dtype=np.float32), spec("signal", (2, 9)))


def test_a_modality_that_cannot_be_drawn_is_said_once(tmp_path: Path) -> None:
    hooks = open_hooks([SampleGridHook(every=1)])
    hooks.run_started(folder=tmp_path, config={}, stages=[])
    with pytest.warns(UserWarning, match="none of modality 'text'"):
        hooks.inspected(snapshot=snapshot(1, spec("text", ())))
    hooks.inspected(snapshot=snapshot(2, spec("text", ())))  # a second warning would be an error
    assert list(tmp_path.iterdir()) == []


def test_only_the_first_classes_are_drawn(tmp_path: Path) -> None:
    hooks = open_hooks([SampleGridHook(classes=2, columns=1)])
    hooks.run_started(folder=tmp_path, config={}, stages=[])
    hooks.inspected(snapshot=snapshot(1, spec(classes=9)))
    (path,) = (tmp_path / "samples").iterdir()
    with Image.open(path) as picture:
        assert picture.height == 2 * 51 + GAP


def heard(every: int, steps: list[int], total: int = 1000) -> list[int]:
    due = Due(every)
    return [step for step in steps if due(step, total)]


def test_it_is_time_at_the_first_the_last_and_every_so_many_steps() -> None:
    assert heard(100, [1, *range(10, 250, 10), 245], total=245) == [1, 100, 200, 245]
    assert heard(100, [1, *range(30, 330, 30)]) == [1, 120, 210, 300]
    assert heard(10, [1, 100, 200]) == [1, 100, 200]


def test_a_training_that_goes_back_falls_due_again() -> None:
    assert heard(100, [180, 190, 200, 210, 160, 170, 200]) == [180, 200, 160, 200]
