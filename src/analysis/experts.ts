import type { CellRecord } from "../record/record.ts";

/** Where another transformer takes over, in a model whose experts take turns by timestep. */
export interface ExpertSwitch {
  readonly from: string;
  readonly to: string;
  /** The first step of `to`. */
  readonly step: number;
  /** As `to` received it. */
  readonly timestep: number;
}

/** Every change of expert along a cell; none where there is one transformer. */
export function expertSwitches({ steps }: CellRecord): ExpertSwitch[] {
  return steps.flatMap(({ step, timestep, expert }, i) => {
    const from = steps[i - 1]?.expert;
    return from === undefined || from === expert ? [] : [{ from, to: expert, step, timestep }];
  });
}

/** The experts that a cell asked, in words: `transformer, transformer_2 from step 3`; null where there is one transformer. */
export function expertsText(cell: CellRecord): string | null {
  const [first] = cell.steps;
  if (first === undefined || first.expert === "") return null;
  return [first.expert, ...expertSwitches(cell).map(({ to, step }) => `${to} from step ${step}`)].join(", ");
}
