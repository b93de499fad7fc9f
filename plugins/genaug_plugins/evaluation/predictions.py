"""What the arms of a comparison predicted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from genaug.data.samples import FloatArray
from genaug.errors import WrongContract

Predictions = Mapping[str, FloatArray]
"""What each arm predicts for a view, ``[seeds, N, ...]``."""


@dataclass(eq=False)
class ArmPredictions:
    """Predictions of all arms; those for the test view are sealed until a choice is made.

    Attributes:
        validation: predicted for the validation view, ``[seeds, N, ...]`` for each arm.
        failed: by arm, why it was not fitted.
    """

    validation: Predictions
    failed: Mapping[str, str]
    _test: Predictions = field(repr=False)
    _choice: str | None = field(default=None, init=False)

    def revealed(self, choice: str) -> Predictions:
        """Return what was predicted for the test view, now that the choice is made.

        Args:
            choice: what was chosen, in words. It cannot be changed from now on.

        Raises:
            WrongContract: where another choice was made before: nothing is chosen on the test view.
        """
        if self._choice not in (None, choice):
            raise WrongContract(
                f"{self._choice!r} was chosen before the test view was looked at: it cannot be {choice!r} "
                "any more"
            )
        self._choice = choice
        return self._test
