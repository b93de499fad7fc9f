"""One class passes the audit; the classification task refuses it, before anything is fitted."""

import pytest

from genaug import Registry
from genaug.data import SampleSpec
from genaug.errors import DataError


def test_classification_refuses_a_single_class() -> None:
    registry = Registry.installed()
    task = registry.get("task", "classification").model_validate({}, context={"registry": registry})
    spec = SampleSpec(modality="vector", shape=(3,), class_names=("cat",))
    with pytest.raises(DataError, match="needs two classes, but the data has only 'cat'"):
        task.check_usable(spec)
