"""Time a step of the adversarial loop with each regularizer against the plain step, values compared first.

Run: python docs/benchmarks/training_speed.py --out docs/benchmarks

It writes ``training-speed.json`` and ``.md``; a few minutes on one core. ``--compile`` times torch.compile
as well, which wants a C++ compiler and a minute more.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from genaug import Regularizer, Training
from genaug.adversarial import LOSSES, AdversarialConfig, Start
from genaug.adversarial.chain import Chain
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass
from genaug.adversarial.step import AdversarialRun
from genaug.data import Samples, SampleSpec, TrainView
from genaug.experiments.measuring import Script
from genaug.experiments.record import Machine
from genaug.testing.waiting import no_waiting
from genaug.training.batch_sampler import BatchSampler
from genaug.training.ema import EMA
from genaug.training.loss_log import LossLog
from genaug.training.optimizer import Optimizer
from genaug.training.precision import Forward
from genaug_plugins.architectures.dcgan import DcganArchitecture
from genaug_plugins.regularizers.ada import AdaRegularizer
from genaug_plugins.regularizers.consistency import ConsistencyRegularizer
from genaug_plugins.regularizers.diffaugment import DiffaugmentRegularizer
from genaug_plugins.regularizers.diffusion_noise import DiffusionNoiseRegularizer
from genaug_plugins.regularizers.diggan import DigganRegularizer
from genaug_plugins.regularizers.gradient_penalty import GradientPenaltyRegularizer
from genaug_plugins.regularizers.invertible import InvertibleRegularizer
from genaug_plugins.regularizers.lecam import LecamRegularizer
from genaug_plugins.regularizers.ms3d import Ms3dRegularizer
from genaug_plugins.regularizers.r1 import R1Regularizer
from genaug_plugins.regularizers.r2 import R2Regularizer
from genaug_plugins.regularizers.scaling import ScalingRegularizer
from genaug_plugins.regularizers.variance import VarianceRegularizer

RATE = 2e-4
LAZY = 16
"""Steps between two penalties of the lazy rows."""
TIMED = 3
"""Steps of each row a round. The first is one at which lazy penalties are due, the others are not."""
WATCHED = 5
"""Steps in which waiting is looked for: lazy penalties are due in the first, controllers move in the 4th."""
COMPARED = 3
"""Steps after which values are compared."""
WITHIN = 1e-4
"""Largest difference of weights, relative to the largest one, that float32 arithmetic is allowed."""
EXACTLY = 1e-9
"""The same for gradients in float64."""
OUTSIDE = 0.05
"""Bar of the share of a step outside forward, backward and optimizer."""
PLAIN = "plain"

SHARED = (R1Regularizer(every=1), R2Regularizer(every=1), Ms3dRegularizer(), DigganRegularizer())


@dataclass(frozen=True)
class Row:
    """What is timed, against what, and the bar its ratio is to stay below, where there is one."""

    regularizers: Sequence[Regularizer] = ()
    schedule: Mapping[str, Any] = field(default_factory=dict)
    against: str = PLAIN
    bar: float | None = None


def rows(compiled: bool) -> dict[str, Row]:
    """Return what is timed, by its name in the table."""

    def scale_gan(**variance: Any) -> Row:
        return Row((ScalingRegularizer(), VarianceRegularizer(**variance)), bar=1.05)

    def lazy(*regularizers: Regularizer) -> Row:
        return Row(regularizers, bar=1.06)

    found = {
        PLAIN: Row(),
        "scaling": Row((ScalingRegularizer(),), bar=1.05),
        "scaling + variance (batch)": scale_gan(reading="batch"),
        "scaling + variance (noise)": scale_gan(reading="noise"),
        "scaling + variance (scale)": scale_gan(reading="scale"),
        f"scaling + variance (noise), every {LAZY}": scale_gan(reading="noise", every=LAZY),
        f"scaling + variance (scale), every {LAZY}": scale_gan(reading="scale", every=LAZY),
        "r1 + r2": Row(SHARED[:2]),
        "r1 + r2 + ms3d + diggan": Row(SHARED, against="r1 + r2", bar=1.15),
        f"r1, every {LAZY}": lazy(R1Regularizer(every=LAZY)),
        f"r1 + r2, every {LAZY}": lazy(R1Regularizer(every=LAZY), R2Regularizer(every=LAZY)),
        f"ms3d, every {LAZY}": lazy(Ms3dRegularizer(every=LAZY)),
        f"gradient-penalty, every {LAZY}": lazy(GradientPenaltyRegularizer(every=LAZY)),
        "r1": Row((R1Regularizer(every=1),)),
        "ms3d": Row((Ms3dRegularizer(),)),
        "gradient-penalty": Row((GradientPenaltyRegularizer(),)),
        "diggan": Row((DigganRegularizer(),)),
        "ada": Row((AdaRegularizer(),)),
        "diffaugment": Row((DiffaugmentRegularizer(),)),
        "invertible": Row((InvertibleRegularizer(),)),
        "diffusion-noise": Row((DiffusionNoiseRegularizer(),)),
        "lecam, after its warm-up": Row((LecamRegularizer(warmup=1),)),
        "consistency (cr)": Row((ConsistencyRegularizer(mode="cr"),)),
        "consistency (bcr)": Row((ConsistencyRegularizer(mode="bcr"),)),
        "consistency (zcr)": Row((ConsistencyRegularizer(mode="zcr"),)),
        "consistency (icr)": Row((ConsistencyRegularizer(mode="icr"),)),
        "channels-last": Row(schedule={"channels_last": True}),
        "bfloat16": Row(schedule={"precision": "bfloat16"}),
        "bfloat16, channels-last": Row(schedule={"precision": "bfloat16", "channels_last": True}),
        "accumulate 2": Row(schedule={"accumulate": 2}),
    }
    return found | ({"compile": Row(schedule={"compile": True})} if compiled else {})


@dataclass(frozen=True)
class Setting:
    """The size of what is timed, and where."""

    width: int
    size: int
    batch_size: int
    device: str

    def view(self) -> TrainView:
        """Return 1,000 images of noise in ten classes."""
        values = np.random.default_rng(0).uniform(-1, 1, (1000, 3, self.size, self.size))
        names = tuple(f"class {n}" for n in range(10))
        spec = SampleSpec(
            modality="image", shape=(3, self.size, self.size), class_names=names, value_range=(-1, 1)
        )
        return TrainView(spec, Samples(values.astype(np.float32), np.arange(1000) % 10))

    def schedule(self, **settings: Any) -> AdversarialConfig:
        """Return how the loop trains."""
        given = {"steps": 10_000, "batch_size": self.batch_size, "learning_rate": RATE}
        return AdversarialConfig(**(given | settings))

    def random(self) -> torch.Generator:
        """Return where a training's randomness comes from, the same each time."""
        return torch.Generator(self.device).manual_seed(0)

    def run(self, row: Row) -> AdversarialRun:
        """Return a training of the loop that `gan` runs; each begins with the same weights."""
        torch.manual_seed(0)
        schedule = self.schedule(**row.schedule)
        return AdversarialRun(
            DcganArchitecture(width=self.width),
            row.regularizers,
            self.view(),
            schedule,
            self.random(),
            Start(),
        )

    def clock(self) -> float:
        """Return seconds, all work done.

        On one thread it is the processor's time: others' work lengthens the time on the wall, not this.
        """
        if self.device != "cpu":
            torch.cuda.synchronize()
        return time.process_time() if self.by_processor() else time.perf_counter()

    def by_processor(self) -> bool:
        """Return whether `clock` is the processor's."""
        return self.device == "cpu" and torch.get_num_threads() == 1


