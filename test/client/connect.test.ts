import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Metadata, status } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { connect, type ProbeClient, type RunEvent } from "../../src/client/connect.ts";
import {
  Artifact,
  DescribeResponse,
  Failed,
  Finished,
  Queued,
  RunRequest,
  Step,
} from "../../src/generated/l1probe/v1/probe.ts";
import { type Behaviour, event, type FakeServer, serve } from "./fakeServer.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function talk(behaviour: Behaviour): Promise<{ client: ProbeClient; server: FakeServer }> {
  const server = await serve(behaviour);
  const client = connect(server.address);
  open.push(client, { close: () => server.kill() });
  return { client, server };
}

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const one of events) all.push(one);
  return all;
}

const request = RunRequest.fromPartial({ cell: { cellId: "c" } });
const queued = event({ $case: "queued", value: Queued.fromPartial({ runId: "r" }) });
const step = (number: number) => event({ $case: "step", value: Step.fromPartial({ step: number }) });
const heartbeat = event({ $case: "heartbeat", value: { secondsSinceStart: 1 } });
const finished = event({ $case: "finished", value: Finished.fromPartial({ seconds: 2 }) });

test("events arrive in order, and the run ends with the last of them", async () => {
  const { client } = await talk({
    run: (call) => {
      for (const one of [queued, step(0), heartbeat, step(1), finished, step(2)]) call.write(one);
    },
  });
  const cases = (await collect(client.run(request))).map((one) => one.$case);
  expect(cases).toEqual(["queued", "step", "heartbeat", "step", "finished"]);
});

test("a failed run is an event, not an exception", async () => {
  const failed = event({ $case: "failed", value: Failed.fromPartial({ message: "no room" }) });
  const { client } = await talk({ run: (call) => call.write(failed) });
  expect(await collect(client.run(request))).toEqual([failed.event]);
});

test("heartbeats keep a slow run alive, silence ends it as unreachable", async () => {
  const { client } = await talk({
    run: (call) => {
      let beats = 0;
      const pulse = setInterval(() => {
        call.write(heartbeat);
        beats += 1;
        if (beats === 8) clearInterval(pulse);
      }, 50);
    },
  });
  const heard: string[] = [];
  const listen = async () => {
    for await (const one of client.run(request, { silence: 200 })) heard.push(one.$case);
  };
  await expect(listen()).rejects.toMatchObject({ kind: "unreachable", message: /silent for 0.2 s/ });
  expect(heard).toHaveLength(8);
});

