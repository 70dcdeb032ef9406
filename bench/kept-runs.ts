/** Runs of a long bench, each on the disk as soon as it is measured: one that was cut off goes on where it was. */
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';

export class KeptRuns<Run> {
  readonly #file: string;
  readonly #runs: Map<string, Run>;

  private constructor(file: string, runs: Map<string, Run>) {
    this.#file = file;
    this.#runs = runs;
  }

  /**
   * Begins anew where what is kept was measured of something else.
   * @param file JSON lines: what it is of, then `[name, run]` each
   * @param of what the runs have in common, as commit and seconds; undefined: nobody can say, nothing is gone on with
   */
  static async open<Run>(file: string, of: object | undefined): Promise<KeptRuns<Run>> {
    const head = JSON.stringify(of ?? null);
    const [first, ...lines] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
    // What follows the last line break is nothing, or a run that was cut off while it was written.
    const whole = of !== undefined && first === head ? lines.slice(0, -1) : [];
    await writeFile(file, [head, ...whole, ''].join('\n'));
    return new KeptRuns(file, new Map(whole.map((line) => JSON.parse(line) as [string, Run])));
  }

  get size(): number {
    return this.#runs.size;
  }

  find(name: string): Run | undefined {
    return this.#runs.get(name);
  }

  async keep(name: string, run: Run): Promise<void> {
    this.#runs.set(name, run);
    await appendFile(this.#file, `${JSON.stringify([name, run])}\n`);
  }

  /** Once all of them stand in the results. */
  async forget(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}
