"""What a selector must do."""

import tempfile
from pathlib import Path

import numpy as np

from genaug.contracts import Candidates, RankingSelector, Selector
from genaug.data import Pool, Selection
from genaug.data.samples import IntArray
from genaug.testing.dependencies import depends_on, foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness


@foundation
def decides_on_each(selector: Selector, material: Material) -> None:
    """Return a Selection with one decision a candidate, in their order."""
    with no_error("when it selects among 24 candidates"):
        selection = _selected(selector, material.candidates(), material)
    assert isinstance(selection, Selection), f"it returns a {type(selection).__name__}, not a Selection"
    _decides(selection, 24)


def declares_that_it_reads_features(selector: Selector, material: Material) -> None:
    """Read features of the pipeline's extractor only where `uses_pipeline_extractor` says so."""
    selector.select(material.candidates(), material.train(), material.context_for(selector))


def keeps_reasons(selector: Selector, material: Material) -> None:
    """Give a reason in words for each candidate it drops."""
    selection = _selected(selector, material.candidates(), material)
    silent = [row for row in np.flatnonzero(~selection.kept) if not str(selection.reasons[row]).strip()]
    assert not silent, f"candidate {silent[0]} was dropped with a blank reason"


def scores_with_numbers(selector: Selector, material: Material) -> None:
    """Give scores as float64, finite or NaN."""
    for name, column in _selected(selector, material.candidates(), material).scores.items():
        assert name, "a score has no name"
        assert column.dtype == np.float64, f"the score {name!r} is {column.dtype}, not float64"
        assert not np.isinf(column).any(), f"the score {name!r} holds an infinite value"


@depends_on("leaves_global_randomness_alone")
def selects_the_same_twice(selector: Selector, material: Material) -> None:
    """Decide the same on the same candidates with the same seed."""
    first = _selected(selector, material.candidates(), material)
    with other_global_randomness():
        again = _selected(selector, material.candidates(), material)
    assert digest(again) == digest(first), "the same candidates and seed lead to another selection"


@depends_on("selects_the_same_twice")
def keeps_the_same_in_any_order(selector: Selector, material: Material) -> None:
    """Keep the same candidates in whatever order they come.

    Not for a selector that draws by place, such as a random one: an expected failure.
    """
    candidates, order = material.candidates(), np.random.default_rng(0).permutation(24)
    kept = candidates.pool.ids[_selected(selector, candidates, material).kept]
    shuffled = material.candidates(order.tolist())
    kept_shuffled = shuffled.pool.ids[_selected(selector, shuffled, material).kept]
    other = set(kept.tolist()) ^ set(kept_shuffled.tolist())
    assert not other, f"the order of the candidates decides on {len(other)} of them"


def copes_with_no_candidates(selector: Selector, material: Material) -> None:
    """Return an empty selection where earlier selectors left nothing."""
    with no_error("where there are no candidates"):
        selection = _selected(selector, material.candidates([]), material)
    _decides(selection, 0)


def copes_with_one_candidate(selector: Selector, material: Material) -> None:
    """Decide on a single candidate."""
    with no_error("where there is one candidate"):
        selection = _selected(selector, material.candidates([3]), material)
    _decides(selection, 1)


def copes_with_a_class_without_candidates(selector: Selector, material: Material) -> None:
    """Decide where one of the classes has no candidate."""
    rows = np.flatnonzero(material.pool().samples.labels != 1)
    with no_error("where a class has no candidates"):
        selection = _selected(selector, material.candidates(rows.tolist()), material)
    _decides(selection, len(rows))


def leaves_its_inputs_alone(selector: Selector, material: Material) -> None:
    """Change neither the candidates nor the training view."""
    candidates, train = material.candidates(), material.train()
    before = digest([_content(candidates.pool), candidates.scores, train])
    selector.select(candidates, train, material.context())
    after = digest([_content(candidates.pool), candidates.scores, train])
    assert after == before, "it changed the candidates, their scores or the training view"


def leaves_global_randomness_alone(selector: Selector, material: Material) -> None:
    """Neither use nor seed a global random generator."""
    with no_global_randomness("selecting"):
        _selected(selector, material.candidates(), material)


@depends_on("selects_the_same_twice")
def reads_candidates_on_disk(selector: Selector, material: Material) -> None:
    """Decide on candidates whose values are on disk as on the same ones in memory."""
    kept = _selected(selector, material.candidates(), material).kept
    with tempfile.TemporaryDirectory() as folder, no_error("where candidates are on disk"):
        stored = _selected(selector, material.stored_candidates(Path(folder)), material).kept
    assert np.array_equal(stored, kept), "candidates on disk lead to other decisions than those in memory"


def keeps_at_most_max_per_class(selector: Selector, material: Material) -> None:
    """Keep at most `max_per_class` of each class, where it has limits."""
    if isinstance(selector, RankingSelector):
        strict = selector.model_copy(update={"max_per_class": 2, "min_per_class": 0})
        most = _kept_of_each_class(strict, material).max()
        assert most <= 2, f"max_per_class is 2, and it keeps {most} of a class"


def keeps_at_least_min_per_class(selector: Selector, material: Material) -> None:
    """Keep at least `min_per_class` of each class that has so many candidates, where it has limits."""
    if isinstance(selector, RankingSelector):
        most = None if selector.max_per_class is None else max(selector.max_per_class, 3)
        full = selector.model_copy(update={"max_per_class": most, "min_per_class": 3})
        least = _kept_of_each_class(full, material).min()
        assert least >= 3, f"min_per_class is 3, and it keeps {least} of a class that has 8 candidates"


def _decides(selection: Selection, n: int) -> None:
    shape = selection.kept.shape
    assert shape == (n,), f"`kept` has the shape {shape}, and there are {n} candidates"


def _kept_of_each_class(selector: Selector, material: Material) -> IntArray:
    candidates = material.candidates()
    kept = _selected(selector, candidates, material).kept
    return np.bincount(candidates.pool.labels[kept], minlength=material.spec.classes)


def _selected(selector: Selector, candidates: Candidates, material: Material) -> Selection:
    return selector.select(candidates, material.train(), material.context())


def _content(pool: Pool) -> list[object]:
    return [pool.samples, pool.origins, pool.origin, pool.position, pool.scores]
