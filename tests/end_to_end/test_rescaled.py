"""The same data in other units give the same run: kept candidates, near copies, findings and verdict."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug import Pipeline
from genaug.data import Column, Samples, SampleSpec
from genaug.data.copies import near_copies
from genaug.data.funnel_files import load_funnel
from genaug.data.spread import ROUNDING_32, ROUNDING_64, mean_and_spread, scales
from genaug.data.table_encoder import TableEncoder

COUNT = 120
FACTORS = [2.0**-100, 1e-9, 1e19, 2.0**100]


def outcome(
    source: dict[str, Any], generator: str, extractor: str, folder: Path
) -> tuple[list[Any], list[float]]:
    """Return what must be equal, and what is equal but for rounding; groups fix the split and the folds."""
    Pipeline(
        source={**source, "groups": "groups"},
        split={"train_per_class": 20, "validation_per_class": 10},
        generator={"use": generator},
        strategy={"use": "class-balance", "add": 10},
        selectors=[{"use": "near-copy"}, {"use": "realism", "share": 0.7}],
        extractor={"use": extractor},
        task={"use": "classification", "model": {"use": "logistic-regression"}},
        validators=[
            {"use": "downstream", "seeds": 3},
            *({"use": name} for name in ("fidelity", "memorization", "decomposition", "leakage")),
        ],
    ).run(folder)
    store = folder / "store"
    kept = load_funnel(next(store.glob("select-realism-*"))).kept.tolist()
    audit = json.loads(next(store.glob("audit-*/audit.json")).read_text())
    record = json.loads((folder / "run.json").read_text())
    values = [
        finding["value"]
        for path in sorted(store.glob("validate-*/findings.json"), key=lambda path: path.parent.name[:15])
        for finding in json.loads(path.read_text())["findings"]
        # These draw subsets by contents.
        if not finding["name"].startswith(("frechet_infinity", "kernel_distance_of_real_halves"))
    ]
    return [kept, audit["near_copies"], record["verdict"]["label"]], values


def values(*shape: int) -> tuple[np.ndarray, np.ndarray]:
    """Return samples of two classes, two of which are near copies; the first value separates the classes."""
    rng = np.random.default_rng(0)
    labels = np.arange(COUNT) % 2
    made = rng.normal(size=(COUNT, *shape)) + 3
    made.reshape(COUNT, -1)[:, 0] += labels * 3
    made[5] = made[3] * (1 + 1e-4)
    return made.astype(np.float32), labels


def arrays(made: np.ndarray, labels: np.ndarray, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    np.savez(folder / "made.npz", values=made.astype(np.float32), labels=labels, groups=np.arange(COUNT))
    return {"use": "arrays", "path": str(folder / "made.npz")}


def table(made: np.ndarray, labels: np.ndarray, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    with (folder / "made.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "label", "groups"])
        writer.writerows(
            [*map(repr, row), label, n]
            for n, (row, label) in enumerate(
                zip(made.astype(np.float64).tolist(), labels.tolist(), strict=True)
            )
        )
    return {"use": "table-file", "path": str(folder / "made.csv"), "label": "label"}


@pytest.mark.parametrize("factor", FACTORS)
def test_vectors(tmp_path: Path, factor: float) -> None:
    made, labels = values(3)
    before = outcome(arrays(made, labels, tmp_path / "a"), "gaussian", "standardized", tmp_path / "run-a")
    made *= np.float32(factor)
    after = outcome(arrays(made, labels, tmp_path / "b"), "gaussian", "standardized", tmp_path / "run-b")
    assert after[0] == before[0]
    np.testing.assert_allclose(after[1], before[1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    # Powers of two alone: the Gaussian's directions depend on the last digit of float32 values.
    ("factor", "extractor"),
    [
        (2.0**-100, "standardized"),
        (2.0**-30, "standardized"),
        (2.0**63, "minirocket"),
        (2.0**100, "minirocket"),
    ],
)
def test_signals(tmp_path: Path, factor: float, extractor: str) -> None:
    made, labels = values(2, 16)
    before = outcome(arrays(made, labels, tmp_path / "a"), "gaussian", extractor, tmp_path / "run-a")
    made *= np.float32(factor)
    after = outcome(arrays(made, labels, tmp_path / "b"), "gaussian", extractor, tmp_path / "run-b")
    assert after[0] == before[0]
    np.testing.assert_allclose(after[1], before[1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("factors", [[3e-7, 1, 1], [1e-9, 1e-9, 1e-9], [1e19, 1, 1e-30], [1e30, 1e30, 1e30]])
def test_tables_column_by_column(tmp_path: Path, factors: list[float]) -> None:
    made, labels = values(3)
    before = outcome(table(made, labels, tmp_path / "a"), "gaussian-copula", "columns", tmp_path / "run-a")
    changed = made.astype(np.float64) * factors
    after = outcome(table(changed, labels, tmp_path / "b"), "gaussian-copula", "columns", tmp_path / "run-b")
    assert after[0] == before[0]
    np.testing.assert_allclose(after[1], before[1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("power", [-900, -100, 0, 100, 900])
def test_spreads_have_no_unit(power: int) -> None:
    table = np.random.default_rng(0).normal([0, 1e6], size=(50, 2))
    mean, spread = mean_and_spread(np.ldexp(table, power), ROUNDING_64)
    np.testing.assert_array_equal(mean, np.ldexp(mean_and_spread(table, ROUNDING_64)[0], power))
    np.testing.assert_allclose(np.ldexp(spread, -power), table.std(axis=0), rtol=1e-12)
    constant = np.full((50, 1), np.ldexp(0.1, power))
    mean, spread = mean_and_spread(constant, ROUNDING_32)
    assert spread == [0]
    assert scales(mean, spread) == mean


def test_a_column_in_tiny_units_is_not_constant() -> None:
    values = np.array([[1e-30, 0.0], [3e-30, 0.0]])
    encoder = TableEncoder([Column(name="a", type="numeric"), Column(name="b", type="numeric")], values)
    np.testing.assert_allclose(encoder(np.array([[1e-30, 5.0], [3e-30, 0.0]])), [[-1, 0], [1, 0]])


@pytest.mark.parametrize("columns", [1, 2])
def test_independent_rows_of_few_columns_are_no_near_copies(columns: int) -> None:
    made = np.random.default_rng(0).normal(size=(480, columns)) * ([1e6] + [1] * (columns - 1))
    spec = SampleSpec(modality="vector", shape=(columns,), class_names=("a", "b"))
    marked = near_copies(Samples(made.astype(np.float32), np.zeros(480, np.int64)), spec)
    assert marked.sum() < 48


def lone(made: np.ndarray) -> np.ndarray:
    """Set one value of each column to a million of its deviations."""
    made[range(made.shape[1]), range(made.shape[1])] = 1e6
    return made


INDEPENDENT = {
    "one column has large numbers": lambda r: r.normal(size=(480, 8)) * ([1e6] + [1] * 7),
    "one value of each column is an outlier": lambda r: lone(r.normal(size=(480, 8))),
    "amounts over many magnitudes": lambda r: np.exp(3 * r.normal(size=(480, 8))),
    "99 of 100 columns are constant": lambda r: np.c_[np.full((480, 99), 7.0), r.normal(size=(480, 1))],
    "30 columns say two things": lambda r: r.normal(size=(480, 2)) @ r.normal(size=(2, 30)),
    "whole numbers": lambda r: r.integers(0, 1000, size=(480, 3)),
    "whole numbers, mostly 0": lambda r: r.poisson(0.05, size=(480, 30)),
    "yes and no, and a number": lambda r: np.c_[r.integers(0, 2, size=(480, 12)), r.normal(size=(480, 1))],
}


@pytest.mark.parametrize(
    ("modality", "name"),
    [
        (modality, name)
        for modality in ("table", "vector", "signal")
        for name in INDEPENDENT
        if modality != "signal" or ("columns" not in name and "large numbers" not in name)  # one unit
    ],
)
def test_independent_samples_are_no_near_copies_and_planted_ones_are_found(modality: Any, name: str) -> None:
    made = INDEPENDENT[name](np.random.default_rng(0)).astype(np.float64)
    columns = made.shape[1]
    if modality == "signal":
        made = made[:, None]
    spec = SampleSpec(
        modality=modality,
        shape=made.shape[1:],
        class_names=("a", "b"),
        columns=tuple(Column(name=f"c{n}", type="numeric") for n in range(columns))
        if modality == "table"
        else (),
    )
    values = made.astype(np.float64 if modality == "table" else np.float32)
    assert near_copies(Samples(values, np.zeros(480, np.int64)), spec).sum() < 24
    planted = values[100:130].copy()
    planted[..., -1] *= 1 + 1e-6
    planted = planted[planted[..., -1].reshape(30) != 0]
    marked = near_copies(
        Samples(np.concatenate([values, planted]), np.zeros(480 + len(planted), np.int64)), spec
    )
    assert marked[480:].all()


@pytest.mark.parametrize(("reader", "extractor"), [(arrays, "standardized"), (table, "columns")])
def test_one_column_is_enough_for_every_measure(tmp_path: Path, reader: Any, extractor: str) -> None:
    made, labels = values(3)
    if reader is table:
        made[:, 1:] = made[:, :1]  # the two other columns repeat the first
    source = reader(made[:, :1] if reader is arrays else made, labels, tmp_path / "a")
    if reader is table:
        source["ignore"] = ["b", "c"]
    found = outcome(source, "gaussian-copula" if reader is table else "gaussian", extractor, tmp_path / "run")
    assert len(found[1]) > 50
