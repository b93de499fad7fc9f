"""Ridge classification on values or features."""

from __future__ import annotations

from typing import Any, ClassVar

from genaug.adapters import SklearnModel


class RidgeModel(SklearnModel):
    """Ridge classification (scikit-learn) with calibrated probabilities.

    With ``extractor: {use: minirocket}`` the strong cheap baseline for signals. The solution is in closed
    form: nothing in it is random, apart from what the extractor learns. Its probabilities are a softmax of
    decision values, scaled by leave-one-out: do not read them as more than a rough calibration.
    """

    name: ClassVar[str] = "ridge"

    balance: bool = True
    """Weigh each sample by the inverse of its class's count."""

    def estimator(self, seed: int) -> Any:
        """Return the ridge classifier; see `genaug_plugins.models.calibrated_ridge`."""
        from genaug_plugins.models.calibrated_ridge import CalibratedRidge

        return CalibratedRidge(self.balance)
