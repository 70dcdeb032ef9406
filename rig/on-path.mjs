/** Looks for programs as a shell does. Plain JavaScript, since the set-up uses it before any package is there. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The first of these programs that can be run: folders in the order of PATH, in each the names in their order.
 * @param {...string} names
 * @returns {string | undefined} its path
 */
export function findOnPath(...names) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not in this folder: look on.
      }
    }
  }
  return undefined;
}
