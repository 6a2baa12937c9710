"""The same checks for every family, on a small model of each.

At the end of a run the table of families and checks is printed (see conformance_table.py).
"""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Callable, Iterator
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import imageio.v3
import numpy as np
import pytest
import torch
from conftest import SIGNAL_NAMES, Bench, Result
from every_subject import SUBJECTS
from starts import start_of
from stock import fresh_pipeline
from subjects import Subject
from torch import Tensor

from l1probe.random_models import RANDOM_MODELS
from l1probe.serving.loading import load_model
from l1probe.serving.messages import cell_of
from l1probe.serving.service import ProbeService
from l1probe.serving.validation import InvalidCell, check_request
from l1probe.settings import parse_settings
from l1probe.v1 import probe_pb2 as pb

# Mochi's transformer asks for an autocast that the CPU does not have, at every forward.
pytestmark = pytest.mark.filterwarnings("ignore:In CPU autocast")

KEEP = (pb.ARTIFACT_KIND_LATENTS, pb.ARTIFACT_KIND_TRACE)
LATENTS = (pb.ARTIFACT_KIND_LATENTS,)
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
FLOAT32_ROUNDING = float(torch.finfo(torch.float32).eps)


class Engines:
    """One subject's engines, each created on first use."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @cached_property
    def alone(self) -> Bench:
        """The reference in float32: every forward alone."""
        return self._bench("float32", 1)

    @cached_property
    def alone_bfloat16(self) -> Bench:
        return self._bench("bfloat16", 1)

    @cached_property
    def batched(self) -> Bench:
        return self._bench("float32", 8)

    @cached_property
    def traced(self) -> Result:
        """The subject's cell with every signal saved."""
        result = self.alone.run(self.subject.make_cell(), KEEP)
        assert result.finished
        return result

    def of(self, dtype: str) -> Bench:
        return self.alone if dtype == "float32" else self.alone_bfloat16

    def close(self) -> None:
        for bench in vars(self).values():
            if isinstance(bench, Bench):
                bench.close()

    def _bench(self, dtype: str, max_batch: int) -> Bench:
        flags = ["--device", "cpu", "--model", self.subject.model]
        return Bench(parse_settings([*flags, "--dtype", dtype, "--max-batch", str(max_batch)]))


@pytest.fixture(scope="module", params=SUBJECTS, ids=lambda subject: subject.name)
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    engines = Engines(request.param)
    yield engines
    engines.close()


@pytest.fixture(scope="module")
def subject(engines: Engines) -> Subject:
    return engines.subject


def check(name: str) -> Callable[[Any], Any]:
    """Names a test's column in the table."""
    return pytest.mark.conformance(name)


def signal(result: Result, name: str, step: int) -> Tensor:
    return result.tensors[f"{name}.{step:04d}"]


def test_every_tiny_random_model_is_in_the_suite():
    tiny = {f"random:{name}" for name in RANDOM_MODELS if name.startswith("tiny-")}
    assert tiny <= {subject.model for subject in SUBJECTS}
    assert len({subject.name for subject in SUBJECTS}) == len(SUBJECTS)


@check("describes")
def test_describe_matches_the_subject(engines, subject):
    says, bench = subject.says, engines.alone
    service = ProbeService(bench.settings)
    service.open(bench.engine)
    described = asyncio.run(service.Describe(pb.DescribeRequest(), None))
    model = described.provenance.model
    assert (model.family, model.pipeline) == (says.family, says.pipeline)
    assert 0 < model.transformer_parameters < 5_000_000
    assert list(described.samplers) == list(says.samplers)
    assert described.prediction == says.prediction
    assert described.default_schedule == says.default_schedule
    assert described.shape_rules == pb.ShapeRules(
        height_multiple=says.height_multiple,
        width_multiple=says.width_multiple,
        frame_multiple=says.frame_multiple,
        max_frames=says.max_frames,
        min_frames=says.min_frames,
        max_height=says.max_side,
        max_width=says.max_side,
    )
    assert described.guidance_modes == pb.GuidanceModes(
        embedded=says.embedded, true_cfg=says.true_cfg
    )
    assert (pb.SIGNAL_UNCOND in described.signals) == says.true_cfg
    assert described.image == (pb.IMAGE_MODE_REQUIRED if says.needs_image else pb.IMAGE_MODE_NONE)
    assert tuple(described.experts) == says.experts
    assert described.guidance_by_step.skips_unconditional != subject.joined
    started = engines.traced.started
    assert set(started.signals) <= set(described.signals)
    assert list(started.latent_shape) == list(signal(engines.traced, "latent_in", 0).shape)


