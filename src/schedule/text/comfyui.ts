import { ProbeError } from "../../errors.ts";
import { readNumber } from "../grammar/parameter.ts";

function refuse(source: string, wrong: string, path = source): never {
  throw new ProbeError("input", `${source} ${wrong}.`, { path });
}

/**
 * Reads the text of ComfyUI's SIGMAS nodes: N + 1 plain decimals with commas, spaces or line ends between them, the
 * last one 0. What its nodes read differently is refused: an exponent (ManualSigmas takes 1e-3 for 1 and −3), and a
 * list without the final 0 (CustomSigmas puts 0 in place of the last value, others run the list as it is).
 */
export function readComfyui(text: string, source: string): number[] {
  const items = text
    .trim()
    .replace(/^\[(.*)\]$/s, "$1")
    .split(/[\s,]+/)
    .filter((item) => item !== "");
  const values = items.map((item, index) => {
    const value = readNumber(item);
    const here = `${source}[${index}]`;
    if (Number.isNaN(value))
      refuse(source, `has ${JSON.stringify(item)} as value ${index}; write plain decimals`, here);
    if (/e/i.test(item))
      refuse(
        source,
        `has ${item} as value ${index}, which some ComfyUI nodes read as two numbers; write ${decimal(value)}`,
        here,
      );
    return value;
  });
  const last = values.at(-1);
  if (last !== undefined && last !== 0)
    refuse(
      source,
      `ends in ${last} and not in 0; some ComfyUI nodes put 0 in place of the last value and others run it, so add the final 0 or read it with form=csv or form=json`,
    );
  return values;
}

/** A number without an exponent, exact where it reads back as the same double. */
export function decimal(value: number): string {
  const text = String(value);
  const [, sign = "", whole = "", fraction = "", exponent = ""] = /^(-?)(\d+)(?:\.(\d+))?e-(\d+)$/.exec(text) ?? [];
  if (exponent === "") return text;
  return `${sign}0.${"0".repeat(Number(exponent) - 1)}${whole}${fraction}`;
}
