"""Formulations and the solver against closed forms and against diffusers' schedulers."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EDMEulerScheduler,
    FlowMatchEulerDiscreteScheduler,
)
from torch import Tensor

from genaug_plugins.generators.diffusion.ddpm import Ddpm
from genaug_plugins.generators.diffusion.denoiser import Denoiser
from genaug_plugins.generators.diffusion.edm import Edm
from genaug_plugins.generators.diffusion.flow import Flow
from genaug_plugins.generators.diffusion.formulation import DATA, Formulation, Level
from genaug_plugins.generators.diffusion.solver import Known, invert, solve

FORMULATIONS = [Flow(), Edm(1.3), Ddpm()]
MEAN, COVARIANCE = torch.tensor([1.0, -0.5]), torch.tensor([[1.5, 0.6], [0.6, 0.5]])


def gaussian(formulation: Formulation) -> Callable[[Tensor, float], Tensor]:
    """Return E[x₀ | x_t] where x₀ ~ N(MEAN, COVARIANCE): m + α·C·(α²·C + σ²)⁻¹·(x_t − α·m)."""

    def estimate(x: Tensor, time: float) -> Tensor:
        t = torch.tensor([time])
        alpha, sigma = float(formulation.alpha(t)), float(formulation.sigma(t))
        spread = alpha**2 * COVARIANCE + sigma**2 * torch.eye(2)
        return MEAN + (x - alpha * MEAN) @ torch.linalg.solve(spread, alpha * COVARIANCE)

    return estimate


def noise_of(shape: tuple[int, ...], seed: int = 0) -> Callable[[], Tensor]:
    random = torch.Generator().manual_seed(seed)
    return lambda: torch.randn(shape, generator=random)


@pytest.mark.parametrize("formulation", FORMULATIONS, ids=lambda f: f.name)
@pytest.mark.parametrize(("steps", "stochastic"), [(30, 0.0), (500, 1.0)])
def test_the_optimal_denoiser_gives_mean_and_covariance(
    formulation: Formulation, steps: int, stochastic: float
) -> None:
    levels, noise = formulation.levels(steps), noise_of((20_000, 2))
    made = solve(gaussian(formulation), levels, levels[0].sigma * noise(), noise, stochastic=stochastic)
    torch.testing.assert_close(made.mean(0), MEAN, atol=0.04, rtol=0)
    torch.testing.assert_close(torch.cov(made.T), COVARIANCE, atol=0.06, rtol=0)


@pytest.mark.parametrize("formulation", FORMULATIONS, ids=lambda f: f.name)
def test_the_target_makes_the_estimate_exact(formulation: Formulation) -> None:
    noise = noise_of((500, 2))
    x0, epsilon = noise(), noise()
    t = formulation.draw(500, torch.Generator().manual_seed(1))
    alpha, sigma = formulation.alpha(t)[:, None], formulation.sigma(t)[:, None]
    x = alpha * x0 + sigma * epsilon
    a, b = (part[:, None] for part in formulation.target(t))
    output = a * x0 + b * epsilon
    estimate = formulation.skip(t)[:, None] * x + formulation.out(t)[:, None] * output
    torch.testing.assert_close(estimate, x0, atol=2e-4, rtol=1e-4)
    assert ((formulation.noise(t) > -0.5) & (formulation.noise(t) < 1.5)).all()


def test_edm_preconditioning_has_unit_variances() -> None:
    """Karras et al. 2022, appendix B.6: input and target have variance 1 at every level."""
    edm = Edm(1.3)
    noise = noise_of((200_000,))
    x0, epsilon = 1.3 * noise(), noise()
    for sigma in (0.01, 0.5, 5.0, 60.0):
        t = torch.tensor([sigma])
        a, b = edm.target(t)
        assert float((edm.into(t) * (x0 + sigma * epsilon)).std()) == pytest.approx(1, abs=0.01)
        assert float((a * x0 + b * epsilon).std()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("stochastic", [0.0, 1.0])
def test_ddpm_steps_are_those_of_diffusers(stochastic: float) -> None:
    """The steps of DDIM, η = 0 and 1, on the same levels and noise."""
    ddpm, noise, other = Ddpm(), noise_of((8, 2)), noise_of((8, 2))
    theirs = DDIMScheduler(
        beta_schedule="squaredcos_cap_v2",
        prediction_type="sample",
        clip_sample=False,
        timestep_spacing="linspace",
        set_alpha_to_one=True,
    )
    theirs.set_timesteps(1000)
    levels = ddpm.levels(1000)
    assert [int(level.time) for level in levels[:-1]] == theirs.timesteps.tolist()
    levels, timesteps = levels[-300:], theirs.timesteps[-299:]  # from a level with signal
    x = expected = noise()
    other()
    # diffusers draws noise in the last step too, whose variance is 0.
    made = solve(gaussian(ddpm), levels, x, noise, stochastic=stochastic or 1e-12, known=None)
    for t in timesteps:
        kwargs = {"eta": stochastic, "variance_noise": other()} if stochastic else {}
        expected = theirs.step(gaussian(ddpm)(expected, float(t)), t, expected, **kwargs).prev_sample
    torch.testing.assert_close(made, expected, atol=1e-3, rtol=1e-3)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of diffusers
def test_second_order_is_that_of_diffusers() -> None:
    """DPM-Solver++(2M) on the levels of ddpm."""
    ddpm = Ddpm()
    theirs = DPMSolverMultistepScheduler(
        beta_schedule="squaredcos_cap_v2",
        prediction_type="sample",
        timestep_spacing="linspace",
        final_sigmas_type="zero",
        lower_order_final=True,
        euler_at_final=True,
        solver_type="midpoint",
    )
    theirs.set_timesteps(25)
    t = theirs.timesteps.float()
    found = zip(t.tolist(), ddpm.alpha(t).tolist(), ddpm.sigma(t).tolist(), strict=True)
    levels = [*(Level(*values) for values in found), DATA]
    expected = x = levels[0].sigma * noise_of((8, 2))()
    for step in theirs.timesteps:
        expected = theirs.step(gaussian(ddpm)(expected, float(step)), step, expected).prev_sample
    made = solve(gaussian(ddpm), levels, x, lambda: x)
    torch.testing.assert_close(made, expected, atol=2e-3, rtol=2e-3)


def test_first_order_of_flow_is_eulers_step_in_diffusers() -> None:
    flow, steps = Flow(), 12
    theirs = FlowMatchEulerDiscreteScheduler()
    theirs.set_timesteps(sigmas=[(steps - i) / steps for i in range(steps)])
    expected = x = noise_of((8, 2))()
    for t in theirs.timesteps:
        sigma = float(t) / 1000
        velocity = (expected - gaussian(flow)(expected, sigma)) / sigma
        expected = theirs.step(velocity, t, expected).prev_sample
    made = solve(gaussian(flow), flow.levels(steps), x, lambda: x, stochastic=1e-12)
    torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-4)


def test_levels_of_edm_are_those_of_diffusers() -> None:
    theirs = EDMEulerScheduler()
    theirs.set_timesteps(18)
    ours = [level.sigma for level in Edm(0.5).levels(18)]
    np.testing.assert_allclose(ours, theirs.sigmas.numpy(), rtol=1e-4)


@pytest.mark.parametrize("formulation", FORMULATIONS, ids=lambda f: f.name)
@pytest.mark.parametrize("strength", [0.01, 0.3, 0.5, 0.9])
def test_strength_is_the_share_of_noise(formulation: Formulation, strength: float) -> None:
    levels = formulation.levels(20, strength)
    ratio = levels[0].sigma / levels[0].alpha
    assert ratio == pytest.approx(strength / (1 - strength), rel=0.1)
    assert len(levels) - 1 == max(1, round(20 * strength))
    assert levels[-1].sigma == 0
    assert levels[-1].alpha == 1
    assert [level.sigma for level in levels] == sorted((level.sigma for level in levels), reverse=True)


def test_strength_1_begins_with_noise_alone() -> None:
    for formulation in FORMULATIONS:
        first = formulation.levels(20)[0]
        assert first.alpha / first.sigma < 1 / 50
        assert math.isfinite(first.sigma)


@pytest.mark.parametrize("w", [0.0, 1.0, 2.5])
def test_guidance_moves_from_no_class_to_the_class(w: float) -> None:
    """x̂₀(∅) + w·(x̂₀(y) − x̂₀(∅))."""
    flow, time = Flow(), 0.4
    outputs = torch.tensor([2.0, -1.0, 0.5])  # of the classes 0 and 1, and of no class

    def network(values: Tensor, noise: Tensor, labels: Tensor, told: Tensor) -> Tensor:
        return outputs[labels][:, None].expand_as(values)

    x, labels = noise_of((6, 2))(), torch.tensor([0, 1, 0, 1, 0, 1])
    made = Denoiser(network, flow, 2)(x, time, labels, w)
    of_class, of_none = (x - time * outputs[labels][:, None], x - time * outputs[2])
    torch.testing.assert_close(made, of_none + w * (of_class - of_none))


@pytest.mark.parametrize("formulation", FORMULATIONS, ids=lambda f: f.name)
def test_inpainting_draws_the_rest_given_the_known_part(formulation: Formulation) -> None:
    """The second value of a correlated Gaussian, where the first is known: mean m₂ + c₁₂/c₁₁·(x₁ − m₁)."""
    levels, noise = formulation.levels(60), noise_of((4000, 2))
    source = torch.tensor([3.0, 9.0]).expand(4000, 2)
    known = Known(source, torch.tensor([[False, True]]), repeats=6)
    made = solve(gaussian(formulation), levels, levels[0].sigma * noise(), noise, known=known)
    assert (made[:, 0] == 3).all()
    c = COVARIANCE
    conditional = MEAN[1] + c[0, 1] / c[0, 0] * (3 - MEAN[0])
    assert float(made[:, 1].mean()) == pytest.approx(float(conditional), abs=0.1)
    variance = float(c[1, 1] - c[0, 1] ** 2 / c[0, 0])
    assert float(made[:, 1].var()) == pytest.approx(variance, rel=0.35)


@pytest.mark.parametrize("formulation", FORMULATIONS, ids=lambda f: f.name)
def test_noise_of_a_sample_gives_it_back(formulation: Formulation) -> None:
    """Solved backwards and forwards; the noise of samples of the Gaussian is standard normal."""
    levels = formulation.levels(200)
    whitened = noise_of((4000, 2))()
    x0 = MEAN + whitened @ torch.linalg.cholesky(COVARIANCE).T
    latents = invert(gaussian(formulation), levels, x0)
    torch.testing.assert_close(torch.cov(latents.T), torch.eye(2), atol=0.12, rtol=0)
    made = solve(gaussian(formulation), levels, levels[0].sigma * latents, lambda: x0)
    assert float((made - x0).abs().mean()) < 0.05
