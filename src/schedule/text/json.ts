import { ProbeError } from "../../errors.ts";

function refuse(source: string, wrong: string, cause?: unknown): never {
  throw new ProbeError(
    "input",
    `${source} ${wrong}; it must be a JSON array of numbers like [1, 0.75, 0.5, 0.25], or {"sigmas": […]}.`,
    { path: source, cause },
  );
}

/** Reads `[1, 0.5]` or `{"sigmas": [1, 0.5]}`. */
export function readJson(text: string, source: string): number[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    refuse(source, `is not JSON (${ProbeError.from(error).message})`, error);
  }
  if (data !== null && typeof data === "object" && !Array.isArray(data)) {
    const other = Object.keys(data).find((key) => key !== "sigmas");
    if (other !== undefined) refuse(source, `has the key ${JSON.stringify(other)}`);
    data = "sigmas" in data ? data.sigmas : undefined;
  }
  if (!Array.isArray(data)) refuse(source, "holds no array");
  return data.map((value: unknown, index) => {
    if (typeof value !== "number") refuse(source, `has ${JSON.stringify(value)} at index ${index}`);
    return value;
  });
}
