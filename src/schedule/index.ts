export { type CatalogueEntry, type CatalogueParameter, catalogue } from "./catalogue.ts";
export { type EndSlopes, type SlopePoint, slopeCurve, stepSizes } from "./curve.ts";
export { didYouMeanSchedule, parseSchedule, scheduleFromSigmas } from "./parse.ts";
export type { Preset } from "./presets/preset.ts";
export { PRESETS } from "./presets/presets.ts";
export type { Schedule } from "./schedule.ts";
export { checkSigmas, MAX_STEPS, startNote } from "./schedule.ts";
export type { Ports } from "./scheduleKind.ts";
export { formatSigmas, readSigmas, TEXT_FORMS, type TextForm } from "./sigmasText.ts";
