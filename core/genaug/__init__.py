"""genaug: generative data augmentation, with a measurement of whether it helps.

The public names, each imported when it is first used, so that `import genaug` stays light.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genaug.adapters import SklearnModel as SklearnModel
    from genaug.adapters import TorchModel as TorchModel
    from genaug.arrays import from_arrays as from_arrays
    from genaug.components.preset import Preset as Preset
    from genaug.components.preset import Starter as Starter
    from genaug.components.references import Use as Use
    from genaug.components.registry import Registry as Registry
    from genaug.contracts import ActiveRegularizer as ActiveRegularizer
    from genaug.contracts import Architecture as Architecture
    from genaug.contracts import Candidates as Candidates
    from genaug.contracts import ChainPosition as ChainPosition
    from genaug.contracts import Comparator as Comparator
    from genaug.contracts import ComparedRun as ComparedRun
    from genaug.contracts import ComparedRuns as ComparedRuns
    from genaug.contracts import CompletedRun as CompletedRun
    from genaug.contracts import Context as Context
    from genaug.contracts import Embedder as Embedder
    from genaug.contracts import Evidence as Evidence
    from genaug.contracts import Existing as Existing
    from genaug.contracts import Exporter as Exporter
    from genaug.contracts import Extractor as Extractor
    from genaug.contracts import Generator as Generator
    from genaug.contracts import Hook as Hook
    from genaug.contracts import LearnedExtractor as LearnedExtractor
    from genaug.contracts import Metric as Metric
    from genaug.contracts import Model as Model
    from genaug.contracts import Predictor as Predictor
    from genaug.contracts import RankingSelector as RankingSelector
    from genaug.contracts import Recognition as Recognition
    from genaug.contracts import Regularizer as Regularizer
    from genaug.contracts import RegularizerContext as RegularizerContext
    from genaug.contracts import Sampler as Sampler
    from genaug.contracts import Selector as Selector
    from genaug.contracts import Source as Source
    from genaug.contracts import Strategy as Strategy
    from genaug.contracts import Task as Task
    from genaug.contracts import TextEmbedder as TextEmbedder
    from genaug.contracts import Training as Training
    from genaug.contracts import Validator as Validator
    from genaug.hooks import hookimpl as hookimpl
    from genaug.pipeline import Pipeline as Pipeline
    from genaug.pipeline import load as load

_HOMES = {
    "genaug.adapters": "SklearnModel TorchModel",
    "genaug.contracts": (
        "ActiveRegularizer Architecture Candidates ChainPosition Comparator ComparedRun ComparedRuns "
        "CompletedRun Context Embedder Evidence Existing Exporter Extractor Generator Hook LearnedExtractor "
        "Metric Model Predictor RankingSelector Recognition Regularizer RegularizerContext Sampler Selector "
        "Source Strategy Task TextEmbedder Training Validator"
    ),
    "genaug.hooks": "hookimpl",
    "genaug.arrays": "from_arrays",
    "genaug.pipeline": "Pipeline load",
    "genaug.components.preset": "Preset Starter",
    "genaug.components.references": "Use",
    "genaug.components.registry": "Registry",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = [*sorted(_HOME), "__version__"]

_OLD_NAMES = {"Place", "Plan", "QuotaSelector"}


def __getattr__(name: str) -> Any:
    if name in _OLD_NAMES:
        return getattr(importlib.import_module("genaug.contracts"), name)  # which warns of it
    if name not in _HOME:
        raise AttributeError(f"genaug has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
