import { createHash } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ProbeError } from "../errors.ts";
import type { Artifact } from "../generated/l1probe/v1/probe.ts";
import type { ProbeServiceClient } from "../generated/l1probe/v1/probe_service.ts";
import { messages, type StreamOptions } from "./rpc.ts";

/**
 * Copies one artifact of a finished run to a file, which appears complete and verified by its sha256, or not at all.
 *
 * @param target the file to write; its folder is created if missing
 * @throws ProbeError kind failed if the bytes do not have the promised sha256
 */
export async function fetchArtifact(
  client: ProbeServiceClient,
  address: string,
  artifact: Artifact,
  target: string,
  options: StreamOptions = {},
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const part = `${target}.part`;
  const file = await open(part, "w");
  const hash = createHash("sha256");
  let size = 0;
  try {
    const call = () => client.fetchArtifact({ artifactId: artifact.artifactId });
    for await (const { data } of messages(address, `copy of ${artifact.fileName}`, call, options)) {
      hash.update(data);
      size += data.length;
      await file.write(data);
    }
    const sha256 = hash.digest("hex");
    if (sha256 !== artifact.sha256) {
      throw new ProbeError(
        "failed",
        `The artifact ${artifact.fileName} arrived as ${size} bytes with sha256 ${sha256}; ` +
          `${address} promised ${artifact.size} bytes with ${artifact.sha256}. Run the same command again.`,
      );
    }
    await file.sync();
    await file.close();
    await rename(part, target);
  } catch (thrown) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw thrown;
  }
}
