import { z } from "zod";
import type { Axis } from "./cell.ts";

/** Axes over which curves can be summarised: those that leave a cell's steps where they are. */
export const GROUPABLE = [
  "seed",
  "prompt",
  "negative_prompt",
  "image",
  "guidance_scale",
  "true_cfg_scale",
  "height",
  "width",
  "frames",
  "solver_state",
  "model",
] as const satisfies readonly Axis[];

const allowed = `a list of keys, each one of ${GROUPABLE.join(", ")}`;

/** How an experiment's figures are drawn. Changes no cell and no record. */
export const figuresSchema = z.strictObject(
  {
    group: z
      .array(z.enum(GROUPABLE, { error: allowed }), { error: allowed })
      .optional()
      .describe(
        "Keys whose cells become a median and a 10–90 % band in figures; an empty list draws every cell. By default seed " +
          "and prompt, if together they have more than four values.",
      ),
  },
  { error: "a map of keys and values" },
);
