"""Real and synthetic samples in one data set, mixed in each of the ways."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision.datasets import ImageFolder

from genaug.data.mixing import MixedDataset
from genaug.errors import DataError
from genaug.testing.material import Material
from genaug_plugins.exporters.image_folder import ImageFolderExporter

REAL = [0] * 40 + [1] * 40 + [2] * 20
MADE = [0] * 30 + [1] * 30  # nothing was made of class 2


class Named(Dataset[tuple[str, int]]):
    """A data set whose items name their origin."""

    def __init__(self, name: str, targets: list[int]) -> None:
        self.name, self.targets, self.classes = name, targets, ["a", "b", "c"]

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[str, int]:
        return f"{self.name}{index}", self.targets[index]


def mixed(**settings: object) -> MixedDataset[tuple[str, int]]:
    return MixedDataset(Named("r", REAL), Named("s", MADE), **settings)  # type: ignore[arg-type]


def items(data: MixedDataset[tuple[str, int]]) -> list[tuple[str, int]]:
    return [data[index] for index in range(len(data))]


def test_appended_samples_come_behind_the_real_ones() -> None:
    data = mixed()
    assert [name for name, _ in items(data)] == [f"r{n}" for n in range(100)] + [f"s{n}" for n in range(60)]
    assert data[-1] == ("s59", 1)
    with pytest.raises(IndexError):
        data[160]


def test_replaced_samples_keep_their_class_and_their_share() -> None:
    data = mixed(how="replace", share=0.25)
    names = []
    for epoch in range(40):
        data.set_epoch(epoch)
        found = items(data)
        assert [label for _, label in found] == REAL
        assert all(name[0] == "r" for name, label in found if label == 2)
        names.append([name for name, _ in found])
    made = np.array([[name[0] == "s" for name in epoch[:80]] for epoch in names])
    assert made.mean() == pytest.approx(0.25, abs=0.03)
    assert names[0] != names[1]
    data.set_epoch(0)
    assert [name for name, _ in items(data)] == names[0]
    assert items(mixed(how="replace", share=0.25, seed=1)) != items(data)


def test_shares_of_0_and_1() -> None:
    assert all(name[0] == "r" for name, _ in items(mixed(how="replace", share=0)))
    assert all((name[0] == "s") == (label < 2) for name, label in items(mixed(how="replace", share=1)))


def test_pretraining_sees_synthetic_samples_first_and_real_ones_then() -> None:
    data = mixed(how="pretrain", epochs=2)
    for epoch, name, count in ((0, "s", 60), (1, "s", 60), (2, "r", 100), (7, "r", 100)):
        data.set_epoch(epoch)
        assert len(data) == count
        assert {item[0][0] for item in items(data)} == {name}


def test_workers_agree() -> None:
    data = mixed(how="replace")
    names_of_items = [name for names, _ in DataLoader(data, batch_size=10, num_workers=2) for name in names]
    assert names_of_items == [name for name, _ in items(data)]


def test_an_exported_folder_is_mixed_as_it_is(tmp_path: Path) -> None:
    run = Material().run()
    ImageFolderExporter().export(run, tmp_path)
    real, made = ImageFolder(str(tmp_path / "real")), ImageFolder(str(tmp_path / "synthetic"))
    data = MixedDataset(real, made, how="replace", share=1.0)
    assert [label for _, label in items(data)] == real.targets  # type: ignore[arg-type]


def test_bad_input_is_named() -> None:
    tensors = TensorDataset(torch.zeros(3, 1))
    with pytest.raises(DataError, match="the real data set, a TensorDataset, has no `classes`"):
        MixedDataset(tensors, tensors)
    names = (["a", "b", "c"], ["a", "b", "c"])
    with pytest.raises(DataError, match="a TensorDataset has no `targets`"):
        MixedDataset(tensors, tensors, how="replace", classes=names)
    three = [0, 1, 2]
    assert len(MixedDataset(tensors, tensors, how="replace", labels=(three, three), classes=names)) == 3
    with pytest.raises(DataError, match="2 and 3 labels do not fit 3 real"):
        MixedDataset(tensors, tensors, how="replace", labels=([0, 1], three), classes=names)
    with pytest.raises(DataError, match="the synthetic class 'd' is not among those of the real"):
        MixedDataset(tensors, tensors, classes=(["a", "b"], ["d"]))
    with pytest.raises(DataError, match="the synthetic data set is empty"):
        MixedDataset(tensors, TensorDataset(torch.zeros(0, 1)), classes=names)
    with pytest.raises(DataError, match="append, replace or pretrain, not 'add'"):
        mixed(how="add")
    with pytest.raises(DataError, match="share must be from 0 to 1, not 2"):
        mixed(share=2)


@pytest.mark.parametrize("how", ["append", "replace", "pretrain"])
def test_classes_are_joined_by_name_where_only_the_rare_one_was_made(how: Any) -> None:
    real, made = Named("r", [0, 0, 0, 1]), Named("s", [0, 0])
    real.classes, made.classes = ["common", "rare"], ["rare"]
    found = items(MixedDataset(real, made, how=how, share=1.0))
    assert {label for name, label in found if name[0] == "s"} == {1}
    assert {label for name, label in found if name in ("r0", "r1", "r2")} <= {0}


def test_labels_stay_of_their_type() -> None:
    real = TensorDataset(torch.zeros(2, 1), torch.tensor([0, 1]))
    made = TensorDataset(torch.ones(1, 1), torch.tensor([0]))
    _, label = MixedDataset(real, made, classes=(["common", "rare"], ["rare"]))[2]
    assert torch.equal(label, torch.tensor(1))


def test_soft_labels_make_all_labels_shares_of_the_real_classes() -> None:
    real, made = Named("r", [0, 1]), Named("s", [0, 1])
    real.classes, made.classes = ["a", "b", "c"], ["c", "a"]
    data = MixedDataset(real, made, soft_labels=[[0.75, 0.25], [0.4, 0.6]])
    shares = torch.stack([label for _, label in items(data)])  # type: ignore[misc]
    wanted = [[1, 0, 0], [0, 1, 0], [0.25, 0, 0.75], [0.6, 0, 0.4]]
    assert torch.allclose(shares, torch.tensor(wanted))
    with pytest.raises(DataError, match="soft_labels must be 2 x 2 shares"):
        MixedDataset(real, made, soft_labels=[[1.0, 0.0]])
