"""What every executor guarantees: its map, and its runs."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from genaug import Context, Generator, Pipeline, Sampler
from genaug.contracts.context import Map
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.errors import DataError, PluginFailed
from genaug.execution.executor import Executor
from genaug.execution.job import Job
from genaug.execution.local import LocalExecutor
from genaug.hooks import Hook, hookimpl
from genaug.stages import shards
from genaug.training.processes import limited_threads


@pytest.fixture
def mapped(executor: Executor, job: Job, tmp_path: Path) -> Map:
    return executor.map(job, tmp_path)


# Functions inside of functions reach other processes by value; a module of tests cannot be imported there.


def products(base: FloatArray) -> Callable[[int], FloatArray]:
    def product(item: int) -> FloatArray:
        made: FloatArray = (torch.from_numpy(base) @ torch.from_numpy(base).T * item).numpy()
        return made

    return product


def test_results_come_in_order_and_are_the_same_everywhere(mapped: Map) -> None:
    base = np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    expected = [products(base)(item) for item in range(6)]
    torch.set_num_threads(threads)
    found = list(mapped(products(base), range(6), 6))
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))
    assert torch.get_num_threads() == threads


def test_items_are_taken_when_their_turn_comes(mapped: Map) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    results = mapped(abs, items(), 20)
    assert next(results) == 0
    assert next(results) == 1
    assert len(taken) <= 4


def test_what_was_yielded_before_an_error_is_kept_and_the_error_is_the_functions_own(mapped: Map) -> None:
    def refusing(item: int) -> int:
        if item == 3:
            raise DataError("three is refused")
        return item

    kept: list[int] = []
    with pytest.raises(DataError, match="three is refused"):
        kept.extend(mapped(refusing, range(6), 6))
    assert kept[:1] == [0]
    assert kept == list(range(len(kept)))


def test_what_cannot_be_pickled_is_computed_all_the_same(mapped: Map) -> None:
    lock = threading.Lock()
    assert list(mapped(lambda item: item + (not lock.locked()), range(4), 4)) == [1, 2, 3, 4]


def test_a_call_has_the_threads_that_it_asks_for(mapped: Map) -> None:
    def threads(item: int) -> int:
        return torch.get_num_threads()

    with limited_threads(2):
        assert set(mapped(threads, range(5), 5)) == {1}
        assert set(mapped(threads, range(5), 5, threads=None)) == {2}


RIDGE = {"use": "classification", "model": {"use": "ridge"}}


class NoiseSampler(Sampler):
    """A sampler of noise, two samples a batch; it notes the calls, and can be interrupted or fail."""

    chunk_size = 4
    capabilities = frozenset({"class-conditional"})
    asked: ClassVar[list[tuple[int, int]]] = []
    trouble: ClassVar[dict[tuple[int, int], BaseException]] = {}

    def __init__(self, spec: SampleSpec) -> None:
        self.spec = spec

    def sample(self, request: Request, rng: np.random.Generator) -> Iterable[Samples]:
        self.asked.append((request.label, request.start))
        for start in range(0, request.count, 2):
            if error := self.trouble.pop((request.label, request.start), None):
                raise error
            n = min(2, request.count - start)
            values = torch.from_numpy(rng.standard_normal((n, *self.spec.shape), dtype=np.float32))
            yield Samples(values.tanh().numpy(), np.full(n, request.label))

    def save(self, folder: Path) -> None:
        (folder / "spec.json").write_text(self.spec.model_dump_json())


class NoiseGenerator(Generator):
    name: ClassVar[str] = "noise"
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional"})

    def fit(self, train: TrainView, context: Context) -> Sampler:
        return NoiseSampler(train.spec)

    def load(self, folder: Path, context: Context) -> Sampler:
        return NoiseSampler(SampleSpec.model_validate_json((folder / "spec.json").read_text()))


class ListeningHook(Hook):
    name: ClassVar[str] = "listening"
    heard: ClassVar[list[tuple[str, int, int, int]]] = []

    def subscribe(self) -> object:
        return _Listener()


class _Listener:
    @hookimpl
    def progressed(self, task: str, done: int, total: int) -> None:
        ListeningHook.heard.append((task, done, total, threading.get_ident()))


@pytest.fixture
def settings(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the settings of a run with several shards and chunks, and a selector that reads features."""
    monkeypatch.setattr(shards, "SHARD", 9)
    for noted in (NoiseSampler.asked, NoiseSampler.trouble, ListeningHook.heard):
        noted.clear()
    chosen = {
        "generator": NoiseGenerator(),
        "strategy": {"use": "class-balance", "add": 13},
        "selectors": [{"use": "realism", "max_per_class": 8}],
        "hooks": (ListeningHook(),),
    }
    return config | chosen


@pytest.fixture
def run(settings: dict[str, Any]) -> Pipeline:
    return Pipeline(**settings)


def test_every_executor_gives_the_same_manifest(
    executor: Executor, settings: dict[str, Any], tmp_path: Path
) -> None:
    run = Pipeline(**settings, task=RIDGE, validators=[{"use": "downstream", "seeds": 3}])
    expected = LocalExecutor().run(run.job(), tmp_path / "local")
    record = run.run(tmp_path / "run", executor)
    assert record.status == "finished"
    assert [stage.name for stage in record.stages] == [stage.name for stage in run.job().stages]
    assert record.manifest == expected.manifest
    assert not (tmp_path / "run" / "store" / "temporary").exists()


def test_an_interrupted_run_resumes_behind_what_was_stored(
    executor: Executor, run: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SAVE_SECONDS", -1.0)  # save at every chance
    NoiseSampler.trouble[(1, 12)] = KeyboardInterrupt()  # in the second chunk of the third shard
    with pytest.raises(KeyboardInterrupt):
        run.run(tmp_path / "run", executor)
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "interrupted"
    NoiseSampler.asked.clear()
    record = run.run(tmp_path / "run", executor)
    assert [stage.reused for stage in record.stages[:4]] == [True, True, True, False]
    assert sorted(NoiseSampler.asked) == [(1, 12), (2, 0), (2, 4), (2, 8), (2, 12)]
    assert record.manifest == LocalExecutor().run(run.job(), tmp_path / "local").manifest


def test_an_error_of_a_call_names_the_plugin_that_raised_it(
    executor: Executor, run: Pipeline, tmp_path: Path
) -> None:
    NoiseSampler.trouble[(2, 4)] = ArithmeticError("not today")
    with pytest.raises(PluginFailed, match=r"generator 'noise' .* failed: ArithmeticError: not today"):
        run.run(tmp_path / "run", executor)
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (record["status"], "generator 'noise'" in record["error"]) == ("failed", True)
    assert "ArithmeticError" in (tmp_path / "run" / "failure.txt").read_text()
    assert not [path for path in (tmp_path / "run" / "store").glob("generate-*") if path.suffix != ".partial"]


def test_progress_is_reported_in_the_process_of_the_run_to_the_last_sample(
    executor: Executor, run: Pipeline, tmp_path: Path
) -> None:
    run.run(tmp_path / "run", executor)
    assert {thread for *_, thread in ListeningHook.heard} == {threading.get_ident()}
    for task in ("generate", "features (pixels)"):
        seen = [(done, total) for name, done, total, _ in ListeningHook.heard if name == task]
        assert seen, task
        assert seen[-1][0] == seen[-1][1]
    generated = [done for name, done, *_ in ListeningHook.heard if name == "generate"]
    assert generated == sorted(set(generated))
    assert len(generated) > 10