class Bare:
    """Do the plain step by hand: no views, terms, averages or controllers, Adam as in the loop."""

    def __init__(self, setting: Setting) -> None:
        torch.manual_seed(0)
        view, schedule, random = setting.view(), setting.schedule(), setting.random()
        networks = DcganArchitecture(width=setting.width).networks(view.spec, 0)
        self.generator, self.discriminator = (network.to(setting.device) for network in networks)
        self.latent_dim = cast(int, self.generator.latent_dim)
        self.draws = BatchSampler(view.samples, schedule.labels, schedule.batch_size, random)
        self.nothing = torch.zeros(setting.batch_size, 0, device=setting.device)
        self.loss = LOSSES[schedule.loss]
        self.parameters = [list(n.parameters()) for n in (self.generator, self.discriminator)]
        self.adams = [
            torch.optim.Adam(own, lr=schedule.learning_rate, betas=schedule.betas, fused=True)
            for own in self.parameters
        ]

    def step(self) -> None:
        """Update the discriminator, then the generator."""
        g, d, draws, nothing = self.generator, self.discriminator, self.draws, self.nothing
        real, real_labels = draws.draw()
        labels, latents = draws.draw_labels(), draws.draw_noise(self.latent_dim)
        with torch.no_grad():
            fake = g(latents, labels)
        self._update(1, self.loss.discriminator(d(real, real_labels, nothing), d(fake, labels, nothing)))
        labels, latents = draws.draw_labels(), draws.draw_noise(self.latent_dim)
        self._update(0, self.loss.generator(d(g(latents, labels), labels, nothing)))

    def _update(self, which: int, loss: torch.Tensor) -> None:
        self.adams[which].zero_grad()
        torch.autograd.backward(loss, inputs=self.parameters[which])
        self.adams[which].step()


