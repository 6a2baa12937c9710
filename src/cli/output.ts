import { once } from "node:events";

/** Lets a reader that has seen enough (`| head`) end the program in peace. */
export function survivePipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
    });
  }
}

/** Writes to standard output, no faster than it is read. */
export async function write(chunks: Iterable<string | Uint8Array>): Promise<void> {
  for (const chunk of chunks) {
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
  }
}

/** A sentence for people; standard output is for what was asked for. */
export function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
