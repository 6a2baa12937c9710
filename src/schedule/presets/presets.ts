import { HUNYUAN } from "./hunyuan.ts";
import { IMAGES } from "./images.ts";
import { OPEN_SORA } from "./openSora.ts";
import type { Preset } from "./preset.ts";
import { VARIANCE_PRESERVING } from "./variancePreserving.ts";
import { VIDEO } from "./video.ts";
import { WAN } from "./wan.ts";

/** Default schedules by model. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  ...HUNYUAN,
  ...WAN,
  ...VIDEO,
  ...IMAGES,
  ...OPEN_SORA,
  ...VARIANCE_PRESERVING,
};
