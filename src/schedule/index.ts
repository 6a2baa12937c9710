export { checkSigmas, MAX_STEPS } from "./check.ts";
export type { ShapedSchedule } from "./create.ts";
export { formatSigmas } from "./format.ts";
export type { Ports } from "./grammar/family.ts";
export { parseSchedule, scheduleFromSigmas } from "./parse.ts";
export type { Schedule } from "./schedule.ts";
export { readSigmas, TEXT_FORMS, type TextForm } from "./text/read.ts";
