"""The contracts of plugins: one abstract base class for each kind."""

from typing import Any

from genaug.contracts.architecture import Architecture
from genaug.contracts.comparator import Comparator
from genaug.contracts.compared_runs import ComparedRun, ComparedRuns
from genaug.contracts.context import Checkpoint, Context
from genaug.contracts.exporter import CompletedRun, Exporter
from genaug.contracts.extractor import Embedder, Extractor, LearnedExtractor, TextEmbedder
from genaug.contracts.generator import Existing, Generator, Sampler
from genaug.contracts.model import Model, Predictor
from genaug.contracts.regularizer import ActiveRegularizer, Regularizer, RegularizerContext, Training
from genaug.contracts.selector import Candidates, ChainPosition, RankingSelector, Selector
from genaug.contracts.source import Recognition, Source
from genaug.contracts.strategy import Rounds, Strategy, StrategyPlace
from genaug.contracts.task import Metric, Task
from genaug.contracts.validator import Evidence, Forecast, Validator
from genaug.hooks import Hook
from genaug.renamed import import_old_name

__all__ = [
    "ActiveRegularizer",
    "Architecture",
    "Candidates",
    "ChainPosition",
    "Checkpoint",
    "Comparator",
    "ComparedRun",
    "ComparedRuns",
    "CompletedRun",
    "Context",
    "Embedder",
    "Evidence",
    "Existing",
    "Exporter",
    "Extractor",
    "Forecast",
    "Generator",
    "Hook",
    "LearnedExtractor",
    "Metric",
    "Model",
    "Predictor",
    "RankingSelector",
    "Recognition",
    "Regularizer",
    "RegularizerContext",
    "Rounds",
    "Sampler",
    "Selector",
    "Source",
    "Strategy",
    "StrategyPlace",
    "Task",
    "TextEmbedder",
    "Training",
    "Validator",
]

_OLD_NAMES = {
    "Place": "genaug.contracts:ChainPosition",
    "Plan": "genaug.contracts:RegularizerContext",
    "QuotaSelector": "genaug.contracts:RankingSelector",
}


def __getattr__(name: str) -> Any:
    return import_old_name(__name__, name, _OLD_NAMES)
