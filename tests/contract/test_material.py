"""Which samples the kit offers to a component."""

from typing import ClassVar

import pytest

from genaug.components.component import Component
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug.testing import Material
from genaug.testing.companions import FlatExtractor


class PickyComponent(Component):
    name: ClassVar[str] = "picky"

    modality: str
    least: int = 1

    def check_usable(self, spec: SampleSpec) -> None:
        if spec.modality != self.modality or spec.shape[-1] < self.least:
            raise DataError("not these")


class BrokenComponent(Component):
    name: ClassVar[str] = "broken"

    def check_usable(self, spec: SampleSpec) -> None:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("component", "shape"),
    [
        (FlatExtractor(), (1, 8, 8)),
        (PickyComponent(modality="image", least=20), (1, 32, 32)),
        (PickyComponent(modality="signal"), (2, 32)),
        (PickyComponent(modality="vector"), (6,)),
        (PickyComponent(modality="text"), (1, 8, 8)),
        (BrokenComponent(), (1, 8, 8)),
    ],
)
def test_a_component_is_offered_the_first_samples_that_it_takes(
    component: Component, shape: tuple[int, ...]
) -> None:
    assert Material.suited_to(component).shape == shape
