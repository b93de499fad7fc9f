"""Every plugin of this distribution meets every requirement of its kind."""

from genaug_sample_plugins.diary import DiaryHook
from genaug_sample_plugins.hard_classes import HardClassesStrategy
from genaug_sample_plugins.independent import IndependentGenerator
from genaug_sample_plugins.letters import LettersExtractor
from genaug_sample_plugins.linear_regression import LinearRegressionModel
from genaug_sample_plugins.logit_drift import LogitDriftRegularizer
from genaug_sample_plugins.regression import RegressionTask
from genaug_sample_plugins.typical import TypicalSelector

from genaug.testing import parametrize_with_checks


@parametrize_with_checks(
    [
        TypicalSelector(),
        TypicalSelector(share=1),
        LogitDriftRegularizer(),
        IndependentGenerator(),
        HardClassesStrategy(),
        LettersExtractor(),
        DiaryHook(),
        LinearRegressionModel(),
        RegressionTask(model=LinearRegressionModel(penalty=0.1)),
    ]
)
def test_contract(component, check):
    check(component)
