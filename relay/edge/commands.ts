/**
 * What each command of the control socket does. The table names every command of the protocol or does not compile.
 * Parsing, ids and answers are left to control.ts.
 */
import type { Clock } from '../../src/wire/ports.ts';
import type { Command, CommandName, CommandOf, ErrorCode } from '../../src/wire/protocol.ts';
import type { Camera } from '../camera/camera.ts';
import { RateBucket } from './rate-bucket.ts';
import { unknownOne } from './sentences.ts';

export interface CommandError {
  readonly code: ErrorCode;
  readonly message: string;
}
type CommandMap = { [N in CommandName]: CommandOf<N> };
/** Each handler answers undefined when the command succeeded. */
type CommandTable = { readonly [N in CommandName]: (command: CommandMap[N]) => CommandError | undefined };

export interface CommandDeps {
  readonly cameras: ReadonlyMap<string, Camera>;
  /** Monotonic. */
  readonly clock: Clock;
}

/** An encoder needs about a second to come up: asking again before that would only prolong the outage. */
const RESTART_LIMIT = { burst: 2, perSecond: 0.2 };

/** Runs commands; the returned function never throws for what a client sent. */
export function createCommands({ cameras, clock }: CommandDeps) {
  const restarts = new Map<string, RateBucket>();
  const unknown = (id: string): CommandError => ({
    code: 'unknown-camera',
    message: unknownOne('camera', id, cameras.keys()),
  });

  const table: CommandTable = {
    'restart-camera': (command) => {
      const camera = cameras.get(command.camera);
      if (camera === undefined) return unknown(command.camera);
      const bucket = restarts.get(camera.id) ?? new RateBucket({ limit: RESTART_LIMIT, clock });
      restarts.set(camera.id, bucket);
      if (!bucket.take())
        return {
          code: 'busy',
          message: `camera "${camera.id}" was restarted a moment ago: wait a few seconds`,
        };
      camera.restart('asked for by a client');
      return undefined;
    },
  };
  return (command: Command) => run(table, command.command, command);
}

/** Typed by the name, so that each handler gets its own command. */
function run<N extends CommandName>(
  table: CommandTable,
  name: N,
  command: CommandMap[N],
): CommandError | undefined {
  return table[name](command);
}