def main() -> None:
    """Compare, look for waiting, time, write the record and the page."""
    script = Script(__file__, __doc__)
    script.options.add_argument(
        "--width", type=int, default=32, help="channels of dcgan at half the image's size (32)"
    )
    script.options.add_argument("--size", type=int, default=32, help="pixels of a side (32)")
    script.options.add_argument("--batch-size", type=int, default=64, help="real images of a step (64)")
    script.options.add_argument(
        "--rounds", type=int, default=8, help="rounds in which each takes its turns (8)"
    )
    script.options.add_argument("--threads", type=int, default=1, help="threads of torch (1)")
    script.options.add_argument("--device", default="cpu", help="cpu or cuda (cpu)")
    script.options.add_argument("--compile", action="store_true", help="time torch.compile as well")
    script.options.add_argument("--quick", action="store_true", help="tiny and once: to see that it runs")
    asked = script.options.parse_args()
    if asked.quick:
        asked.width, asked.size, asked.batch_size, asked.rounds = 4, 16, 8, 1
    torch.set_num_threads(asked.threads)
    setting = Setting(asked.width, asked.size, asked.batch_size, asked.device)
    table = rows(asked.compile)
    differences = compared(setting, asked.compile)
    waits = {name: waiting(row, asked.device) for name, row in table.items() if name != "compile"}
    seconds = timed(setting, table, asked.rounds)
    spent = {name: parted(setting, table[name], asked.rounds) for name in PARTED}
    operations, largest = matrix_rate(setting)
    results = {
        "setting": {
            "by_processor": setting.by_processor(),
            "timed": TIMED,
            "lazy": LAZY,
            "compared": COMPARED,
            "watched": WATCHED,
            "inside": INSIDE,
            "outside": OUTSIDE,
        },
        "differences": differences,
        "rows": [
            ratio_of(name, row, seconds) | {"waits": waits.get(name, "not looked for")}
            for name, row in table.items()
        ],
        "shares": [shares_of(name, own) for name, own in spent.items()],
        "plain": statistics.median(seconds[PLAIN].costs()),
        "bare": statistics.median(seconds["by hand"].costs()),
        "operations": operations,
        "largest": largest,
    }
    script.publish(asked, results, Machine(device=asked.device, threads=torch.get_num_threads()))


def compared(setting: Setting, compiled: bool) -> dict[str, str]:
    """Return by how much values differ that must be alike; end where they differ by more than rounding."""
    small = Setting(8, 16, 8, setting.device)
    bare, plain = Bare(small), small.run(Row())
    for _ in range(COMPARED):
        bare.step()
        plain.advance(measured=False)
    apart = {"the loop's plain step and one written by hand": difference(bare, plain)}
    settings: dict[str, dict[str, Any]] = {"channels-last": {"channels_last": True}}
    settings |= {"accumulate 2": {"accumulate": 2}} | ({"compile": {"compile": True}} if compiled else {})
    for name, changed in settings.items():
        other = small.run(Row(schedule=changed))
        for _ in range(COMPARED):
            other.advance(measured=False)
        apart[f"the plain step and {name}"] = difference(plain, other)
    found = {name: (value, WITHIN) for name, value in apart.items()}
    found["gradients of r1 + r2 + ms3d + diggan, shared and each by itself"] = (shared_gradients(), EXACTLY)
    for name, (value, allowed) in found.items():
        if not value <= allowed:
            sys.exit(f"{name} differ by {value:.1e}: times would mean nothing")
    return {name: f"{value:.0e}" for name, (value, _) in found.items()}


