"""Parts of a shard come back as they were saved, whatever the modality."""

from pathlib import Path

import numpy as np
import pytest

from genaug.data import Samples, SampleSpec
from genaug.data.acceptance import Tally
from genaug.data.columns import Column
from genaug.stages.making import Made
from genaug.stages.parts import load_part, part_folder, save_part, saved_parts

IMAGE = SampleSpec(modality="image", shape=(1, 2, 2), class_names=("a",), value_range=(-1.0, 1.0))
TABLE = SampleSpec(
    modality="table",
    shape=(2,),
    class_names=("a",),
    columns=(Column(name="n", type="integer"), Column(name="x", type="numeric", missing=True)),
)
TEXT = SampleSpec(modality="text", shape=(), class_names=("a",))
VALUES = {
    "image": np.array([-1, 1, 1, -1] * 3, dtype=np.float32).reshape(3, 1, 2, 2),
    "table": np.array([[1, np.nan], [2, 0.5], [3, -1e300]]),
    "text": np.array(["one", "", "zwölf\n"], dtype=object),
}


@pytest.mark.parametrize("spec", [IMAGE, TABLE, TEXT], ids=lambda spec: spec.modality)
def test_a_part_reads_back_to_the_bit(spec: SampleSpec, tmp_path: Path) -> None:
    samples = Samples(VALUES[spec.modality], np.zeros(3, dtype=np.int64))
    made = Made(samples, np.array([4, 4, 5]), np.array([0, 2, 0]), Tally(made=4, not_finite=1), 2)
    for number in (1, 2):
        save_part(made, part_folder(tmp_path, "pool-00003", number), spec)
    (tmp_path / "pool-00003.part-0003.new").mkdir()  # left by a kill
    assert len(saved_parts(tmp_path, "pool-00003")) == 2
    assert saved_parts(tmp_path, "pool-00004") == []
    read = Made.join([load_part(folder, spec) for folder in saved_parts(tmp_path, "pool-00003")])
    assert read.samples.ids.tolist() == [*samples.ids.tolist()] * 2
    assert read.samples.values.dtype == samples.values.dtype
    assert read.origin.tolist() == [4, 4, 5] * 2
    assert read.position.tolist() == [0, 2, 0] * 2
    assert (read.tally, read.chunks) == (Tally(made=8, not_finite=2), 4)
