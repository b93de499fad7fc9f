"""The projection head against its formula."""

import pytest
import torch

from genaug_plugins.architectures.projection import ProjectionHead


@pytest.mark.parametrize(("classes", "condition_dim"), [(1, 0), (1, 2), (3, 0), (3, 2)])
@pytest.mark.parametrize("scale", [None, 1.0])
def test_logits_are_those_of_the_formula(classes: int, condition_dim: int, scale: float | None) -> None:
    torch.manual_seed(0)
    head = ProjectionHead(16, classes, condition_dim, scale)
    h, labels, c = torch.randn(5, 16), torch.arange(5) % classes, torch.rand(5, condition_dim)
    direction = torch.zeros(5, 16)
    if classes > 1:
        direction += head.embedding.weight[labels]
    if condition_dim:
        direction += head.condition(c)
    expected = h @ head.logit.weight[0] + head.logit.bias
    expected = expected + (0.25 if scale is None else scale) * (h * direction).sum(1)
    torch.testing.assert_close(head(h, labels, c), expected)


def test_what_tells_nothing_has_no_parameters() -> None:
    assert {name for name, _ in ProjectionHead(8, 1, 0).named_parameters()} == {"logit.weight", "logit.bias"}
