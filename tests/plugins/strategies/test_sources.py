"""The strategies image-to-image and inpaint: sources, strengths, masks."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from genaug import Strategy
from genaug.data import DataFacts, Request, Samples, SampleSpec, TrainView
from genaug.data.split import Split
from genaug.errors import DataError
from genaug.stages.generate import check_place
from genaug.testing import Material
from genaug.testing.formula_sampler import FormulaOptions, FormulaSampler
from genaug_plugins.generators.diffusion.diffusion import DiffusionGenerator
from genaug_plugins.generators.jitter import JitterGenerator
from genaug_plugins.strategies import masks
from genaug_plugins.strategies.image_to_image import ImageToImageStrategy
from genaug_plugins.strategies.inpaint import InpaintStrategy
from genaug_plugins.tasks.classification import ClassificationTask

SPEC = SampleSpec(modality="signal", shape=(1, 16), class_names=("few", "many", "none"))
LABELS = np.repeat([0, 1], [3, 8]).astype(np.int64)
VALUES = np.random.default_rng(0).standard_normal((11, 1, 16)).astype(np.float32)
VIEW = TrainView(SPEC, Samples(VALUES, LABELS))


def requests(strategy: Strategy, view: TrainView = VIEW, model: Any = FormulaOptions) -> list[Request]:
    sampler = FormulaSampler(view.spec, strategy.needs)
    sampler.options_model = model
    return list(strategy.requests(view, sampler, np.random.default_rng(0), Material().context()))


def test_each_sample_is_varied_at_each_strength() -> None:
    made = requests(ImageToImageStrategy(times=4))
    pairs = Counter((one, request.options["strength"]) for request in made for one in request.sources)
    ids = [str(one) for one in VIEW.samples.ids]
    assert pairs == Counter({(one, strength): 1 for one in ids for strength in (0.25, 0.5, 0.75, 1.0)})
    assert all(request.paired and request.count == len(request.sources) for request in made)
    labels = dict(zip(ids, LABELS.tolist(), strict=True))
    assert all(labels[one] == request.label for request in made for one in request.sources)


def test_amounts_start_from_all_samples_equally_often() -> None:
    made = requests(ImageToImageStrategy(per_class=8, strengths=(0.5,)))
    assert [(request.label, request.count) for request in made] == [(0, 5)]
    assert sorted(Counter(made[0].sources).values()) == [1, 2, 2]
    made = requests(ImageToImageStrategy(add=4, classes=("many",), options={}))
    assert sum(request.count for request in made) == 4
    assert {request.label for request in made} == {1}


def test_strengths_are_drawn_between_two() -> None:
    made = requests(ImageToImageStrategy(times=9, between=(0.2, 0.4)))
    strengths = [request.options["strength"] for request in made]
    assert len(set(strengths)) == len(made) > 5
    assert all(0.2 <= float(str(strength)) <= 0.4 for strength in strengths)
    assert max(request.count for request in made) == 8


def test_a_generator_without_strength_gets_none() -> None:
    assert all(not request.options for request in requests(ImageToImageStrategy(times=1), model=None))
    jitter, judge = JitterGenerator(), ClassificationTask()
    check_place(ImageToImageStrategy(times=1), jitter, judge)
    for strategy, words in (
        (ImageToImageStrategy(times=1, strengths=(0.5,)), "the options strength, and it has none to set"),
        (ImageToImageStrategy(times=1, between=(0.5, 1)), "the options strength, and it has none to set"),
        (ImageToImageStrategy(times=1, options={"guidance": 2}), "the options guidance"),
        (InpaintStrategy(times=1, strength=0.5), "needs inpaint"),
    ):
        with pytest.raises(ValueError, match=words):
            check_place(strategy, jitter, judge)
    check_place(InpaintStrategy(times=1, options={"repeats": 2}), DiffusionGenerator(), judge)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "give exactly one of `times`"),
        ({"times": 2, "add": 3}, "give exactly one of `times`"),
        ({"times": 2, "strengths": (0.5,), "between": (0.1, 0.2)}, "not both"),
        ({"times": 2, "between": (0.3, 0.2)}, "must not be above"),
        ({"times": 2, "strengths": (0.0,)}, "greater than 0"),
        ({"times": 2, "strengths": ()}, "at least 1 item"),
        ({"times": 2, "options": {"strength": 1}}, "set by `strengths`"),
    ],
)
def test_settings_that_do_not_go_together(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ImageToImageStrategy.model_validate(settings)


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(DataError, match="there is no class 'cat'; the classes are few, many, none"):
        requests(ImageToImageStrategy(times=1, classes=("cat",)))


def test_masks_have_the_size_asked_for() -> None:
    assert masks.centre_box((8, 6), 0.5)[0].sum() == 4 * 3
    assert masks.centre_box((8, 6), 0.5)[0, 2:6, 1:4].sum() >= 8
    rng = np.random.default_rng(0)
    boxes = masks.random_boxes((9, 7), 0.4, 50, rng)
    assert set(boxes.sum(axis=(1, 2)).tolist()) == {4 * 3}
    assert boxes.any(axis=0).all()
    assert set(masks.random_columns(10, 0.3, 20, rng).sum(axis=1).tolist()) == {3}
    assert masks.random_columns(1, 0.3, 2, rng).all()


def test_the_salient_part_is_where_values_change() -> None:
    image = np.zeros((1, 1, 16, 16), dtype=np.float32)
    image[0, 0, 10:14, 2:6] = 1
    marked = masks.salient(image, 36 / 256)[0]
    assert marked.sum() == 36
    assert marked[9:15, 1:7].mean() > 0.8
    assert not marked[:6, 9:].any()


@pytest.mark.parametrize("mask", ["centre", "random", "salient", "rest"])
def test_inpaint_marks_a_part(mask: Any) -> None:
    (few, many) = requests(InpaintStrategy(times=2, mask=mask, size=0.25))
    assert few.mask is not None
    assert many.mask is not None
    assert many.mask.shape == (1 if mask == "centre" else 16, 16)
    assert set(many.mask.sum(axis=1).tolist()) == {12 if mask == "rest" else 4}
    assert few.options == {"strength": 1.0}


def test_masks_of_a_folder(tmp_path: Path) -> None:
    spec = SampleSpec(modality="image", shape=(1, 6, 4), class_names=("a",), value_range=(-1, 1))
    view = TrainView(spec, Samples(np.zeros((2, 1, 6, 4), dtype=np.float32), np.zeros(2, dtype=np.int64)))
    strategy = InpaintStrategy(times=3, mask="folder", path=tmp_path)
    with pytest.raises(DataError, match="has no images"):
        requests(strategy, view)
    white = np.zeros((12, 8), dtype=np.uint8)
    white[:6] = 255
    Image.fromarray(white).save(tmp_path / "top.png")
    (request,) = requests(strategy, view)
    assert request.mask is not None
    assert request.mask.shape == (6, 6, 4)
    assert request.mask[:, :3].all()
    assert not request.mask[:, 3:].any()
    Image.fromarray(white * 0).save(tmp_path / "nothing.png")
    with pytest.raises(DataError, match="nothing would be made anew"):
        requests(strategy, view)
    (tmp_path / "nothing.png").write_text("no image")
    with pytest.raises(DataError, match="cannot be read"):
        requests(strategy, view)


def test_what_has_no_such_part_is_refused() -> None:
    vectors = SampleSpec(modality="vector", shape=(4,), class_names=("a",))
    for spec, settings, words in (
        (vectors, {"mask": "centre"}, "set `mask: random`"),
        (SPEC, {"mask": "folder", "path": "masks"}, "are for images"),
        (SampleSpec(modality="text", shape=(), class_names=("a",)), {}, "a text has no parts"),
    ):
        with pytest.raises(DataError, match=words):
            InpaintStrategy.model_validate({"times": 1} | settings).check_usable(spec)
    with pytest.raises(ValidationError, match="go together"):
        InpaintStrategy(times=1, mask="folder")


def test_numbers_of_candidates_are_known_before_the_fit() -> None:
    one = np.ones(3, dtype=np.int64)
    facts = DataFacts(SPEC, Split(), np.array([3, 8, 0]), one, one)
    assert ImageToImageStrategy(times=2).candidates(facts).tolist() == [6, 16, 0]
    assert ImageToImageStrategy(per_class=8, classes=("few",)).candidates(facts).tolist() == [5, 0, 0]
    assert InpaintStrategy(add=4).candidates(facts).tolist() == [4, 4, 0]
    with pytest.raises(DataError, match="there is nothing to make of none"):
        ImageToImageStrategy(add=1, classes=("none",)).check_data(facts)