@check("latents")
def test_kept_latents_have_the_shape_that_starts_must_have(engines, subject):
    family, cell = engines.alone.model.family, cell_of(subject.make_cell())
    assert family.latent_shape is not None
    assert family.latent_shape.of(cell) == tuple(engines.traced.tensors["latents"].shape)
    assert family.latent_shape.of(cell) == tuple(engines.traced.started.latent_shape)


@check("continues")
def test_continuing_from_a_kept_state_is_the_rest_of_the_run(engines, subject):
    after = len(subject.sigmas) // 2
    start = start_of(signal(engines.traced, "latent_out", after - 1), noised=False)
    rest = engines.alone.run(subject.make_cell(subject.sigmas[after:], start=start), KEEP)
    assert rest.finished
    assert torch.equal(rest.tensors["latents"], engines.traced.tensors["latents"])


@check("encodes")
def test_encoding_inverts_what_the_stock_pipeline_does_before_it_decodes(
    engines, subject, monkeypatch
):
    model, cell = engines.alone.model, subject.make_cell()
    if subject.says.needs_image or not subject.encodes:
        assert model.family.encode is None
        pytest.skip("starts from latents only")
    vae, decoded = model.pipeline.vae, []
    decode = vae.decode

    def seen(latents: Tensor, *args: Any, **kwargs: Any) -> Any:
        decoded.append(latents)
        return decode(latents, *args, **kwargs)

    monkeypatch.setattr(vae, "decode", seen)
    assert engines.alone.run(cell, (pb.ARTIFACT_KIND_VIDEO,)).finished
    monkeypatch.undo()
    assert decoded
    # In the place of the VAE's distribution: what this clip's decoder received.
    mode = SimpleNamespace(mode=lambda: torch.cat(decoded))
    monkeypatch.setattr(vae, "encode", lambda pixels: SimpleNamespace(latent_dist=mode))
    pixels = torch.zeros(1, 3, cell.frames, cell.height, cell.width)
    latents = model.family.encode(model.pipeline, pixels)
    wanted = engines.traced.tensors["latents"]
    assert latents.shape == wanted.shape
    assert torch.allclose(latents, wanted, rtol=1e-5, atol=1e-5)
    # The VAE itself takes such pixels and makes latents of the same shape.
    monkeypatch.undo()
    assert model.family.encode(model.pipeline, pixels).shape == wanted.shape


@check("noised start")
def test_a_noised_start_mixes_it_with_the_noise_of_the_seed(engines, subject):
    sigma = subject.sigmas[1]
    clean = engines.traced.tensors["latents"]
    noise = signal(engines.traced, "latent_in", 0).double()
    started = engines.alone.run(subject.make_cell([sigma], start=start_of(clean, True)), KEEP)
    kept, noise_level = subject.levels(engines.alone.model.pipeline.scheduler, sigma)
    wanted = kept * clean.double() + noise_level * noise
    assert torch.equal(signal(started, "latent_in", 0), wanted.float())


