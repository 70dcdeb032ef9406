/** What the relay's log says of work that this host is too slow for. Pure. */

export interface StepDown {
  readonly camera: string;
  readonly message: string;
}

/** @param log lines of JSON, of which the first and the last may be cut */
export function stepDowns(log: string): StepDown[] {
  return log.split('\n').flatMap((line) => {
    if (!line.includes('stepped down')) return [];
    try {
      const { camera, msg }: { camera?: unknown; msg?: unknown } = JSON.parse(line);
      return [{ camera: String(camera), message: String(msg) }];
    } catch {
      return [];
    }
  });
}
