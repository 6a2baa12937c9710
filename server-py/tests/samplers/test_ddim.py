"""DDIM goes from each timestep of any list to the next, with the model's own noise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from conftest import make_cell
from diffusers import CogVideoXDDIMScheduler, DDIMScheduler
from hypothesis import given
from hypothesis import strategies as st

from l1probe.families.family import VARIANCE_PRESERVING_SAMPLERS
from l1probe.families.hunyuan_video import HUNYUAN_VIDEO
from l1probe.observe.scheduler_hook import hook_scheduler
from l1probe.samplers import (
    SAMPLERS,
    SigmasNotVerbatim,
    make_scheduler,
    sigmas_float32,
    stock_name,
    what_runs,
)
from l1probe.serving.validation import InvalidCell, check_request
from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

#: Scheduler configurations of real models; those of CogVideoX-2B and -5B differ in the shift.
MODELS: dict[str, Any] = {
    "latte": lambda: DDIMScheduler(clip_sample=False),
    "scaled": lambda: DDIMScheduler(
        beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1
    ),
    "clipped": lambda: DDIMScheduler(clip_sample=True, clip_sample_range=0.5),
    "cogvideox": lambda: CogVideoXDDIMScheduler(
        prediction_type="v_prediction", rescale_betas_zero_snr=True, clip_sample=False
    ),
    "cogvideox-5b": lambda: CogVideoXDDIMScheduler(
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        clip_sample=False,
        snr_shift_scale=1.0,
    ),
}

timesteps = st.lists(st.integers(0, 999), min_size=1, max_size=12, unique=True).map(
    lambda values: sorted(values, reverse=True)
)


def ddim(model: str, whole: list[int]) -> Any:
    """What the server makes for a list of timesteps, set up."""
    scheduler = make_scheduler("ddim", [(t + 1) / 1000 for t in whole], 0, MODELS[model]().config)
    scheduler.set_timesteps(3, device="cpu")
    return scheduler


def signal_rates(model: str) -> np.ndarray:
    """ᾱ of every timestep in float64, from the papers, and 1 for the clean end as the last.

    Linear betas: Ho et al. 2020; scaled linear: Rombach et al. 2022; the shift of the
    signal-to-noise ratio by 1/s: CogVideoX (arXiv:2408.06072); the rescaling to no signal at the
    last timestep: Lin et al. 2023 (arXiv:2305.08891, algorithm 1).
    """
    if model in ("latte", "clipped"):
        betas = np.linspace(1e-4, 0.02, 1000)
    elif model == "scaled":
        betas = np.linspace(1e-4**0.5, 0.02**0.5, 1000) ** 2
    else:
        betas = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    rates = np.cumprod(1 - betas)
    if model.startswith("cogvideox"):
        shift = {"cogvideox": 3.0, "cogvideox-5b": 1.0}[model]
        # SNR = ᾱ/(1 − ᾱ), divided by the shift.
        ratio = rates / (1 - rates) / shift
        roots = np.sqrt(ratio / (1 + ratio))
        rates = ((roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])) ** 2
    return np.append(rates, 1.0)


@pytest.mark.parametrize("model", MODELS)
def test_the_noise_is_the_models_own(model):
    rates = ddim(model, [999]).alphas_cumprod.double().numpy()
    assert rates == pytest.approx(signal_rates(model)[:-1], rel=2e-4, abs=1e-9)


@pytest.mark.parametrize("model", [name for name in MODELS if name != "clipped"])
@given(whole=timesteps)
def test_with_the_true_prediction_it_stays_on_the_path_for_any_list(model, whole):
    """x = √ᾱ·x₀ + √(1 − ᾱ)·ε has one x₀ and one ε; a right step moves along it, exactly."""
    rates = signal_rates(model)
    clean, noise = torch.randn(2, 64, dtype=torch.float64, generator=torch.Generator())

    def at(t: int) -> torch.Tensor:
        return rates[t] ** 0.5 * clean + (1 - rates[t]) ** 0.5 * noise

    scheduler = ddim(model, whole)
    predicts_v = scheduler.config.prediction_type == "v_prediction"
    state = at(whole[0])
    for here, there in zip(whole, [*whole[1:], -1], strict=True):
        told = rates[here] ** 0.5 * noise - (1 - rates[here]) ** 0.5 * clean
        truth = told if predicts_v else noise
        state = scheduler.step(truth, torch.tensor(here), state, return_dict=False)[0]
        # ε-prediction divides by √ᾱ, of which little is left at the noisy end.
        room = 1e-3 if predicts_v else 1e-3 / rates[here] ** 0.5
        assert (state - at(there)).abs().max() < room
        state = at(there)


@pytest.mark.parametrize("model", MODELS)
def test_each_step_is_the_papers_equation(model):
    whole = [999, 998, 640, 500, 77, 3]
    scheduler = ddim(model, whole)
    rates = np.append(scheduler.alphas_cumprod.double().numpy(), 1.0)
    state = torch.randn(64, dtype=torch.float64, generator=torch.Generator())
    for here, there in zip(whole, [*whole[1:], -1], strict=True):
        told = torch.sin(3 * state + 0.01 * here)
        signal, noise = rates[here] ** 0.5, (1 - rates[here]) ** 0.5
        if scheduler.config.prediction_type == "v_prediction":
            clean, eps = signal * state - noise * told, signal * told + noise * state
        else:
            clean, eps = (state - noise * told) / signal, told
        if model == "clipped":
            clean = clean.clamp(-0.5, 0.5)
        expected = rates[there] ** 0.5 * clean + (1 - rates[there]) ** 0.5 * eps
        state = scheduler.step(told, torch.tensor(here), state, return_dict=False)[0]
        assert (state - expected).abs().max() <= 1e-6 * expected.abs().max()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("steps", [1, 2, 8, 50, 250])
@pytest.mark.parametrize("model", [name for name in MODELS if name != "scaled"])
def test_at_even_trailing_timesteps_it_is_the_stock_scheduler_bit_for_bit(model, steps, dtype):
    stock = type(MODELS[model]()).from_config(MODELS[model]().config, timestep_spacing="trailing")
    stock.set_timesteps(steps)
    ours = ddim(model, stock.timesteps.tolist())
    assert ours.timesteps.dtype == stock.timesteps.dtype
    assert torch.equal(ours.timesteps, stock.timesteps)
    assert stock_name(ours) == type(stock).__name__
    generator = torch.Generator().manual_seed(0)
    x = y = torch.randn(1, 3, 4, 8, generator=generator).to(dtype)
    for t in stock.timesteps:
        told = torch.randn(x.shape, generator=generator).to(dtype)
        x, y = (s.step(told, t, z, return_dict=False)[0] for s, z in ((stock, x), (ours, y)))
        assert x.dtype == y.dtype
        assert torch.equal(x, y)


def test_the_last_step_ends_clean_whatever_the_models_configuration_says():
    """The stock scheduler of `scaled` stops at the noise of timestep 0."""
    told = torch.zeros(4, dtype=torch.float64)
    state = torch.ones(4, dtype=torch.float64)
    ended = ddim("scaled", [0]).step(told, torch.tensor(0), state, return_dict=False)[0]
    assert ended == pytest.approx(1 / signal_rates("scaled")[0] ** 0.5, rel=1e-6)


@given(whole=timesteps)
def test_what_was_sent_is_what_runs(whole):
    sent = sigmas_float32([(t + 1) / 1000 for t in whole])
    scheduler = ddim("latte", whole)
    calls = what_runs(scheduler, sent)
    assert scheduler.timesteps.dtype == torch.int64
    assert scheduler.timesteps.tolist() == whole
    assert [call.sigma for call in calls] == sent.tolist()
    assert [call.sigma_next for call in calls] == [*sent.tolist()[1:], 0.0]


def moved(scheduler: Any) -> None:
    scheduler.sigmas = scheduler.sigmas.clone()
    scheduler.sigmas[1] += 1e-9


def one_timestep_on(scheduler: Any) -> None:
    scheduler.timesteps = scheduler.timesteps + 1


def fractional(scheduler: Any) -> None:
    scheduler.timesteps = scheduler.timesteps.float()


@pytest.mark.parametrize("spoil", [moved, one_timestep_on, fractional])
def test_arrays_that_are_not_what_was_sent_are_refused(spoil):
    scheduler = ddim("latte", [999, 500, 7])
    sent = sigmas_float32([1.0, 0.501, 0.008])
    what_runs(scheduler, sent)
    spoil(scheduler)
    with pytest.raises(SigmasNotVerbatim):
        what_runs(scheduler, sent)


def test_a_second_run_starts_over_and_pipelines_see_a_plain_number_of_steps():
    scheduler = ddim("latte", [999, 420, 7])
    hook_scheduler(scheduler)
    ends = []
    for _ in range(2):
        scheduler.set_timesteps(3)
        x = torch.linspace(-1, 1, 8)
        for t in scheduler.timesteps:
            x = scheduler.step(torch.sin(3 * x), t, x, return_dict=False)[0]
            assert scheduler.num_inference_steps == 3
        ends.append(x)
    assert torch.equal(*ends)


@pytest.mark.parametrize(
    "config", [{}, {"shift": 7.0, "num_train_timesteps": 1000}, {**DDIMScheduler(4000).config}]
)
def test_a_model_without_noise_of_1000_timesteps_is_refused(config):
    with pytest.raises(ValueError, match="ddim needs the betas of 1000 training timesteps"):
        make_scheduler("ddim", [1.0], 0, config)


VARIANCE_PRESERVING = replace(HUNYUAN_VIDEO, prediction="v", samplers=VARIANCE_PRESERVING_SAMPLERS)
SETTINGS = parse_settings([])


@given(whole=timesteps)
def test_every_list_of_whole_timesteps_is_taken(whole):
    cell = make_cell([(t + 1) / 1000 for t in whole], sampler="ddim")
    check_request(pb.RunRequest(cell=cell), VARIANCE_PRESERVING, SETTINGS)


@pytest.mark.parametrize("sigma", [0.9995, 0.33333, 0.0004, 1e-9, 0.5 + 2e-7])
def test_a_sigma_that_is_not_a_whole_thousandth_is_refused(sigma):
    cell = make_cell([1.0, sigma], sampler="ddim")
    with pytest.raises(InvalidCell) as refusal:
        check_request(pb.RunRequest(cell=cell), VARIANCE_PRESERVING, SETTINGS)
    assert str(refusal.value).startswith(f"cell.sigmas[1] is {sigma!r}; hunyuan_video predicts v")
    assert "σ = (t + 1)/1000" in str(refusal.value)
    # A flow takes it.
    check_request(pb.RunRequest(cell=make_cell([1.0, sigma])), HUNYUAN_VIDEO, SETTINGS)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_solver_of_the_other_kind_of_model_is_refused(sampler):
    cell = make_cell([1.0, 0.5], sampler=sampler)
    for family in (HUNYUAN_VIDEO, VARIANCE_PRESERVING):
        if sampler in family.samplers:
            check_request(pb.RunRequest(cell=cell), family, SETTINGS)
        else:
            with pytest.raises(InvalidCell, match=f"predicts {family.prediction} and runs with"):
                check_request(pb.RunRequest(cell=cell), family, SETTINGS)
