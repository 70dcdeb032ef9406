/** Whether this Node can run the project's tools. Runs in the oldest Node that starts at all: no new syntax here. */

/** First version of each supported line: what vite, rolldown and knip, web-ext's linter and vitest ask for together. */
const SINCE = [
  [20, 19],
  [22, 13],
];
/** From here on, every version will do. */
const ALL_SINCE = 24;

/**
 * @param {string} version as in `20.19.0`
 * @returns {string | undefined} a sentence that says what to install; undefined when the version will do
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major >= ALL_SINCE || SINCE.some(([line, from]) => major === line && minor >= Number(from)))
    return undefined;
  return `Node ${version} cannot run Lockstep: it needs Node 20.19 or newer in the 20 line, 22.13 or newer in the 22 line, or any from 24 on. See https://nodejs.org/en/download.`;
}
