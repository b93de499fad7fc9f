"""What every source must do."""

from pathlib import Path

from genaug.components.identity import parts
from genaug.contracts import Source
from genaug.data import Dataset, InvalidValues
from genaug.data.samples import UNLABELLED
from genaug.testing.dependencies import depends_on, foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, files, no_error, no_global_randomness, other_global_randomness


@foundation
def gives_values_of_its_spec(source: Source, material: Material) -> None:
    """Give at least one sample; values of the spec's dtype, shape, range and columns."""
    with no_error("when it is loaded"):
        dataset = source.load()
    assert isinstance(dataset, Dataset), f"`load` returns a {type(dataset).__name__}, not a Dataset"
    assert len(dataset.samples), "there are no samples"
    try:
        dataset.spec.check_values(dataset.samples.values)
    except InvalidValues as error:
        raise AssertionError(f"values disagree with the spec: {error}") from error


def gives_labels_of_its_spec(source: Source, material: Material) -> None:
    """Give labels that are indices into the spec's class names, or -1 for unlabelled samples."""
    dataset = source.load()
    labels = dataset.samples.labels
    assert labels.ndim == 1, f"labels have the shape {list(labels.shape)}, not [N]"
    assert labels.min(initial=0) >= UNLABELLED, f"a label is {labels.min()}"
    assert labels.max(initial=0) < dataset.spec.classes, f"label {labels.max()} has no class name"


def names_a_group_and_an_origin_for_each(source: Source, material: Material) -> None:
    """Give one group, origin, view, time and file for each sample, where it gives any."""
    dataset = source.load()
    for name in ("groups", "origins", "views", "times", "files"):
        column = getattr(dataset, name)
        if column is not None:
            given, wanted = len(column), len(dataset.samples)
            assert given == wanted, f"{given} {name} for {wanted} samples: give one for each, or None"
    dataset.check_rows()


@depends_on("leaves_global_randomness_alone")
def reads_the_same_twice(source: Source, material: Material) -> None:
    """Give the same samples in the same order each time."""
    first = source.load()
    with other_global_randomness():
        again = source.load()
    assert digest(again) == digest(first), "loading twice gives different data sets, or another order"
    assert (again.samples.ids == first.samples.ids).all(), "loading twice gives other ids"


def states_the_same_twice(source: Source, material: Material) -> None:
    """Give the same `state` as long as the data is the same."""
    before = source.state()
    source.load()
    assert isinstance(before, str), "state() must return text"
    assert source.state() == before, "state() changes while the data does not"


def leaves_its_files_alone(source: Source, material: Material) -> None:
    """Change nothing under any path that its settings name."""
    settings = [getattr(part, name) for part in parts(source) for name in type(part).model_fields]
    paths = [value for value in settings if isinstance(value, Path) and value.exists()]
    before = {path: files(path) for path in paths}
    source.load()
    source.state()
    for path in paths:
        assert files(path) == before[path], f"loading changed {path}"


def leaves_global_randomness_alone(source: Source, material: Material) -> None:
    """Neither use nor seed a global random generator."""
    with no_global_randomness("loading"):
        source.load()
