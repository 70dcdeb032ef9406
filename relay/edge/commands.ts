/**
 * What each command of the control socket does. The table names every command of the protocol or does not compile.
 * Parsing, ids and answers are left to control.ts.
 */
import type { Clock } from '../../src/wire/ports.ts';
import type { Command, CommandAnswer, CommandName, CommandOf, ErrorCode } from '../../src/wire/protocol.ts';
import type { Rights } from '../access/tokens.ts';
import type { Camera } from '../camera/camera.ts';
import { RateBucket } from './rate-bucket.ts';
import { unknownOne } from './sentences.ts';

export interface CommandError {
  readonly code: ErrorCode;
  readonly message: string;
  /** The parameter that is wrong. */
  readonly field?: string | undefined;
}
/** Undefined: it succeeded, and there is nothing more to tell. */
export type CommandReply = CommandError | CommandAnswer | undefined;
/** The commands that change cameras, or prepare it. */
export type CameraCommand = Exclude<Command, CommandOf<'restart-camera'>>;
/**
 * Runs them for who may.
 * @param client id of the token that asks
 */
export type ManageCameras = (command: CameraCommand, client: string) => Promise<CommandReply>;

type CommandMap = { [N in CommandName]: CommandOf<N> };
/** What the client may do; undefined when its token was revoked. */
type Asker = Rights | undefined;
type CommandTable = {
  readonly [N in CommandName]: (command: CommandMap[N], asker: Asker) => CommandReply | Promise<CommandReply>;
};

export interface CommandDeps {
  readonly cameras: ReadonlyMap<string, Camera>;
  /** Undefined: nobody's, as where the configuration is no file. */
  readonly manage?: ManageCameras | undefined;
  /** How the relay’s owner calls this program, as in `sudo lockstep`; default: `lockstep`. */
  readonly calledAs?: string | undefined;
  /** Monotonic. */
  readonly clock: Clock;
}

/** An encoder needs about a second to come up: asking again before that would only prolong the outage. */
const RESTART_LIMIT = { burst: 2, perSecond: 0.2 };

/** Runs commands; the returned function never throws for what a client sent. */
export function createCommands({ cameras, manage, calledAs = 'lockstep', clock }: CommandDeps) {
  const restarts = new Map<string, RateBucket>();
  const unknown = (id: string): CommandError => ({
    code: 'unknown-camera',
    message: unknownOne('camera', id, cameras.keys()),
  });

  const managed = (command: CameraCommand, asker: Asker): CommandReply | Promise<CommandReply> => {
    if (manage === undefined)
      return { code: 'unknown-command', message: 'the cameras of this relay are not changed by commands' };
    if (asker?.mayChangeCameras === true) return manage(command, asker.id);
    return {
      code: 'not-allowed',
      message: `this browser may only watch; allow it on the relay’s host: ${calledAs} tokens allow ${asker?.id ?? ''}`,
    };
  };

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
    'list-cameras': managed,
    'rename-camera': managed,
    'order-cameras': managed,
    'remove-camera': managed,
    'set-offsets': managed,
    'find-cameras': managed,
    'test-camera': managed,
    'add-camera': managed,
  };
  return (command: Command, asker: Asker) => run(table, command.command, command, asker);
}

/** Typed by the name, so that each handler gets its own command. */
function run<N extends CommandName>(
  table: CommandTable,
  name: N,
  command: CommandMap[N],
  asker: Asker,
): CommandReply | Promise<CommandReply> {
  return table[name](command, asker);
}
