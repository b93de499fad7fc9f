"""What learns or chooses cannot access validation or test samples."""

import gc
import types
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest

from genaug import Context, Pipeline
from genaug.contracts import Candidates, Generator, Sampler, Selector, Strategy
from genaug.data import Request, Samples, SampleSpec, Selection, TestView, TrainView, ValidationView
from genaug.data.images import from_uint8
from genaug.data.stored import Block

SEEN: list[tuple[str, list[object]]] = []
"""What each spy below was handed and could reach, looked through while the run was under way."""


def reach(*roots: object) -> list[object]:
    """Return every object that can be reached from the roots by references of any kind.

    Modules and classes are not followed: through `sys.modules` everything reaches everything. A
    function is followed into its closure and defaults, not into its module. Samples on disk are read.
    """
    seen: dict[int, object] = {}
    todo = list(roots)
    while todo:
        item = todo.pop()
        if id(item) in seen or isinstance(item, types.ModuleType | type | types.CodeType | types.FrameType):
            continue
        seen[id(item)] = item
        if isinstance(item, types.FunctionType):
            todo.extend([item.__closure__, item.__defaults__, item.__kwdefaults__])
        else:
            todo.extend(gc.get_referents(item))
            if isinstance(item, Block):
                todo.append(item.read())
            if isinstance(item, np.ndarray):
                todo.append(item.base)
    return list(seen.values())


class SpySampler(Sampler):
    capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional"})

    def __init__(self, train: TrainView) -> None:
        self.spec = train.spec

    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        values = rng.uniform(-1, 1, (request.count, *self.spec.shape)).astype(np.float32)
        return Samples(values, np.full(request.count, request.label))

    def save(self, folder: Any) -> None:
        (folder / "spec.json").write_text(self.spec.model_dump_json())


class SpyGenerator(Generator):
    name: ClassVar[str] = "spy-generator"

    def fit(self, train: TrainView, context: Context) -> Sampler:
        SEEN.append(("generator", reach(train, context)))
        return SpySampler(train)

    def load(self, folder: Any) -> Sampler:
        spec = SampleSpec.model_validate_json((folder / "spec.json").read_text())
        return SpySampler(
            TrainView(spec, Samples(np.zeros((0, *spec.shape), np.float32), np.zeros(0, np.int64)))
        )


class SpyStrategy(Strategy):
    name: ClassVar[str] = "spy-strategy"

    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        SEEN.append(("strategy", reach(train, sampler, rng)))
        yield Request(0, 10)
        yield Request(1, 10)


class SpySelector(Selector):
    name: ClassVar[str] = "spy-selector"

    @property
    def uses_pipeline_extractor(self) -> bool:
        return True

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        context.features(None, train.samples)
        SEEN.append(("selector", reach(candidates, train, context)))
        return Selection(np.ones(len(candidates), np.bool_), np.full(len(candidates), ""))


@pytest.fixture
def arrays(tmp_path: Any) -> dict[str, set[bytes]]:
    """Run the spies twice in one folder; return the bytes of each sample of each view."""
    SEEN.clear()
    pipeline = Pipeline(
        source={"use": "sklearn-digits"},
        split={"train_per_class": 5, "validation_per_class": 5, "test_per_class": 5},
        generator=SpyGenerator(),
        strategy=SpyStrategy(),
        selectors=(SpySelector(),),
        extractor={"use": "pixels"},
        task={"use": "classification", "model": {"use": "logistic-regression"}},
        validators=({"use": "fidelity"},),
        hooks=(),
    )
    pipeline.run(tmp_path / "run")
    # Again with what a finished run left behind, features of the test view among it.
    again = pipeline.model_copy(update={"selectors": (SpySelector(), SpySelector())})
    again.run(tmp_path / "run")
    views: dict[str, set[bytes]] = {}
    from genaug.stages.split import Views

    found = Views(next((tmp_path / "run" / "store").glob("split-*")))
    for view in ("train", "validation", "test"):
        views[view] = {value.tobytes() for value in getattr(found, view).samples.values}
    return views


def test_the_spies_see_the_training_view_and_nothing_else(arrays: dict[str, set[bytes]]) -> None:
    assert {who for who, _ in SEEN} == {"generator", "strategy", "selector"}
    hidden = (arrays["validation"] | arrays["test"]) - arrays["train"]
    assert len(hidden) > 90
    for who, objects in SEEN:
        assert not any(isinstance(item, TestView | ValidationView) for item in objects), who
        rows = {row for item in objects for row in _rows(item)}
        assert rows & arrays["train"], f"the search did not even find the training samples of the {who}"
        assert not rows & hidden, who


def _rows(item: object) -> Iterator[bytes]:
    """Yield the bytes of whatever could be a sample of 8 × 8 float32 pixels in an array."""
    if isinstance(item, np.ndarray) and item.dtype == np.uint8:
        item = from_uint8(item)
    if isinstance(item, np.ndarray) and item.dtype == np.float32 and item.size and item.size % 64 == 0:
        yield from (row.tobytes() for row in np.ascontiguousarray(item).reshape(-1, 64))
