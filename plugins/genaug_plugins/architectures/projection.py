"""The end of a discriminator: a logit that knows label and condition by projection."""

from torch import Tensor, nn

from genaug_plugins.architectures.initialise import initialised


class ProjectionHead(nn.Module):
    """Map features ``[N, dim]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``.

    f(h, y, c) = w·h + b + scale·⟨h, e(y) + m(c)⟩, with an embedding e where there are two classes
    or more (Miyato & Koyama 2018, arXiv 1802.05637), and a small network m where K > 0: for the
    scale s of scaled images the features h(s·x) shrink with s, and m(s) can weigh them again.

    Args:
        dim: length of the features.
        classes: number of classes; with one there is no embedding.
        condition_dim: K.
        scale: weight of the projection; None: 1 / √dim, which suits an embedding that starts
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
