import { z } from "zod";

const schema = z.object({
  sampler: z.string(),
  experiment: z.object({ file: z.string(), profile: z.string().nullable(), set: z.array(z.string()).default([]) }),
  pairs: z.array(z.object({ prompt: z.string(), seed: z.number() })),
  schedules: z.record(z.string(), z.array(z.number())),
});

/** What `l1probe recommend` wrote about its measurement, apart from its schedules' own file format. */
export type StoredRecommendation = z.infer<typeof schema>;

/** @returns null if the text is another file that a schedule can be read from, such as a list of sigmas */
export function storedRecommendation(text: string): StoredRecommendation | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
