"""Time a step of the `resnet` GAN against mimicry's SNGAN of the same size, values compared first.

Run: python docs/benchmarks/resnet_speed.py --out docs/benchmarks

It writes ``resnet-speed.json`` and ``.md``. It needs mimicry, which is no dependency of genaug::

    pip install --no-deps torch-mimicry==0.1.16
"""

import argparse
import importlib
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate
from torch.nn.utils.parametrize import is_parametrized

from genaug.adversarial import AdversarialConfig, Start
from genaug.adversarial.step import AdversarialRun
from genaug.data import Samples, SampleSpec, TrainView
from genaug.experiments.measuring import Script, in_turns
from genaug.experiments.record import Machine
from genaug.training.config import Precision
from genaug_plugins.architectures.residual_blocks import Upsampling
from genaug_plugins.architectures.resnet import ResnetArchitecture

MIMICRY = "torch_mimicry"
if (found := importlib.util.find_spec(MIMICRY)) is None:
    sys.exit(
        "torch_mimicry, which this benchmark compares with, is not installed:\n"
        "    pip install --no-deps torch-mimicry==0.1.16"
    )
# Its package imports metrics that want TensorFlow and parts of torch that are gone: take the networks alone.
sys.modules[MIMICRY] = importlib.util.module_from_spec(found)
sngan = importlib.import_module(f"{MIMICRY}.nets.sngan.sngan_32")

RATE, BETAS, LATENT = 2e-4, (0.0, 0.9), 128
SPEC = SampleSpec(modality="image", shape=(3, 32, 32), class_names=("image",), value_range=(-1, 1))
COMPARED = 16
"""Channels of the networks that are compared."""
WITHIN = 1e-9
"""Largest difference that float64 arithmetic is allowed, relative to the largest value."""


Pair = tuple[nn.Parameter, list[nn.Parameter], float]
"""One of our parameters, those of mimicry's that are joined in it, and what is taken off their start."""


def main() -> None:
    """Compare, time, write the record and the page."""
    script = Script(__file__, __doc__)
    options = script.options
    options.add_argument("--width", type=int, default=128, help="channels of the discriminator (128)")
    options.add_argument("--batch-size", type=int, default=64, help="real images of a step (64)")
    options.add_argument("--rounds", type=int, default=7, help="alternating rounds; the median counts (7)")
    options.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of torch (all cores)")
    options.add_argument("--device", default="cpu", help="cpu or cuda (cpu)")
    asked = options.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    differences = {name: compared(name) for name in ("bilinear", "nearest")}
    steps = {"mimicry": Mimicry(asked.width, asked.batch_size, asked.device).step}
    for precision in ("float32", "bfloat16"):
        for upsampling in differences:
            steps[f"{upsampling}, {precision}"] = ours(asked, upsampling, precision)

    def clock() -> float:
        if asked.device != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter()

    seconds = in_turns(steps, asked.rounds, clock)
    results = {
        "compared": COMPARED,
        "differences": differences,
        "seconds": {name: statistics.median(own) for name, own in seconds.items()},
    }
    script.publish(asked, results, Machine(device=asked.device, threads=asked.threads))


def architecture(width: int, upsampling: Upsampling) -> ResnetArchitecture:
    """Return SNGAN-32, with twice `width` channels in the generator."""
    return ResnetArchitecture(width=width, latent_dim=LATENT, normalization="batch", upsampling=upsampling)


def compared(upsampling: Upsampling) -> float:
    """Return the largest relative difference of images, logits and gradients, in float64.

    Mimicry enlarges features bilinearly where the paper repeats pixels; for `nearest` its blocks are
    told to repeat them. Its blocks rectify their input in place, so that shortcuts see rectified
    features, which is neither in the paper nor in mimicry's words: it is told not to.
    """
    width, count = COMPARED, 4
    generator, discriminator = (n.double() for n in architecture(width, upsampling).networks(SPEC, 0))
    sngan_g, sngan_d = (
        sngan.SNGANGenerator32(LATENT, 2 * width).double(),
        sngan.SNGANDiscriminator32(width).double(),
    )
    for module in [*sngan_g.modules(), *sngan_d.modules()]:
        if isinstance(module, nn.ReLU):
            module.inplace = False
        if hasattr(module, "_upsample_conv") and upsampling == "nearest":
            module._upsample_conv = lambda h, conv: conv(interpolate(h, scale_factor=2))
    pairs = generator_pairs(generator, sngan_g) + discriminator_pairs(discriminator, sngan_d)
    with torch.no_grad():
        for own, theirs, offset in pairs:
            joined = torch.cat([parameter.flatten() for parameter in theirs])
            joined[: len(theirs[0])] -= offset
            own.copy_(joined.view_as(own))
    latents = torch.randn(count, LATENT).double()
    fake, sngan_fake = generator(latents, torch.zeros(count, dtype=torch.long)), sngan_g(latents)
    logits = discriminator(fake, torch.zeros(count, dtype=torch.long), torch.zeros(count, 0).double())
    sngan_logits = sngan_d(sngan_fake).squeeze(1)
    for given in (logits, sngan_logits):
        given.square().sum().backward()
    alike = [(fake, sngan_fake), (logits, sngan_logits)]
    alike += [(own.grad.flatten(), torch.cat([p.grad.flatten() for p in theirs])) for own, theirs, _ in pairs]
    # Biases in front of a batch normalization have no gradient but rounding: from 1 down it is absolute.
    difference = max(((a - b).abs().max() / b.abs().max().clamp(min=1)).item() for a, b in alike)
    if difference > WITHIN:
        sys.exit(f"the networks differ by {difference:.1e} ({upsampling}): times would mean nothing")
    return difference


