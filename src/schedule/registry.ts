import { file } from "./family/file.ts";
import { linear } from "./family/linear.ts";
import { linearQuadratic } from "./family/linear-quadratic.ts";
import { shift } from "./family/shift.ts";
import { sigmas } from "./family/sigmas.ts";
import type { Family } from "./grammar/family.ts";

/** Every schedule that has a name, in the order in which the list shows them. */
export const FAMILIES: readonly Family[] = [linear, shift, linearQuadratic, sigmas, file];