def difference(one: Bare | AdversarialRun, other: Bare | AdversarialRun) -> float:
    """Return the largest difference of two trainings' weights, over the largest weight."""
    pairs = [
        (a.detach(), b.detach())
        for own, its in ((one.generator, other.generator), (one.discriminator, other.discriminator))
        for a, b in zip(own.parameters(), its.parameters(), strict=True)
    ]
    return max(float((a - b).abs().max()) for a, b in pairs) / max(float(a.abs().max()) for a, _ in pairs)


def shared_gradients() -> float:
    """Return how the penalties' summed gradient on one pass differs from those on a pass each, in float64."""
    setting = Setting(8, 16, 8, "cpu")
    view = setting.view()
    torch.manual_seed(0)
    discriminator = DcganArchitecture(width=8).networks(view.spec, 0)[1].double()
    parameters = list(discriminator.parameters())
    values = torch.from_numpy(view.samples.values[:16]).double()
    labels, nothing = torch.arange(8), torch.zeros(8, 0).double()
    training = Training(view.spec, 1, 8, setting.random(), ())
    penalties = [regularizer.attach(training).penalty for regularizer in SHARED]

    def seen() -> DiscriminatorPass:
        return DiscriminatorPass(
            discriminator, Batch(values[:8], labels, nothing), Batch(values[8:], labels, nothing)
        )

    def gradient(losses: list[Any]) -> torch.Tensor:
        total = torch.stack(losses).sum()
        found = torch.autograd.grad(total, parameters, allow_unused=True, materialize_grads=True)
        return torch.cat([part.flatten() for part in found])

    d = seen()
    together = gradient([penalty(d) for penalty in penalties])
    apart = torch.stack([gradient([penalty(seen())]) for penalty in penalties]).sum(0)
    return float((together - apart).abs().max() / apart.abs().max())


def waiting(row: Row, device: str) -> str:
    """Return what of a step would wait for the device, or that nothing does."""
    run = Setting(8, 16, 8, device).run(row)
    run.advance(measured=False)  # Adam makes its moments
    run.step = 0
    if device != "cpu":
        torch.cuda.set_sync_debug_mode("error")
    try:
        with no_waiting("it"):
            for _ in range(WATCHED):
                run.advance(measured=False)
    except (AssertionError, RuntimeError) as error:
        return str(error)
    finally:
        if device != "cpu":
            torch.cuda.set_sync_debug_mode("default")
    return "0"


@dataclass
class Seconds:
    """The seconds of one row's steps, a list a round; at the first of them lazy penalties are due."""

    rounds: list[list[float]] = field(default_factory=list)

    def costs(self) -> list[float]:
        """Return the mean seconds of `LAZY` steps, one a round."""
        return [(due + (LAZY - 1) * statistics.median(others)) / LAZY for due, *others in self.rounds]


def timed(setting: Setting, table: Mapping[str, Row], rounds: int) -> dict[str, Seconds]:
    """Return the seconds of each row and of the bare step; in a round each takes its turns, shuffled."""
    runs = {name: setting.run(row) for name, row in table.items()}
    bare = Bare(setting)
    steps: dict[str, Callable[[], None]] = {
        name: partial(run.advance, measured=False) for name, run in runs.items()
    }
    steps["by hand"] = bare.step
    seconds = {name: Seconds() for name in steps}
    order = np.random.default_rng(0)
    for turn in range(-1, rounds):  # the first round warms up
        for own in seconds.values():
            own.rounds.append([])
        for place in range(TIMED):
            for name in order.permutation(list(steps)):
                if place == 0 and name in runs:
                    runs[name].step = LAZY * (turn + 1)  # so that lazy penalties are due
                start = setting.clock()
                steps[name]()
                seconds[name].rounds[-1].append(setting.clock() - start)
    for own in seconds.values():
        del own.rounds[0]
    for run in runs.values():
        run.check_finite()
    return seconds