@check("refuses")
def test_cells_that_the_model_would_change_or_cannot_run_are_refused(engines, subject):
    says, bench = subject.says, engines.alone
    cell = subject.make_cell()

    def refused(**changes: Any) -> str:
        request = pb.RunRequest(cell=subject.make_cell(**changes))
        with pytest.raises(InvalidCell) as refusal:
            check_request(request, bench.model.family, bench.settings)
        return str(refusal.value)

    check_request(pb.RunRequest(cell=cell), bench.model.family, bench.settings)
    assert f"a multiple of {says.height_multiple}" in refused(height=cell.height + 1)
    assert f"a multiple of {says.width_multiple}" in refused(
        width=cell.width + says.width_multiple // 2
    )
    assert "cell.frames" in refused(frames=cell.frames + 1)
    if says.max_frames:
        assert "cell.frames" in refused(frames=says.max_frames + says.frame_multiple)
    if says.max_side:
        for side in ("height", "width"):
            too_large = refused(**{side: says.max_side + says.height_multiple})
            assert f"cell.{side}" in too_large
            assert str(says.max_side) in too_large
    if says.min_frames > 1:
        assert f"at least {says.min_frames}" in refused(frames=1)
    if not says.embedded:
        assert "guidance embedding" in refused(guidance_scale=3.5)
    if not says.true_cfg:
        assert "true CFG" in refused(true_cfg_scale=3.0, negative_prompt="")
    assert "cell.image" in refused(image=None if says.needs_image else b"picture")
    foreign = "euler" if says.prediction != "velocity" else "ddim"
    assert says.prediction in refused(sampler=foreign)


@check("verbatim")
def test_every_sampler_runs_the_sigmas_that_were_sent(engines, subject):
    sent = np.array(subject.odd_sigmas, dtype=np.float32)
    at = subject.timestep(torch.from_numpy(sent))
    for sampler in subject.says.samplers:
        cell = subject.make_cell(subject.odd_sigmas, sampler=sampler, true_cfg_scale=1.0)
        result = engines.alone.run(cell)
        assert result.finished
        started = result.started
        assert np.array(started.sigmas, dtype=np.float32).tobytes() == sent.tobytes(), sampler
        steps = [s for s in result.steps if s.evaluation == 0]
        ends = [*started.sigmas[1:], 0.0]
        assert [(s.sigma, s.step) for s in steps] == list(
            zip(started.sigmas, range(3), strict=True)
        )
        assert [s.sigma_next for s in steps] == ends
        # What the loop handed over, not only what the scheduler planned.
        assert [s.timestep for s in steps] == pytest.approx(at.tolist(), rel=1e-7), sampler
        assert [s.timestep for s in result.steps] == pytest.approx(list(started.timesteps))


@check("probe on = off")
@pytest.mark.parametrize("dtype", DTYPES)
def test_latents_are_those_of_the_stock_pipeline_bit_for_bit(engines, subject, dtype):
    rest = DTYPES[dtype] if subject.single_dtype else torch.float32
    pipeline = fresh_pipeline(subject.model, DTYPES[dtype], rest)
    subject.prepare(pipeline)
    pipeline.scheduler = subject.scheduler(pipeline.scheduler, subject.sigmas)
    pipeline(**subject.stock_call())
    cell = subject.make_cell(solver_state=pb.SOLVER_STATE_STOCK)
    probed = engines.of(dtype).run(cell, KEEP)
    assert probed.finished
    stock = [subject.of_the_clip(latents) for latents in pipeline.scheduler.seen]
    assert len(stock) == len(subject.sigmas)
    for step, latents in enumerate(stock):
        assert latents.isfinite().all()
        ours = signal(probed, "latent_out", step)
        assert ours.dtype == latents.dtype
        assert torch.equal(ours, latents), f"step {step}"
    assert torch.equal(probed.tensors["latents"], stock[-1])


@check("tokens")
def test_a_word_changes_the_result_unless_every_text_encoder_cut_it(engines, subject):
    counter = engines.alone.engine.tokens
    words = ["a", "red", "circle", "moves", "right", "over", "the", "blue", "ground", "while"]

    def prompt(length: int, last: str) -> str:
        return " ".join([words[i % len(words)] for i in range(length)] + [last])

    def cut(length: int) -> list[str]:
        return [count.cut for count in counter.of_prompt(prompt(length, "square"))]

    def result(length: int, last: str) -> Tensor:
        cell = subject.make_cell(
            subject.sigmas[-1:], prompt=prompt(length, last), true_cfg_scale=1.0
        )
        return engines.alone.run(cell, LATENTS).tensors["latents"]

    most = 2 * max(encoder.limit for encoder in counter.encoders)
    at = range(most)
    # The most words of which some encoder reads all, and the fewest whose last none reads.
    whole = bisect.bisect_left(at, True, key=lambda n: all(cut(n))) - 1
    gone = bisect.bisect_left(at, True, key=lambda n: all(c.endswith("square") for c in cut(n)))
    assert 0 < gone - whole < 8
    assert not result(whole, "square").equal(result(whole, "triangle"))
    assert result(gone, "square").equal(result(gone, "triangle"))


