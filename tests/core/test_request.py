"""Requests, and the parts that a large one is asked for in."""

import numpy as np
import pytest

from genaug.data import Origin, Request, Samples, SampleSpec
from genaug.errors import DataError
from genaug.stages.sample import resized

SAMPLES = Samples(np.arange(12, dtype=np.float32).reshape(6, 2), np.zeros(6, dtype=np.int64))


def test_a_part_has_its_own_latents_sources_and_masks() -> None:
    latents = np.arange(12, dtype=np.float32).reshape(6, 2)
    masks = np.arange(12).reshape(6, 2) % 5 == 0
    whole = Request(
        1, 6, latents, "text", tuple("abcdef"), {"a": 1}, masks, paired=True, source_samples=SAMPLES
    )
    part = whole.part(2, 5)
    assert (part.label, part.count, part.start, part.prompt) == (1, 3, 2, "text")
    assert np.array_equal(part.latents if part.latents is not None else [], latents[2:5])
    assert np.array_equal(part.mask if part.mask is not None else [], masks[2:5])
    assert part.sources == ("c", "d", "e")
    assert np.array_equal(part.one_source_each().values, SAMPLES.values[2:5])
    assert part.part(1, 2).start == 3


def test_a_part_shares_what_all_samples_share() -> None:
    whole = Request(0, 6, sources=("a", "b"), mask=np.array([[True, False]]), source_samples=SAMPLES)
    part = whole.part(3, 6)
    assert part.sources == ("a", "b")
    assert part.mask is whole.mask


def test_each_sample_has_one_source_or_the_request_is_refused() -> None:
    one = Request(0, 3, sources=("a",), source_samples=SAMPLES.take(np.array([4])))
    assert one.one_source_each().values.tolist() == [[8, 9]] * 3
    with pytest.raises(DataError, match="names 2: give one source, or `count` sources and `paired=True`"):
        Request(0, 3, sources=("a", "b"), source_samples=SAMPLES).one_source_each()


def test_a_sample_may_have_two_sources_of_its_own() -> None:
    whole = Request(0, 3, sources=tuple("abcdef"), paired=True, source_samples=SAMPLES)
    part = whole.part(1, 3)
    assert part.sources == tuple("cdef")
    assert part.source_samples is not None
    assert np.array_equal(part.source_samples.values, SAMPLES.values[2:])
    assert part.part(1, 2).sources == tuple("ef")
    origin = Origin.of(part, 0, "f" * 64, 7)
    assert [origin.sources_of(position) for position in range(2)] == [("c", "d"), ("e", "f")]
    with pytest.raises(DataError, match="names 6: give one source"):
        whole.one_source_each()


def test_a_request_for_more_samples_uses_the_sources_in_turn() -> None:
    two_each = Request(0, 2, sources=tuple("abcd"), paired=True)
    assert resized(two_each, 3).sources == tuple("abcdab")
    interpolated = Request(0, 2, np.ones((2, 3), np.float32), sources=tuple("abcd"), paired=True)
    more = resized(interpolated, 3)  # the latents are drawn anew: they come from no sample
    assert (more.sources, more.paired, more.latents, more.count) == ((), False, None, 3)


def test_a_mask_gets_an_axis_for_channels() -> None:
    image = SampleSpec(modality="image", shape=(3, 4, 5), class_names=("a",), value_range=(-1.0, 1.0))
    vector = SampleSpec(modality="vector", shape=(6,), class_names=("a",))
    assert Request(0, 2, mask=np.ones((1, 4, 5), bool)).mask_over(image).shape == (1, 1, 4, 5)
    assert Request(0, 2, mask=np.ones((2, 6), bool)).mask_over(vector).shape == (2, 6)
    with pytest.raises(DataError, match="no mask"):
        Request(0, 2).mask_over(vector)


def test_an_origin_asks_for_the_same_again() -> None:
    latents = np.ones((2, 3), dtype=np.float32)
    request = Request(
        1, 2, latents, "", ("a", "b"), {"a": [1, 2]}, np.ones((1, 2), bool), paired=True, start=8
    )
    again = Origin.of(request, 4, "f" * 64, 7).asked()
    for name in ("label", "count", "prompt", "sources", "options", "paired", "start"):
        assert getattr(again, name) == getattr(request, name)
    assert np.array_equal(again.latents if again.latents is not None else [], latents)
    assert again.mask is not None
    assert Origin.of(request, 4, "f" * 64, 7).sources_of(1) == ("b",)
