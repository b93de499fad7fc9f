"""Ready-made adapters: scikit-learn estimators and torch modules as models.

Light to import; scikit-learn and torch are loaded when a model is fitted.
"""

from genaug.adapters.sklearn_model import SklearnModel
from genaug.adapters.torch_model import TorchModel

__all__ = ["SklearnModel", "TorchModel"]
