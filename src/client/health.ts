import { credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { packageRoot } from "../package.ts";
import { checkAddress, isLoopback } from "./address.ts";
import { unary } from "./rpc.ts";

/** grpc.health.v1's answer, as its proto names it. */
export type Health = "UNKNOWN" | "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";

interface HealthTree {
  readonly grpc: { readonly health: { readonly v1: { readonly Health: ServiceClientConstructor } } };
}

function healthClient(): ServiceClientConstructor {
  // By default, proto-loader leaves out zero values.
  const definition = loadSync(`${packageRoot}proto/grpc/health/v1/health.proto`, { defaults: true, enums: String });
  return (loadPackageDefinition(definition) as unknown as HealthTree).grpc.health.v1.Health;
}

/**
 * Calls a server's standard health service, without generated code.
 *
 * @param service a full service name, or "" for the server as a whole
 * @throws ProbeError kind unreachable if nothing answers in time
 */
export async function checkHealth(address: string, service = "", milliseconds?: number): Promise<Health> {
  const Client = healthClient();
  const client = new Client(
    checkAddress(address),
    credentials.createInsecure(),
    isLoopback(address) ? { "grpc.enable_http_proxy": 0 } : {},
  );
  try {
    const answer = await unary<{ status: Health }>(
      address,
      (metadata, options, done) => client.Check?.({ service }, metadata, options, done),
      milliseconds,
    );
    return answer.status;
  } finally {
    client.close();
  }
}
