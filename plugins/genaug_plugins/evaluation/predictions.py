"""Predictions of the arms of a comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from genaug.data.samples import FloatArray
from genaug.errors import WrongContract

Predictions = Mapping[str, FloatArray]
"""The predictions of each arm for a view, ``[seeds, N, ...]``."""


@dataclass(eq=False)
class ArmPredictions:
    """Predictions of all arms; those for the test view are sealed until a choice is made.

    Attributes:
        validation: predictions for the validation view, ``[seeds, N, ...]`` for each arm.
        failed: the reason why an arm was not fitted, by arm.
        curves: what the models of each arm logged, ``[seeds, P]`` by name.
    """

    validation: Predictions
    failed: Mapping[str, str]
    _test: Predictions = field(repr=False)
    curves: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict, repr=False)
    _choice: str | None = field(default=None, init=False)

    def revealed(self, choice: str) -> Predictions:
        """Return the predictions for the test view, after the choice is made.

        Args:
            choice: a description of the choice. It cannot be changed afterwards.

        Raises:
            WrongContract: if another choice was made before, as nothing may be chosen on the test view.
        """
        if self._choice not in (None, choice):
            raise WrongContract(
                f"{self._choice!r} was chosen before the test view was revealed; it cannot be {choice!r} "
                "any more"
            )
        self._choice = choice
        return self._test
