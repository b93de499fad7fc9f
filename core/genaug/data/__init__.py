"""What flows through a run: specs, samples, views, pools, selections, findings."""

from genaug.data.columns import Column
from genaug.data.dataset import Dataset
from genaug.data.findings import Figure, Finding, Findings, Pair, Verdict
from genaug.data.grades import Grades
from genaug.data.pool import Origin, Pool
from genaug.data.request import Request
from genaug.data.samples import Samples, content_ids
from genaug.data.selection import Funnel, Selection
from genaug.data.spec import InvalidValues, SampleSpec
from genaug.data.views import TestView, TrainView, ValidationView

__all__ = [
    "Column",
    "Dataset",
    "Figure",
    "Finding",
    "Findings",
    "Funnel",
    "Grades",
    "InvalidValues",
    "Origin",
    "Pair",
    "Pool",
    "Request",
    "SampleSpec",
    "Samples",
    "Selection",
    "TestView",
    "TrainView",
    "ValidationView",
    "Verdict",
    "content_ids",
]
