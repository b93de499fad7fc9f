"""The data of a run: specs, samples, views, pools, selections, findings."""

from typing import Any

from genaug.data.columns import Column
from genaug.data.confusion import Confusion
from genaug.data.dataset import Dataset
from genaug.data.facts import DataFacts
from genaug.data.findings import BaselineGain, Figure, Finding, Findings, Pair, Verdict
from genaug.data.outcomes import ChangedSample, Changes, PredictedClasses
from genaug.data.pool import Origin, Pool
from genaug.data.request import Request
from genaug.data.samples import Samples, content_ids
from genaug.data.scores import Scores
from genaug.data.selection import Funnel, Selection
from genaug.data.spec import InvalidValues, SampleSpec
from genaug.data.views import TestView, TrainView, ValidationView
from genaug.renamed import import_old_name

__all__ = [
    "BaselineGain",
    "ChangedSample",
    "Changes",
    "Column",
    "Confusion",
    "DataFacts",
    "Dataset",
    "Figure",
    "Finding",
    "Findings",
    "Funnel",
    "InvalidValues",
    "Origin",
    "Pair",
    "Pool",
    "PredictedClasses",
    "Request",
    "SampleSpec",
    "Samples",
    "Scores",
    "Selection",
    "TestView",
    "TrainView",
    "ValidationView",
    "Verdict",
    "content_ids",
]


def __getattr__(name: str) -> Any:
    return import_old_name(__name__, name, {"Grades": "genaug.data:Scores"})