test("a caller that is slow with an event is not taken for a silent server", async () => {
  const { client } = await talk({
    run: (call) => {
      for (const one of [step(0), step(1), finished]) call.write(one);
    },
  });
  let heard = 0;
  for await (const _ of client.run(request, { silence: 60 })) {
    heard += 1;
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  expect(heard).toBe(3);
});

test("leaving the loop cancels the run on the server", async () => {
  let gone: (() => void) | undefined;
  const cancelled = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const { client } = await talk({
    run: (call) => {
      call.on("cancelled", () => gone?.());
      call.write(step(0));
    },
  });
  for await (const _ of client.run(request)) break;
  await cancelled;
});

test("the signal stops a run that waits for its next event", async () => {
  const stop = new AbortController();
  let cancelled = false;
  const { client } = await talk({
    run: (call) => {
      call.on("cancelled", () => {
        cancelled = true;
      });
      call.write(queued);
    },
  });
  setTimeout(() => stop.abort(), 50);
  await expect(collect(client.run(request, { signal: stop.signal }))).rejects.toMatchObject({ kind: "interrupted" });
  await expect.poll(() => cancelled).toBe(true);
  await expect(collect(client.run(request, { signal: stop.signal }))).rejects.toMatchObject({ kind: "interrupted" });
});

test("a server that goes away in the middle is unreachable, and the sentence has its address", async () => {
  const { client, server } = await talk({ run: (call) => call.write(step(0)) });
  const listen = async () => {
    for await (const _ of client.run(request)) server.kill();
  };
  await expect(listen()).rejects.toMatchObject({
    kind: "unreachable",
    message: expect.stringContaining(server.address),
  });
});

test("nobody at the address is unreachable, with what to do", async () => {
  const server = await serve({});
  server.kill();
  const client = connect(server.address);
  open.push(client);
  await expect(client.describe()).rejects.toMatchObject({
    kind: "unreachable",
    message: expect.stringMatching(/No l1probe server answers at 127\.0\.0\.1:\d+ .*make serve/),
  });
});

test("the server's refusal is an input error in the server's words", async () => {
  const { client } = await talk({
    run: (call) =>
      call.emit("error", {
        code: status.INVALID_ARGUMENT,
        details: "cell.frames is 8; this model samples 4k + 1 frames",
        metadata: new Metadata(),
      }),
  });
  await expect(collect(client.run(request))).rejects.toMatchObject({
    kind: "input",
    message: "cell.frames is 8; this model samples 4k + 1 frames.",
  });
});

test("an event that this client does not know is passed over with one warning", async () => {
  const { client } = await talk({
    run: (call) => {
      for (const one of [{ event: undefined }, { event: undefined }, finished]) call.write(one);
    },
  });
  const warnings: string[] = [];
  expect(await collect(client.run(request, { warn: (sentence) => warnings.push(sentence) }))).toEqual([finished.event]);
  expect(warnings).toHaveLength(1);
});

test("a stream that ends without saying how the run ended is a failure", async () => {
  const { client } = await talk({
    run: (call) => {
      call.write(step(0));
      call.end();
    },
  });
  await expect(collect(client.run(request))).rejects.toMatchObject({ kind: "failed" });
});

test("a message of 20 MB is received", async () => {
  const large = event({ $case: "failed", value: Failed.fromPartial({ message: "x".repeat(20_000_000) }) });
  const { client } = await talk({ run: (call) => call.write(large) });
  expect(await collect(client.run(request))).toHaveLength(1);
});

test("Describe and Cancel answer", async () => {
  const { client, server } = await talk({ describe: DescribeResponse.fromPartial({ defaultSchedule: "shift:7" }) });
  expect((await client.describe()).defaultSchedule).toBe("shift:7");
  expect(await client.cancel("known")).toBe(true);
  expect(await client.cancel("unknown")).toBe(false);
  expect(server.cancelled).toEqual(["known", "unknown"]);
});

const bytes = Buffer.from("a clip that is not one");
const artifact = Artifact.fromPartial({
  artifactId: "a",
  fileName: "clip.mp4",
  size: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

test("an artifact arrives whole, from chunks", async () => {
  const folder = await mkdtemp(join(tmpdir(), "l1probe-"));
  const { client } = await talk({
    fetchArtifact: (call) => {
      for (let at = 0; at < bytes.length; at += 5) call.write({ data: bytes.subarray(at, at + 5) });
      call.end();
    },
  });
  await client.fetchArtifact(artifact, join(folder, "deep", "clip.mp4"));
  expect(await readFile(join(folder, "deep", "clip.mp4"))).toEqual(bytes);
  expect(await readdir(join(folder, "deep"))).toEqual(["clip.mp4"]);
});

test("an artifact with other bytes than promised leaves no file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "l1probe-"));
  const { client } = await talk({
    fetchArtifact: (call) => {
      call.write({ data: bytes.subarray(1) });
      call.end();
    },
  });
  await expect(client.fetchArtifact(artifact, join(folder, "clip.mp4"))).rejects.toMatchObject({ kind: "failed" });
  expect(await readdir(folder)).toEqual([]);
});

test("an address is refused before anything is dialled", () => {
  for (const wrong of [
    "localhost",
    "localhost:0",
    "localhost:65536",
    "http://localhost:1",
    "::1:50051",
    ":50051",
    "",
  ]) {
    expect(() => connect(wrong), wrong).toThrow(/HOST:PORT/);
  }
  for (const right of ["localhost:1", "127.0.0.1:65535", "[::1]:50051", "gpu-1.lab:50051"]) {
    const client = connect(right);
    open.push(client);
    expect(client.address).toBe(right);
  }
});

test("a large start is sent only if the server does not have its content, and a small one at once", async () => {
  const sizes: number[] = [];
  let known = false;
  const { client } = await talk({
    run: (call) => {
      const length = call.request.cell?.start?.data.length ?? 0;
      sizes.push(length);
      if (length > 0 || known) call.write(finished);
      else call.emit("error", Object.assign(new Error("unknown"), { code: status.FAILED_PRECONDITION }));
      known ||= length > 1000;
    },
  });
  const from = (length: number) =>
    RunRequest.fromPartial({ cell: { cellId: "c", start: { data: Buffer.alloc(length, 1) } } });
  const large = from(2 ** 20);
  await collect(client.run(large));
  await collect(client.run(large));
  await collect(client.run(from(100)));
  expect(sizes).toEqual([0, 2 ** 20, 0, 100]);
  expect(large.cell?.start?.data).toHaveLength(2 ** 20);
});

test("a refusal for another reason is not answered by sending the start again", async () => {
  let calls = 0;
  const { client } = await talk({
    run: (call) => {
      calls += 1;
      call.emit("error", Object.assign(new Error("no"), { code: status.INVALID_ARGUMENT }));
    },
  });
  const start = { data: Buffer.alloc(2 ** 20) };
  await expect(collect(client.run(RunRequest.fromPartial({ cell: { start } })))).rejects.toMatchObject({
    kind: "input",
  });
  expect(calls).toBe(1);
});
