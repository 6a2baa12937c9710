"""Translates gRPC calls to the engine and back; the only module that knows gRPC."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from l1probe.records.step import SIGNALS
from l1probe.serving.advice import advice
from l1probe.serving.artifacts import ArtifactStore
from l1probe.serving.engine import Engine
from l1probe.serving.loading import load_model
from l1probe.serving.messages import SIGNAL_OF, measured_message, start_rules
from l1probe.serving.provenance import provenance
from l1probe.serving.run_queue import Run
from l1probe.serving.validation import (
    MAX_PROMPT_CHARACTERS,
    TIMESTEP_TOLERANCE,
    InvalidCell,
    check_request,
)
from l1probe.settings import Settings
from l1probe.v1 import probe_pb2 as pb
from l1probe.v1 import probe_service_pb2 as service_pb
from l1probe.v1 import probe_service_pb2_grpc as rpc

log = logging.getLogger(__name__)

SERVICE = service_pb.DESCRIPTOR.services_by_name["ProbeService"].full_name
HEARTBEAT_SECONDS = 10.0
CHUNK_BYTES = 1 << 20

OPTIONS = (
    # Two servers on one port would share its calls; the second must fail instead.
    ("grpc.so_reuseport", 0),
    # Clients ping during a long silent step, which the default treats as abuse.
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A cell carries its picture, which easily exceeds gRPC's default limit of 4 MiB.
    ("grpc.max_receive_message_length", 64 << 20),
)


class ProbeService(rpc.ProbeServiceServicer):
    """The contract's calls over an engine; UNAVAILABLE until there is one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loaded: Engine | None = None

    def open(self, engine: Engine) -> None:
        """Starts answering calls."""
        self._loaded = engine

    async def Describe(self, request: pb.DescribeRequest, context: Any) -> pb.DescribeResponse:
        engine = await self._engine(context)
        family = engine.model.family
        return pb.DescribeResponse(
            provenance=engine.provenance,
            samplers=list(family.samplers),
            shape_rules=pb.ShapeRules(
                height_multiple=family.shape.height_multiple,
                width_multiple=family.shape.width_multiple,
                frame_multiple=family.shape.frame_multiple,
                max_frames=family.shape.max_frames,
                min_frames=family.shape.min_frames,
                max_height=family.shape.max_height,
                max_width=family.shape.max_width,
            ),
            guidance_modes=pb.GuidanceModes(
                embedded=family.embedded_guidance, true_cfg=family.true_cfg
            ),
            limits=pb.Limits(
                max_steps=self._settings.max_steps,
                max_frames=self._settings.max_frames,
                max_pixels=self._settings.max_pixels,
                max_prompt_characters=MAX_PROMPT_CHARACTERS,
            ),
            load=engine.load(),
            signals=[SIGNAL_OF[s] for s in SIGNALS if s != "uncond" or family.true_cfg],
            default_schedule=engine.model.default_schedule,
            prediction=family.prediction,
            image=pb.IMAGE_MODE_REQUIRED if family.needs_image else pb.IMAGE_MODE_NONE,
            experts=engine.model.experts,
            max_batch=engine.max_batch,
            measured=map(measured_message, engine.forward_times.measured()),
            timestep_tolerance=TIMESTEP_TOLERANCE if family.whole_timesteps else 0.0,
            guidance_by_step=pb.GuidanceByStep(skips_unconditional=not family.batched_cfg),
            text_encoders=engine.tokens.encoders,
            start_rules=start_rules(family),
            advice=advice(engine.model.pipeline, family, engine.model.description),
        )

    async def Run(self, request: pb.RunRequest, context: Any) -> AsyncIterator[pb.RunResponse]:
        engine = await self._engine(context)
        if request.cell.HasField("start") and not request.cell.start.data:
            await self._find_start(engine, request.cell.start, context)
        try:
            # In a thread, since a start may be a clip to decode, which would hold up other calls.
            await asyncio.to_thread(check_request, request, engine.model.family, self._settings)
        except InvalidCell as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        if request.cell.HasField("start"):
            engine.starts.keep(request.cell.start.sha256, request.cell.start.data)
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[pb.RunResponse] = asyncio.Queue()
        run = Run(request, lambda event: _hand_over(loop, events, event))
        began = loop.time()
        engine.submit(run)
        try:
            while True:
                try:
                    event = await asyncio.wait_for(events.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    beat = pb.Heartbeat(seconds_since_start=loop.time() - began)
                    event = pb.RunResponse(heartbeat=beat)
                yield event
                if event.WhichOneof("event") in ("finished", "failed"):
                    return
        finally:
            # Without a client no more steps are needed; after the last event this does nothing.
            engine.cancel(run.run_id)

    async def Cancel(self, request: pb.CancelRequest, context: Any) -> pb.CancelResponse:
        engine = await self._engine(context)
        return pb.CancelResponse(found=engine.cancel(request.run_id))

    async def CountTokens(
        self, request: pb.CountTokensRequest, context: Any
    ) -> pb.CountTokensResponse:
        count = (await self._engine(context)).tokens.of_prompt
        prompts = [
            pb.PromptTokens(encoders=await asyncio.to_thread(count, prompt))
            for prompt in request.prompts
        ]
        return pb.CountTokensResponse(prompts=prompts)

    async def FetchArtifact(
        self, request: pb.FetchArtifactRequest, context: Any
    ) -> AsyncIterator[pb.FetchArtifactResponse]:
        path = (await self._engine(context)).store.path(request.artifact_id)
        if path is None:
            await context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"artifact_id {request.artifact_id!r} is unknown, or was deleted to free space "
                "(--artifact-megabytes); run the cell again",
            )
            return
        with await asyncio.to_thread(path.open, "rb") as file:
            while data := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield pb.FetchArtifactResponse(data=data)

    async def _find_start(self, engine: Engine, start: pb.Start, context: Any) -> None:
        """Fills in what an earlier run sent or kept."""
        data = engine.starts.find(start.sha256)
        if data is None:
            await context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"cell.start.data is missing, and this server does not have the content of sha256 "
                f"{start.sha256.hex() or '(empty)'}; send it",
            )
        assert data is not None
        start.data = data

    async def _engine(self, context: Any) -> Engine:
        if self._loaded is None:
            await context.abort(
                grpc.StatusCode.UNAVAILABLE, "the model is still loading; try again"
            )
        assert self._loaded is not None
        return self._loaded