@check("sums")
def test_every_streamed_sum_is_a_float64_sum_of_the_saved_tensors(engines, subject):
    result, checked = engines.traced, 0
    for step in result.steps:
        seen = {s.signal: signal(result, SIGNAL_NAMES[s.signal], step.step) for s in step.signals}
        by_frame = {s: subject.by_frame(x).double().flatten(1).numpy() for s, x in seen.items()}
        for sums in step.signals:
            frames = by_frame[sums.signal]
            for x, got in [(frames, sums.whole), *zip(frames, sums.frames, strict=True)]:
                assert (got.count, got.non_finite) == (x.size, 0)
                assert got.sum_abs == pytest.approx(abs(x).sum(), rel=1e-6)
                assert got.sum_squares == pytest.approx((x**2).sum(), rel=1e-6)
                assert (got.min, got.max) == pytest.approx((x.min(), x.max()), rel=1e-6)
                checked += 1
        for sums in step.differences:
            a, b = _pair(result, subject, sums.difference, step.step)
            for x, y, got in [
                (a, b, sums.whole),
                *zip(a, b, sums.frames, strict=True),
            ]:
                assert got.count == x.size
                assert got.sum_abs_difference == pytest.approx(abs(x - y).sum(), rel=1e-6)
                assert got.sum_squared_difference == pytest.approx(((x - y) ** 2).sum(), rel=1e-6)
                assert got.sum_product == pytest.approx((x * y).sum(), abs=1e-6 * abs(x * y).sum())
                assert got.sum_abs_reference == pytest.approx(abs(y).sum(), rel=1e-6)
                checked += 1
    parts = 1 + len(result.steps[0].signals[0].frames)
    count = len(result.started.signals)
    # Of the signals latents have one difference a step, predictions from the second step on.
    differences = 1 + (count - 2)
    assert checked == parts * (len(result.steps) * (count + differences) - (count - 2))


def _pair(
    result: Result, subject: Subject, difference: int, step: int
) -> tuple[np.ndarray, np.ndarray]:
    if difference == pb.DIFFERENCE_LATENT:
        tensors = signal(result, "latent_out", step), signal(result, "latent_in", step)
    else:
        name = pb.Difference.Name(difference).removeprefix("DIFFERENCE_").lower()
        tensors = signal(result, name, step), signal(result, name, step - 1)
    a, b = (subject.by_frame(x).double().flatten(1).numpy() for x in tensors)
    return a, b


@check("solver")
def test_the_solver_moves_the_latent_as_its_formula_says(engines, subject):
    result = engines.traced
    for step in result.steps:
        before, guided, after = (
            signal(result, name, step.step).double() for name in ("latent_in", "cfg", "latent_out")
        )
        if subject.move:
            moved = subject.move(engines.alone.model, before, guided, step.sigma, step.sigma_next)
            assert (after - moved).abs().max() <= 1e-6 * max(1.0, float(moved.abs().max()))
        else:
            change = (step.sigma_next - step.sigma) * guided
            room = 4 * FLOAT32_ROUNDING * (before.abs() + change.abs() + after.abs())
            assert ((after - before - change).abs() <= room).all()
        if step.step:
            last = signal(result, "latent_out", step.step - 1)
            assert torch.equal(signal(result, "latent_in", step.step), last)


