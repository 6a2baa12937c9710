/** Left of every page, where no mark is. */
const away = -99_999;

/**
 * Short paths that stand for long ones while Vega works. It would parse and measure each, which for a thousand cells
 * takes longer than all else, and no place on these pages depends on it.
 */
export class StandIns {
  private readonly paths: string[] = [];

  /** What stands for a path of absolute moves and lines. */
  put(path: string): string {
    this.paths.push(path);
    return `M${away},${this.paths.length - 1}`;
  }

  /**
   * The document with each path where its stand-in was.
   *
   * @throws where one is missing or there twice
   */
  restore(svg: string): string {
    const missing = new Set(this.paths.keys());
    const restored = svg.replaceAll(new RegExp(` d="M${away},(\\d+)"`, "g"), (_, digits: string) => {
      const index = Number(digits);
      if (!missing.delete(index)) throw new Error(`path ${index} is drawn twice`);
      return ` d="${this.paths[index]}"`;
    });
    if (missing.size > 0) throw new Error(`${missing.size} of ${this.paths.length} paths are not drawn`);
    return restored;
  }
}