async def serve(settings: Settings, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Serves until `stop` is set; calls `ready` with HOST:PORT once the model is loaded.

    The port is bound first, so that a wrong one fails before a long load, and the health service
    reports NOT_SERVING until the model can run.

    Raises:
        CannotLoad: the model cannot be served as requested.
        OSError: the address cannot be bound.
    """
    server = grpc.aio.server(options=OPTIONS)
    health = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    for name in ("", SERVICE):
        await health.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
    reflection.enable_server_reflection(
        (SERVICE, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name), server
    )
    address = f"{settings.host}:{settings.port}"
    service = ProbeService(settings)
    rpc.add_ProbeServiceServicer_to_server(service, server)
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"{address} cannot be bound; is another server using it?") from error
    await server.start()
    store = ArtifactStore(settings.artifact_megabytes * 2**20)
    engine: Engine | None = None
    try:
        # A separate thread, since the default pool would wait for it on exit.
        with ThreadPoolExecutor(1, thread_name_prefix="load") as loader:
            model = await asyncio.get_running_loop().run_in_executor(loader, load_model, settings)
        engine = Engine(model, provenance(model, settings), store, settings)
        stopped = asyncio.ensure_future(stop.wait())
        warm = asyncio.wrap_future(engine.ready)
        await asyncio.wait((warm, stopped), return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            return
        await warm
        service.open(engine)
        for name in ("", SERVICE):
            await health.set(name, health_pb2.HealthCheckResponse.SERVING)
        ready(f"{settings.host}:{port}")
        await stop.wait()
        await health.enter_graceful_shutdown()
    finally:
        await server.stop(grace=None)
        if engine is not None:
            await asyncio.to_thread(engine.close)
        store.close()


def _hand_over(
    loop: asyncio.AbstractEventLoop, events: asyncio.Queue[pb.RunResponse], event: pb.RunResponse
) -> None:
    # The loop may be closed already when a cancelled run reports its end.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(events.put_nowait, event)
