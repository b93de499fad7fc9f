"""Ridge classification on values or features."""

from __future__ import annotations

from typing import Any, ClassVar

from genaug.adapters import SklearnModel


class RidgeModel(SklearnModel):
    """Ridge classification (scikit-learn) with calibrated probabilities.

    With ``extractor: {use: minirocket}`` a strong and fast baseline for signals. The solution is in closed
    form and deterministic, except for a trained extractor. Its probabilities are a softmax of decision
    values, scaled by leave-one-out: a rough calibration only.
    """

    name: ClassVar[str] = "ridge"

    balance: bool = True
    """Weight each sample by the inverse of its class's count."""

    def estimator(self, seed: int) -> Any:
        """Return the ridge classifier; see `genaug_plugins.models.calibrated_ridge`."""
        from genaug_plugins.models.calibrated_ridge import CalibratedRidge

        return CalibratedRidge(self.balance)
