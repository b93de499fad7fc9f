"""What selectors keep beyond what an oversampling strategy wants is dropped."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug import Pipeline
from genaug.data import Funnel
from genaug.data.funnel_files import load_funnel
from genaug.data.samples import IntArray
from genaug.data.summary import count, some
from genaug.execution.store import STORE, Store
from genaug.pipeline import load
from genaug.stages.surplus import SURPLUS

CONFIG: dict[str, Any] = {
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 6, "validation_per_class": 5, "test_per_class": 10},
    "generator": {"use": "gaussian"},
    "extractor": {"use": "pixels"},
    "strategy": {"use": "class-balance", "per_class": 16, "oversample": 3},
    "hooks": [],
}


def kept(selectors: list[Any], folder: Path) -> tuple[IntArray, Funnel]:
    """Run with these selectors; return the labels of the candidates, and the funnel."""
    pipeline = Pipeline(**CONFIG, selectors=selectors)
    last = pipeline.run(folder).record.stages[-1]
    artifact = Store(folder / STORE).find(last.name, last.fingerprint)
    assert artifact is not None
    return load(folder).pool.samples.labels, load_funnel(artifact.folder)


@pytest.mark.parametrize(
    "selectors",
    [[{"use": "random", "share": 0.9}], [{"use": "density"}], [{"use": "random"}, {"use": "near-copy"}]],
)
def test_a_class_ends_with_the_wanted_number(selectors: list[Any], tmp_path: Path) -> None:
    # Before, 27 of 30 candidates of each class were kept, and every class ended at 33 samples, not 16.
    labels, funnel = kept(selectors, tmp_path / "run")
    assert np.bincount(labels[funnel.kept], minlength=10).max() <= 10
    assert funnel.selectors[-1][0] == SURPLUS
    assert funnel.kept.sum() == funnel.selectors[-1][1]
    assert set(funnel.reasons[funnel.dropped_by == SURPLUS]) <= {
        "passed, but not among the 10 best of its class, which the strategy wants",
        "passed, but not among the 10 drawn of its class, which the strategy wants",
    }


def test_fewer_than_wanted_are_reported(tmp_path: Path) -> None:
    _, funnel = kept([{"use": "random", "share": 0.2}], tmp_path / "run")
    (note,) = funnel.warnings
    assert note == (
        f"{SURPLUS}: selectors left fewer than the strategy wants: "
        "'0' 6 of 10, '1' 6 of 10, '2' 6 of 10 and 7 more"
    )


def test_lists_and_counts() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some(list("abcdef")) == "a, b, c and 3 more"
    assert [count(1, "class", "classes"), count(2, "class", "classes")] == ["1 class", "2 classes"]
    assert count(1234, "sample") == "1,234 samples"
