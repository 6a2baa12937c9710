import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CommandModule } from "yargs";
import type { Candidate } from "../advice/verify.ts";
import { type StoredRecommendation, storedRecommendation } from "../analysis/recommendation.ts";
import { ProbeError } from "../errors.ts";
import { type MeasurementArguments, measuring, pairCount, stepsOf, withMeasurementOptions } from "./measurement.ts";
import { typedCommand, write } from "./process.ts";
import { numberOf, singleValue } from "./usage.ts";

interface Arguments extends MeasurementArguments {
  readonly what: readonly string[];
  readonly steps?: string | undefined;
  readonly against?: readonly string[] | undefined;
  readonly sampler?: string | undefined;
  readonly pairs?: number | undefined;
  readonly decode: boolean;
  readonly "reference-steps": number;
}

/** What was typed, sorted: schedules, the recommendations among them, and an experiment. */
interface Typed {
  readonly candidates: readonly Candidate[];
  readonly recommendations: readonly StoredRecommendation[];
  readonly experiment: string | undefined;
}

const MEASURED = "knock-out:";

function escaped(path: string): string {
  return path.replace(/[%,+=]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function unescaped(path: string): string {
  return path.replace(/%(25|2C|2B|3D)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** A recommendation's file, if a word names one by its folder, its path or its spec. */
function recommendationFile(word: string): string | undefined {
  if (word.startsWith(MEASURED)) return unescaped(word.slice(MEASURED.length));
  if (word.endsWith(".json")) return word;
  const inside = join(word, "recommendation.json");
  return existsSync(word) && statSync(word).isDirectory() ? inside : undefined;
}

function sorted(words: readonly string[]): Typed {
  const experiments = words.filter((word) => /\.ya?ml$/i.test(word));
  if (experiments.length > 1)
    throw new ProbeError("input", `verify has two experiments, ${experiments.join(" and ")}; give one, for its pairs.`);
  const recommendations: StoredRecommendation[] = [];
  const candidates = words
    .filter((word) => !/\.ya?ml$/i.test(word))
    .map((word): Candidate => {
      const file = recommendationFile(word);
      if (file === undefined) return { label: word, spec: word };
      if (!existsSync(file))
        throw new ProbeError(
          "input",
          `${word} has no recommendation: there is no ${file}; run l1probe recommend first.`,
        );
      const stored = storedRecommendation(readFileSync(file, "utf8"));
      if (stored !== null) recommendations.push(stored);
      return { label: word, spec: `${MEASURED}${escaped(file)}` };
    });
  if (candidates.length === 0)
    throw new ProbeError(
      "input",
      "verify needs a schedule to verify: the folder of a recommendation, or a spec like shift:5.",
      { path: "what" },
    );
  return { candidates, recommendations, experiment: experiments[0] };
}

function same(
  recommendations: readonly StoredRecommendation[],
  of: (one: StoredRecommendation) => string,
): string | undefined {
  const values = [...new Set(recommendations.map(of))];
  if (values.length > 1)
    throw new ProbeError("input", `The recommendations are for ${values.join(" and ")}; verify one at a time.`);
  return values[0];
}

async function run(typed: Arguments): Promise<void> {
  const [{ expandFile, portsIn }, { pairsOf }, { heldOut, refuseUsed }, { verify }, { verificationAnswer }, page] =
    await Promise.all([
      import("./experimentFile.ts"),
      import("../experiment/pairs.ts"),
      import("../experiment/pairs.ts"),
      import("../advice/verify.ts"),
      import("../report/verification.ts"),
      import("../report/answerPage.ts"),
    ]);
  const { candidates, recommendations, experiment } = sorted(typed.what);
  const file = experiment ?? same(recommendations, (one) => one.experiment.file);
  if (file === undefined)
    throw new ProbeError(
      "input",
      "verify needs an experiment for its prompts, seeds and setting, since no recommendation names one; add its YAML file.",
      { path: "what" },
    );
  const profile =
    typed.profile ?? (experiment === undefined ? (recommendations[0]?.experiment.profile ?? undefined) : undefined);
  const settings =
    typed.set.length > 0 || experiment !== undefined ? typed.set : (recommendations[0]?.experiment.set ?? []);
  const { expansion, ports, folder } = await expandFile(file, profile, settings);
  const { pairs: all, sampler: written, setting } = pairsOf(expansion);
  const used = recommendations.flatMap(({ pairs }) => pairs);
  if (experiment !== undefined) refuseUsed(all, used, file);
  const left = heldOut(all, used);
  if (left.length === 0)
    throw new ProbeError(
      "input",
      `${file} has no pair of prompt and seed that the recommendation did not use; name another experiment.`,
      { path: "what" },
    );
  const pairs = left.slice(0, pairCount(typed.pairs, 32, left.length, file));
  const sampler = typed.sampler ?? same(recommendations, (one) => one.sampler) ?? written;
  const known = Object.keys(recommendations[0]?.schedules ?? {});
  const steps = stepsOf(typed.steps ?? (known.length > 0 ? known.join(",") : "4,6,8,10,20"));
  const name = [expansion.name, profile].filter(Boolean).join("-");
  const directory = typed.out ?? `runs/${name}-verify-${sampler}`;
  const found = await measuring(typed, { folder, ports }, (settings) =>
    verify({
      candidates,
      against: typed.against ?? [],
      steps,
      pairs,
      sampler,
      referenceSteps: typed["reference-steps"],
      decode: typed.decode,
      directory,
      run: settings,
      ports: portsIn("."),
    }),
  );
  const answer = verificationAnswer(found, {
    name,
    pairs,
    setting,
    sampler,
    referenceSteps: typed["reference-steps"],
    calibration: used,
    command: typedCommand(),
  });
  const files = await page.writeAnswer(directory, "verification", answer);
  if (typed.format === "json") await write([`${JSON.stringify(answer.data, null, 1)}\n`]);
  else await write([...page.answerText(answer), "", ...files].map((line) => `${line}\n`));
}

/** `l1probe verify FILE|SPEC…`: whether a schedule is better than named ones, on prompts and seeds no measurement saw. */
export const verify: CommandModule<object, Arguments> = {
  command: "verify <what..>",
  describe:
    "compare a recommendation or any schedule with named ones on held-out prompts and seeds; the verdict may be no",
  builder: (yargs) =>
    withMeasurementOptions(yargs, "verify")
      .positional("what", {
        type: "string",
        array: true,
        demandOption: true,
        describe:
          "folders of recommendations, or schedules like shift:5; and an experiment's YAML file for other pairs than those " +
          "that the recommendation's own experiment has left",
      })
      .option("steps", {
        type: "string",
        requiresArg: true,
        describe: "the N to compare at; by default the recommendation's",
      })
      .option("against", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "another schedule to compare with, besides the ones that are always run; may be repeated",
      })
      .option("sampler", { type: "string", requiresArg: true, describe: "by default the recommendation's" })
      .option("pairs", {
        type: "string",
        requiresArg: true,
        coerce: numberOf("pairs"),
        describe: "how many pairs of prompt and seed to take; 32 by default, as far as there are so many",
      })
      .option("decode", {
        type: "boolean",
        default: true,
        describe:
          "also decode and compare clips; each run then keeps its frames uncompressed. --no-decode leaves it out",
      })
      .option("reference-steps", {
        type: "string",
        requiresArg: true,
        default: 100 as never,
        coerce: (given: string | number) => (typeof given === "number" ? given : numberOf("reference-steps")(given)),
        describe: "steps of the dense reference, Heun on shift:3",
      })
      .check(singleValue("steps", "sampler", "pairs"))
      .example("$0 verify runs/held-out-recommend-euler", "the recommendation on the other pairs of its experiment")
      .example(
        "$0 verify shift:5 experiments/held-out.yaml --steps 10 --pairs 8",
        "any schedule on the pairs of an experiment",
      ),
  handler: run,
};