@check("guidance")
def test_cfg_is_what_guidance_makes_of_cond_and_uncond(engines, subject):
    cell = subject.make_cell()
    plain = engines.alone.run(subject.make_cell(true_cfg_scale=1.0), KEEP)
    assert pb.SIGNAL_UNCOND not in plain.started.signals
    assert not any(name.startswith("uncond") for name in plain.tensors)
    for step in range(len(cell.sigmas)):
        assert torch.equal(signal(plain, "cfg", step), signal(plain, "cond", step))
    if not subject.says.true_cfg:
        pytest.skip("no true CFG: cfg is cond")
    result, scale = engines.traced, cell.true_cfg_scale
    assert scale > 1, "the row's cell needs guidance"
    assert pb.SIGNAL_UNCOND in result.started.signals
    for step in range(len(cell.sigmas)):
        cond, uncond, cfg = (
            signal(result, name, step).double() for name in ("cond", "uncond", "cfg")
        )
        assert not torch.equal(cond, uncond)
        combined = subject.combined(cond, uncond, scale)
        assert (cfg - combined).abs().max() <= 1e-6 * scale * combined.abs().max()
    # The conditional prediction is the one that a cell without guidance also has.
    first = signal(plain, "cond", 0), signal(result, "cond", 0)
    assert (first[0] - first[1]).abs().max() <= 1e-5 * first[0].abs().max()


@check("guidance by step")
def test_each_step_is_guided_by_its_own_scale(engines, subject):
    if not subject.says.true_cfg:
        pytest.skip("no true CFG")
    scale, steps = subject.make_cell().true_cfg_scale, len(subject.sigmas)

    def guided(scales: list[float]) -> Result:
        cell = subject.make_cell(true_cfg_scale=None, true_cfg_scales=scales)
        result = engines.alone.run(cell, KEEP)
        assert result.finished
        return result

    same = guided([scale] * steps)
    assert same.tensors.keys() == engines.traced.tensors.keys()
    for name, tensor in engines.traced.tensors.items():
        assert torch.equal(same.tensors[name], tensor), name
    scales = [scale, 1.0, scale + 2, *[scale + 0.5] * (steps - 3)]
    result = guided(scales)
    assert [step.true_cfg_scale for step in result.steps] == scales
    for step, own in enumerate(scales):
        cond, cfg = (signal(result, name, step).double() for name in ("cond", "cfg"))
        if own > 1 or subject.joined:
            combined = subject.combined(cond, signal(result, "uncond", step).double(), own)
            assert (cfg - combined).abs().max() <= 1e-6 * own * combined.abs().max()
        else:
            assert f"uncond.{step:04d}" not in result.tensors
            assert torch.equal(cfg, cond)


@check("cancels")
def test_a_cancelled_cell_stops_within_one_step_and_the_next_is_as_before(engines, subject):
    bench, steps = engines.alone, 24
    sigmas = [float(s) for s in np.linspace(1, 0, steps + 1)[:-1].round(3)]

    def cancel(run: Any, event: pb.RunResponse) -> None:
        if event.WhichOneof("event") == "step" and event.step.step == 1:
            assert bench.engine.cancel(run.run_id)

    # Other noise and other guidance than the next cell's, so that nothing of it could serve.
    other = subject.make_cell(sigmas, **{**subject.other_guidance, "seed": 5})
    failed = bench.run(other, on_event=cancel).failed
    assert failed.reason == pb.FAILURE_REASON_CANCELLED
    # The pipeline may be one step further than the event that was read back.
    assert 2 <= failed.steps_done <= 4
    again = bench.run(subject.make_cell(), LATENTS)
    assert torch.equal(again.tensors["latents"], engines.traced.tensors["latents"])


@check("batches")
def test_batched_cells_equal_single_cells(engines, subject):
    other, guided = subject.other_guidance, subject.make_cell().true_cfg_scale
    stronger = {"true_cfg_scale": guided + 2} if guided > 1 else {}
    begins_later = (
        {"true_cfg_scale": None, "true_cfg_scales": [1.0, guided, guided]} if guided > 1 else {}
    )
    cells = [
        subject.make_cell(),
        subject.make_cell(subject.odd_sigmas, seed=7, prompt="green", **other),
        subject.make_cell((*subject.sigmas, subject.sigmas[-1] / 5), seed=8, **stronger),
        # The same first step as the first cell's, which is shared, and then another schedule.
        subject.make_cell((subject.sigmas[0], *subject.sigmas[2:]), **stronger),
        subject.make_cell((subject.sigmas[0], *subject.sigmas[2:]), **begins_later),
    ]
    together = engines.batched.together(cells, LATENTS)
    for cell, ours in zip(cells, together, strict=True):
        assert ours.finished
        alone = engines.alone.run(cell, LATENTS)
        assert alone.started.rows == _rows(subject, cell)
        assert [s.batch_size for s in alone.steps] == [_rows(subject, cell)] * len(alone.steps)
        expected = alone.tensors["latents"]
        difference = (ours.tensors["latents"] - expected).abs().max()
        assert difference <= 1e-4 * expected.abs().max()
    assert max(step.batch_size for ours in together for step in ours.steps) > 2
    # Not in every step: experts, and texts of another length, have batches of their own.
    assert all(any(s.batch_size > 1 for s in ours.steps) for ours in together[:3])
    assert [s.shared for s in together[3].steps] == [True] + [False] * (len(cells[3].sigmas) - 1)


