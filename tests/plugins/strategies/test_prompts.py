"""Prompts: every combination, the class in each, from files and lists."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.contracts import StrategyPlace
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.testing import Material
from genaug.testing.formula_sampler import FormulaSampler
from genaug_plugins import PromptsStrategy
from genaug_plugins.pipelines.options import PipelineOptions

SPEC = SampleSpec(
    modality="image", shape=(1, 4, 4), class_names=("snow_owl", "vole"), value_range=(-1.0, 1.0)
)
LABELS = np.array([0, 0, 0, 1], dtype=np.int64)
VIEW = TrainView(SPEC, Samples(np.zeros((4, 1, 4, 4), dtype=np.float32), LABELS))


def asked(view: TrainView = VIEW, **settings: Any) -> list[Request]:
    strategy = PromptsStrategy.model_validate({"add": 6} | settings)
    strategy.check_usable(view.spec)
    sampler = FormulaSampler(view.spec, frozenset({"prompt"}))
    return list(strategy.requests(view, sampler, np.random.default_rng(0), Material().context()))


def counts(requests: list[Request], label: int) -> dict[str | None, int]:
    return {request.prompt: request.count for request in requests if request.label == label}


def test_every_combination_equally_often() -> None:
    settings = {
        "templates": ["a {class} {place}", "a photo of a {class}"],
        "attributes": {"place": ["in snow", "at night"]},
    }
    assert counts(asked(**settings), 0) == {
        "a snow owl in snow": 2,
        "a snow owl at night": 2,
        "a photo of a snow owl": 2,
    }
    assert set(counts(asked(per_class=3, add=None, **settings), 1).values()) == {1}
    drawn = Counter(counts(asked(add=600, order="sample", **settings), 1))
    assert sum(drawn.values()) == 600
    assert all(150 < number < 250 for number in drawn.values())


def test_options_are_those_that_are_set() -> None:
    assert asked()[0].options == {}
    options = {"negative_prompt": "text", "guidance": 2.0, "steps": 8}
    assert asked(**options)[0].options == options
    strategy = PromptsStrategy(add=1, guidance=2)
    strategy.check_place(StrategyPlace("made", frozenset({"prompt"}), PipelineOptions))
    with pytest.raises(ValueError, match="sets guidance, which the generator 'made' does not have"):
        strategy.check_place(
            StrategyPlace("made", frozenset({"prompt"}), type(Material().sampler().options_model()))
        )


def test_the_list_of_words_gives_different_prompts() -> None:
    found = counts(asked(add=126, enhance=True), 1)
    assert len(found) == 126
    assert all(prompt and "vole" in prompt for prompt in found)


def test_sentences_of_a_file_name_the_class(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"snow_owl": ["Snow owls fly.", "It flies."], "vole": ["A vole digs.", ""]}))
    found = asked(templates=[], sentences=str(path))
    assert [(request.prompt, request.count) for request in found] == [
        ("Snow owls fly.", 6),
        ("A vole digs.", 6),
    ]
    path.write_text(json.dumps({"snow_owl": ["An owl."], "vole": ["A vole."]}))
    with pytest.raises(
        DataError, match=r"no sentence for the class 'snow_owl' with the word 'snow owl' \(none of 1"
    ):
        asked(templates=[], sentences=str(path))
    assert counts(asked(templates=[], sentences=str(path), words={"snow_owl": "owl"}), 0) == {"An owl.": 6}
    lines = tmp_path / "own.txt"
    lines.write_text("one {class}\n\ntwo {class}s\n")
    assert counts(asked(templates=[], sentences=str(lines)), 1) == {"one vole": 3, "two voles": 3}
    with pytest.raises(DataError, match="cannot be read"):
        asked(sentences=str(tmp_path / "none.json"))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"templates": []}, "there are no prompts"),
        ({"templates": ["a {class} {place}"]}, r"\{place\} has no values; there is \{class\}"),
        ({"templates": ["a {class"]}, "expected '}'"),
        ({"templates": ["a {} of {class}"]}, r"\{\} is not a name"),
        ({"attributes": {"place": ["in snow"]}}, r"no template has the attribute \{place\}"),
    ],
)
def test_templates_that_cannot_be_filled(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        PromptsStrategy.model_validate({"add": 1} | settings)


def test_a_prompt_for_several_classes_names_the_class() -> None:
    with pytest.raises(DataError, match="is the same for all 2 classes"):
        asked(templates=["a photo"])
    with pytest.raises(DataError, match="`words` names 'dog', and the data have the classes snow_owl, vole"):
        asked(words={"dog": "cat"})
    one = SPEC.model_copy(update={"class_names": ("vole",)})
    view = TrainView(one, Samples(VIEW.samples.values, np.zeros(4, dtype=np.int64)))
    assert counts(asked(view, templates=["a photo"]), 0) == {"a photo": 6}


def test_samples_may_start_from_training_samples_of_the_class() -> None:
    view = TrainView(SPEC, Samples(np.arange(64, dtype=np.float32).reshape(4, 1, 4, 4) / 64, LABELS))
    settings = {
        "start": "samples",
        "strength": 0.2,
        "templates": ["in {style}"],
        "attributes": {"style": ["a", "b"]},
    }
    found = asked(view, **settings)
    assert counts(found, 0) == {"in a": 3, "in b": 3}
    assert all(request.paired and len(request.sources) == request.count for request in found)
    used = Counter(source for request in found if request.label == 0 for source in request.sources)
    assert used == {str(id): 2 for id in view.samples.ids[:3]}
    assert found[0].options == {"strength": 0.2}
    with pytest.raises(ValueError, match="`strength` is for `start: samples`"):
        PromptsStrategy(add=1, strength=0.2)
    with pytest.raises(ValueError, match="needs image-to-image, and the generator 'made' offers prompt"):
        PromptsStrategy(add=1, start="samples").check_place(StrategyPlace("made", frozenset({"prompt"})))
    none = TrainView(SPEC, view.samples.take(np.array([0, 1])))
    with pytest.raises(DataError, match="class 'vole' has no training sample to start from"):
        asked(none, **settings)
