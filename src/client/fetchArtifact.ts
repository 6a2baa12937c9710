import { createHash } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ProbeError } from "../errors.ts";
import type { Artifact, FetchArtifactResponse, ProbeServiceClient } from "../generated/l1probe/v1/probe.ts";
import { fromStatus } from "./status.ts";

/**
 * Copies one artifact of a finished run to a file, which appears whole, checked against its sha256, or not at all.
 *
 * @param target the file to write; its folder is made where missing
 * @throws ProbeError kind failed where the bytes are not those that the server promised
 */
export async function fetchArtifact(
  client: ProbeServiceClient,
  address: string,
  artifact: Artifact,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const interrupted = () => new ProbeError("interrupted", `The copy of ${artifact.fileName} was stopped.`);
  if (signal?.aborted) throw interrupted();
  await mkdir(dirname(target), { recursive: true });
  const part = `${target}.part`;
  const file = await open(part, "w");
  const call = client.fetchArtifact({ artifactId: artifact.artifactId });
  // The status of a cancelled call may come when nobody reads any more.
  call.on("error", () => undefined);
  const cancel = () => call.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    const hash = createHash("sha256");
    let size = 0;
    for await (const { data } of call as AsyncIterable<FetchArtifactResponse>) {
      hash.update(data);
      size += data.length;
      await file.write(data);
    }
    const sha256 = hash.digest("hex");
    if (sha256 !== artifact.sha256) {
      throw new ProbeError(
        "failed",
        `The artifact ${artifact.fileName} came as ${size} bytes with sha256 ${sha256}; ` +
          `${address} promised ${artifact.size} bytes with ${artifact.sha256}. Run the same command again.`,
      );
    }
    await file.sync();
    await file.close();
    await rename(part, target);
  } catch (thrown) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw signal?.aborted ? interrupted() : fromStatus(thrown, address);
  } finally {
    signal?.removeEventListener("abort", cancel);
    call.cancel();
  }
}
