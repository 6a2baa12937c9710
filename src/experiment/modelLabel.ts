import type { Model } from "../generated/l1probe/v1/probe.ts";

type Loaded = Pick<Model, "loras">;

/** A model's LoRAs as `--lora` names them: `style:0.5, transformer_2=fast`; empty if there are none. */
export function lorasText({ loras }: Loaded): string {
  return loras
    .map(({ id, scale, transformer }) => {
      const expert = transformer === "" ? "" : `${transformer}=`;
      return `${expert}${id}${scale === 1 ? "" : `:${scale}`}`;
    })
    .join(", ");
}

/** What figures and messages call a model: its id and its LoRAs. */
export function modelLabel(model: Pick<Model, "id" | "loras"> | undefined): string {
  if (model === undefined) return "unknown model";
  const loras = lorasText(model);
  return loras === "" ? model.id : `${model.id} with LoRA ${loras}`;
}
