"""The two networks of `conv1d`."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import leaky_relu, pad

from genaug.data import SampleSpec
from genaug_plugins.architectures.initialise import GAIN, SLOPE, initialised
from genaug_plugins.architectures.latent_code import class_embedding, code_dim, latent_code
from genaug_plugins.architectures.modulation import Modulation
from genaug_plugins.architectures.projection import ProjectionHead
from genaug_plugins.architectures.value_range import into_range

COARSEST = 4
"""Shortest signal on the coarsest level."""
WIDEST = 8
"""Maximum number of channels, as a multiple of the width."""


class Lengths:
    """Lengths of a signal on the levels of both networks.

    Args:
        length: of a sample, 16 or more.

    Attributes:
        doublings: number of levels above the coarsest one.
        start: length on the coarsest level, 4 to 8.
        full: length on the finest level, that of a sample or slightly more.
        before, after: number of surplus values at the beginning and at the end.
    """

    def __init__(self, length: int) -> None:
        self.doublings = (length // COARSEST).bit_length() - 1
        self.start = -(-length >> self.doublings)  # rounded up
        self.full = self.start << self.doublings
        self.before = (self.full - length) // 2
        self.after = self.full - length - self.before

    def widths(self, width: int) -> list[int]:
        """Return the channels from the coarsest level to the finest; `width` is that at half the length."""
        levels = range(self.doublings - 1, -2, -1)
        return [min(int(width * 2.0**level), WIDEST * width) for level in levels]


class Conv1dGenerator(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to signals ``[N, C, T]`` in the spec's value range.

    Args:
        spec: of the signals.
        latent_dim: Z.
        width: channels at half the signal's length.
        kernel: length of the strided convolutions' kernels.
    """

    def __init__(self, spec: SampleSpec, latent_dim: int, width: int, kernel: int) -> None:
        super().__init__()
        channels, length = spec.shape
        self.value_range = spec.value_range
        self.latent_dim = latent_dim
        self.lengths = Lengths(length)
        widths = self.lengths.widths(width)
        self.embedding = class_embedding(spec.classes, latent_dim)
        coded = code_dim(spec.classes, latent_dim)
        self.start = initialised(nn.Linear(coded, widths[0] * self.lengths.start), coded, 1.0)
        self.modulations = nn.ModuleList(Modulation(coded, width) for width in widths)
        # A value of a transposed convolution of stride 2 is a sum over half the kernel in each channel.
        self.ups = nn.ModuleList(
            initialised(
                nn.ConvTranspose1d(wide, narrow, kernel, stride=2, padding=kernel // 2 - 1),
                kernel // 2 * wide,
                GAIN,
            )
            for wide, narrow in pairwise(widths)
        )
        self.last = initialised(nn.Conv1d(widths[-1], channels, 3, padding=1), 3 * widths[-1], 1.0)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return signals ``[N, C, T]``."""
        code = latent_code(latents, labels, self.embedding)
        h = self.start(code).unflatten(1, (-1, self.lengths.start))  # [N, F, 4 … 8]
        h = leaky_relu(self.modulations[0](h, code), SLOPE)
        for up, modulation in zip(self.ups, self.modulations[1:], strict=True):
            h = leaky_relu(modulation(up(h), code), SLOPE)
        h = h[..., self.lengths.before : self.lengths.full - self.lengths.after]  # [N, F, T]
        return into_range(self.last(h), self.value_range)


class Conv1dDiscriminator(nn.Module):
    """Map signals ``[N, C, T]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``.

    Args:
        spec: of the signals.
        condition_dim: K.
        width: channels at half the signal's length.
        kernel: length of the strided convolutions' kernels.
    """

    def __init__(self, spec: SampleSpec, condition_dim: int, width: int, kernel: int) -> None:
        super().__init__()
        channels, length = spec.shape
        self.lengths = Lengths(length)
        widths = self.lengths.widths(width)[::-1]
        self.first = initialised(nn.Conv1d(channels, widths[0], 3, padding=1), 3 * channels, GAIN)
        self.downs = nn.ModuleList(
            initialised(
                nn.Conv1d(narrow, wide, kernel, stride=2, padding=kernel // 2 - 1), kernel * narrow, GAIN
            )
            for narrow, wide in pairwise(widths)
        )
        flat, dim = widths[-1] * self.lengths.start, 2 * widths[-1]
        self.dense = initialised(nn.Linear(flat, dim), flat, GAIN)
        self.head = ProjectionHead(dim, spec.classes, condition_dim)

    @property
    def stages(self) -> list[nn.Module]:
        """Return the modules in their order from input to output."""
        return [self.first, *self.downs, self.dense, self.head]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        h = leaky_relu(self.first(pad(values, (self.lengths.before, self.lengths.after))), SLOPE)
        for down in self.downs:
            h = leaky_relu(down(h), SLOPE)
        h = leaky_relu(self.dense(h.flatten(1)), SLOPE)  # [N, dim]
        logits: Tensor = self.head(h, labels, condition)
        return logits