def _rows(subject: Subject, cell: pb.Cell) -> int:
    return 2 if subject.joined and max(cell.true_cfg_scale, *cell.true_cfg_scales, 1) > 1 else 1


@check("float32 state")
def test_a_bfloat16_model_leaves_the_solvers_state_in_float32(engines, subject):
    result = engines.alone_bfloat16.run(subject.make_cell(subject.odd_sigmas), KEEP)
    assert result.finished
    for step in range(len(subject.odd_sigmas)):
        for name in ("latent_in", "latent_out"):
            state = signal(result, name, step)
            assert state.dtype == torch.float32
            assert not on_bfloat16_grid(state), f"{name} of step {step}"
    at = subject.timestep(torch.tensor(subject.odd_sigmas, dtype=torch.float32))
    assert [s.timestep for s in result.steps] == pytest.approx(at.tolist(), rel=1e-7)
    # The model itself is what it was loaded as: what it predicts has bfloat16's digits.
    assert on_bfloat16_grid(signal(result, "cond", 0))
    if subject.make_cell().true_cfg_scale > 1:
        assert not on_bfloat16_grid(signal(result, "cfg", 0))


def on_bfloat16_grid(x: Tensor) -> bool:
    return torch.equal(x.float(), x.to(torch.bfloat16).float())


@check("decodes")
def test_what_was_sampled_becomes_a_clip_of_the_cells_size(engines, subject):
    cell = subject.make_cell(subject.sigmas[:1], true_cfg_scale=1.0)
    engine = engines.alone_bfloat16
    (artifact,) = engine.run(cell, (pb.ARTIFACT_KIND_VIDEO,)).finished.artifacts
    frames = imageio.v3.imread(engine.store.path(artifact.artifact_id))
    assert frames.shape == (subject.decoded or cell.frames, cell.height, cell.width, 3)


@check("experts")
def test_every_step_names_the_expert_that_ran(engines, subject):
    experts = [step.expert for step in engines.traced.steps]
    assert experts == list(subject.experts or [""] * len(subject.sigmas))
    if not subject.says.experts:
        pytest.skip("one transformer")
    assert set(experts) == set(subject.says.experts), "the row's sigmas must use every expert"


@check("saved")
def test_a_model_that_was_saved_and_loaded_is_the_same_model(engines, subject, tmp_path):
    if not subject.model.startswith("random:"):
        pytest.skip("a folder to begin with")
    if subject.not_saved:
        pytest.skip(subject.not_saved)
    fresh_pipeline(subject.model, torch.float32).save_pretrained(tmp_path)
    flags = ["--device", "cpu", "--max-batch", "1", "--model", str(tmp_path)]
    loaded = load_model(parse_settings(flags))
    own = engines.alone.model
    assert loaded.description.family == own.description.family
    assert loaded.description.transformer_parameters == own.description.transformer_parameters
    assert (loaded.default_schedule, loaded.experts) == (own.default_schedule, own.experts)
    assert loaded.family.shape == own.family.shape
    for name in own.family.transformers:
        mine, theirs = getattr(own.pipeline, name), getattr(loaded.pipeline, name)
        if mine is not None:
            for key, value in mine.state_dict().items():
                assert torch.equal(value, theirs.state_dict()[key]), key