PARTED = (PLAIN, "scaling + variance (noise)", "r1 + r2 + ms3d + diggan", "ada", "bfloat16, channels-last")
"""The rows whose steps are taken apart."""
INSIDE = ("forward", "backward", "optimizer")
PARTS: dict[str, list[tuple[Any, str]]] = {
    "forward": [(Forward, "__call__")],
    "backward": [(Optimizer, "add"), (torch.autograd, "grad")],
    "optimizer": [(Optimizer, "begin"), (Optimizer, "step")],
    "drawing": [(BatchSampler, "draw"), (BatchSampler, "draw_labels"), (BatchSampler, "draw_noise")],
    "views": [(Chain, "augment")],
    "penalties": [(Chain, "penalties"), (Chain, "generator_penalties")],
    "bookkeeping": [(LossLog, "begin"), (LossLog, "add"), (LossLog, "end"), (Chain, "observe")],
    "averaging": [(EMA, "update")],
}
"""By which calls a step is taken apart; what one of them spends in another counts for the other alone."""


def parted(setting: Setting, row: Row, rounds: int) -> dict[str, float]:
    """Return the seconds of each part of a step, medians, and of what is left: losses and the loop itself."""
    run = setting.run(row)
    run.advance(measured=False)
    steps: list[dict[str, float]] = []
    for _ in range(rounds):
        spent = dict.fromkeys(PARTS, 0.0)
        with clocked(setting, spent):
            start = setting.clock()
            run.advance(measured=False)
            whole = setting.clock() - start
        steps.append(spent | {"the rest": whole - sum(spent.values())})
    return {part: statistics.median(step[part] for step in steps) for part in steps[0]}


@contextmanager
def clocked(setting: Setting, spent: dict[str, float]) -> Iterator[None]:
    """Add to `spent` what each of `PARTS` takes within the block."""
    within = [0.0]  # of each call under way, what its own calls took

    def measuring(part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*args: Any, **settings: Any) -> Any:
            within.append(0.0)
            start = setting.clock()
            result = call(*args, **settings)
            took = setting.clock() - start
            spent[part] += took - within.pop()
            within[-1] += took
            return result

        return measured

    kept = [(owner, name, getattr(owner, name)) for calls in PARTS.values() for owner, name in calls]
    for part, calls in PARTS.items():
        for owner, name in calls:
            setattr(owner, name, measuring(part, getattr(owner, name)))
    try:
        yield
    finally:
        for owner, name, call in kept:
            setattr(owner, name, call)


def matrix_rate(setting: Setting) -> tuple[float, float]:
    """Return the operations of a plain step, and those a second of one large float32 product."""
    run = setting.run(Row())
    with FlopCounterMode(display=False) as counter:
        run.advance(measured=False)
    side = 1024 if setting.device == "cpu" else 8192
    matrix = torch.randn(side, side, device=setting.device)
    times = []
    for _ in range(5):
        start = setting.clock()
        matrix @ matrix
        times.append(setting.clock() - start)
    return counter.get_total_flops(), 2 * side**3 / min(times)


def ratio_of(name: str, row: Row, seconds: Mapping[str, Seconds]) -> dict[str, Any]:
    """Return what a row costs, and how many times what it is compared with."""
    costs, base = seconds[name].costs(), seconds[row.against].costs()
    ratios = [own / other for own, other in zip(costs, base, strict=True)]
    return {
        "name": name,
        "seconds": statistics.median(costs),
        "against": row.against,
        "ratio": statistics.median(ratios),
        "quartiles": [float(end) for end in np.percentile(ratios, [25, 75])],
        "bar": row.bar,
    }


def shares_of(name: str, own: Mapping[str, float]) -> dict[str, Any]:
    """Return which share of a step each of its parts takes."""
    whole = sum(own.values())
    return {
        "name": name,
        "parts": {part: seconds / whole for part, seconds in own.items()},
        "outside": 1 - sum(own[part] for part in INSIDE) / whole,
    }


if __name__ == "__main__":
    main()
