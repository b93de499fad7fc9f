"""The last layer of a discriminator: a logit that depends on label and condition by projection."""

from torch import Tensor, nn

from genaug_plugins.architectures.initialise import initialised


class ProjectionHead(nn.Module):
    """Map features ``[N, dim]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``.

    f(h, y, c) = w·h + b + scale·⟨h, e(y) + m(c)⟩, with an embedding e if there are two classes or more
    (Miyato & Koyama 2018, arXiv 1802.05637), and a small network m if K > 0. For example, the features
    h(s·x) of scaled images shrink with the scale s, and m(s) can compensate for that.

    Args:
        dim: length of the features.
        classes: number of classes.
        condition_dim: K.
        scale: weight of the projection; None: 1 / √dim, which suits an embedding that is initially
            standard normal.
    """

    def __init__(self, dim: int, classes: int, condition_dim: int, scale: float | None = None) -> None:
        super().__init__()
        self.scale = dim**-0.5 if scale is None else scale
        self.logit = initialised(nn.Linear(dim, 1), dim, 1.0)
        self.embedding = nn.Embedding(classes, dim) if classes > 1 else None
        self.condition = (
            nn.Sequential(nn.Linear(condition_dim, dim), nn.SiLU(), nn.Linear(dim, dim))
            if condition_dim
            else None
        )

    def forward(self, h: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        logits: Tensor = self.logit(h).squeeze(1)
        direction = None if self.embedding is None else self.embedding(labels)  # [N, dim]
        if self.condition is not None:
            projected = self.condition(condition)
            direction = projected if direction is None else direction + projected
        return logits if direction is None else logits + (h * direction).sum(1) * self.scale
