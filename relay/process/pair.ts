/**
 * Two programs as one child: what the first writes to standard output is what the second reads from standard
 * input, without passing through this process. Both live and die together, and the pair ends once.
 */
import type { Child, ChildEvents, ChildSpec, StartChild } from './child.ts';
import type { Ending } from './ending.ts';

type PairSpec = ChildSpec & { readonly feed: NonNullable<ChildSpec['feed']> };

export function spawnPair(spec: PairSpec, events: ChildEvents, start: StartChild): Child {
  const children: Child[] = [];
  const stderr = [wholeLines(events.onStderr), wholeLines(events.onStderr)] as const;
  // Who ended first tells why: the other one only loses its pipe.
  let first: Ending | undefined;
  let running = 1;
  const onEnded = (ending: Ending, goesOn: boolean): void => {
    first ??= ending;
    running -= 1;
    if (!goesOn) for (const child of children) child.signal('SIGKILL');
    if (running > 0) return;
    for (const text of stderr) text.end();
    events.onEnded(first);
  };
  const feed = start(
    spec.feed,
    {
      onStdout: () => undefined,
      onStderr: stderr[0].push,
      onControl: events.onControl,
      // After a regular end the second still has pictures to read; it meets the end of its input and ends too.
      onEnded: (ending) => onEnded(ending, ending.kind === 'exit' && ending.code === 0),
    },
    {
      to: (stdout) => {
        running += 1;
        children.push(
          start(
            { ...spec, feed: undefined, stdin: undefined, streamed: undefined },
            {
              ...events,
              onStderr: stderr[1].push,
              onControl: () => undefined,
              onEnded: (ending) => onEnded(ending, false),
            },
            { from: stdout },
          ),
        );
        // Both programs have their ends: one that stays open here would hide that the other program is gone.
        stdout.destroy();
      },
    },
  );
  children.push(feed);
  return {
    pid: children.find((child) => child !== feed)?.pid,
    feedPid: feed.pid,
    input: feed.input,
    signal: (signal) => {
      for (const child of children) child.signal(signal);
    },
  };
}

/** Two programs write at the same time: only whole lines are handed on. */
function wholeLines(onText: (text: string) => void): { push: (text: string) => void; end: () => void } {
  let rest = '';
  return {
    push: (text) => {
      const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
      if (end > 0) onText(rest + text.slice(0, end));
      rest = end > 0 ? text.slice(end) : rest + text;
    },
    end: () => {
      if (rest !== '') onText(rest);
      rest = '';
    },
  };
}