def generator_pairs(own: nn.Module, peer: nn.Module) -> list[Pair]:
    """Return which parameters of the generators correspond; modulations are told nothing by the latent."""
    pairs = of_layer(own.start, peer.l1) + of_modulation(own.modulation, peer.b5)
    pairs += of_layer(own.last, peer.c5)
    for block, other in zip(own.blocks, (peer.block2, peer.block3, peer.block4), strict=True):
        pairs += of_modulation(block.modulation, other.b1) + of_modulation(block.modulation_within, other.b2)
        pairs += of_layer(block.enlarge, other.c1) + of_layer(block.conv, other.c2)
        pairs += of_layer(block.shortcut, other.c_sc)
    return pairs


def discriminator_pairs(own: nn.Module, peer: nn.Module) -> list[Pair]:
    """Return which parameters of the discriminators correspond; singular vectors are copied."""
    first, second, *plain = own.blocks
    layers = [(own.head.logit, peer.l5)]
    for block, other in ((first, peer.block1), (second, peer.block2)):
        layers += [(block.conv, other.c1), (block.halve, other.c2), (block.shortcut, other.c_sc)]
    for block, other in zip(plain, (peer.block3, peer.block4), strict=True):
        layers += [(block.conv, other.c1), (block.conv_within, other.c2)]
    for layer, other in layers:
        layer.parametrizations.weight[0].u.copy_(other.weight_u)
    return [pair for layer, other in layers for pair in of_layer(layer, other)]


def of_layer(layer: nn.Module, peer: nn.Module) -> list[Pair]:
    """Return the weights and the biases of two layers."""
    weight = layer.parametrizations.weight.original if is_parametrized(layer) else layer.weight
    return [(weight, [getattr(peer, "weight_orig", peer.weight)], 0.0), (layer.bias, [peer.bias], 0.0)]


def of_modulation(modulation: nn.Module, norm: nn.BatchNorm2d) -> list[Pair]:
    """Return what a code of zeros is told, 1 + scale and shift, against γ and β."""
    nn.init.zeros_(modulation.scale_and_shift.weight)
    return [(modulation.scale_and_shift.bias, [norm.weight, norm.bias], 1.0)]


class Unlogged:
    """Keep no log."""

    def add_metric(self, name: str, value: float, group: str) -> None:
        """Drop a value."""


class Mimicry:
    """Step mimicry's SNGAN-32 by its own methods, as it ships."""

    def __init__(self, width: int, batch_size: int, device: str) -> None:
        self.generator = sngan.SNGANGenerator32(LATENT, 2 * width).to(device)
        self.discriminator = sngan.SNGANDiscriminator32(width).to(device)
        self.adams = [
            torch.optim.Adam(network.parameters(), lr=RATE, betas=BETAS)
            for network in (self.generator, self.discriminator)
        ]
        self.real = (torch.rand(batch_size, 3, 32, 32, device=device) * 2 - 1, None)
        self.device = device

    def step(self) -> None:
        """Update the discriminator, then the generator, along the hinge loss."""
        known = {"real_batch": self.real, "device": self.device, "log_data": Unlogged()}
        self.discriminator.train_step(netG=self.generator, optD=self.adams[1], **known)
        self.generator.train_step(netD=self.discriminator, optG=self.adams[0], **known)


def ours(asked: argparse.Namespace, upsampling: Upsampling, precision: Precision) -> Callable[[], None]:
    """Return a step of the training loop that `gan` runs, averaging of weights and all."""
    values = np.random.default_rng(0).uniform(-1, 1, (4 * asked.batch_size, *SPEC.shape))
    samples = Samples(values.astype(np.float32), np.zeros(len(values), dtype=np.int64))
    schedule = AdversarialConfig(
        steps=1000,
        batch_size=asked.batch_size,
        learning_rate=RATE,
        betas=BETAS,
        loss="hinge",
        precision=precision,
        channels_last=True,
    )
    random = torch.Generator(asked.device).manual_seed(0)
    network = architecture(asked.width, upsampling)
    run = AdversarialRun(network, (), TrainView(SPEC, samples), schedule, random, Start())
    return lambda: run.advance(measured=False)


if __name__ == "__main__":
    main()
