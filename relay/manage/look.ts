/** A look at a camera before it is taken: what is wrong with its streams, and how it is to be written down. */
import type { RtspSource } from '../config/schema.ts';
import { withLogins } from '../config/streams.ts';
import { lookAtStreams } from '../doctor/doctor.ts';
import type { Finding } from '../doctor/finding.ts';
import type { StreamFacts } from '../doctor/stream-look.ts';
import { streamText } from '../doctor/streams.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { costText, type Draft, withoutSubstreams } from '../setup/draft.ts';

export interface LookMeans {
  readonly run: ShortRunDeps;
  readonly ffmpeg: string;
  /** A picture for people is wanted. */
  readonly pictures?: boolean;
}

export interface Look {
  readonly findings: readonly Finding[];
  /** Of the main stream; undefined when it could not be seen. */
  readonly main: StreamFacts | undefined;
  /** Nothing answers as a stream at its address. */
  readonly gone: boolean;
  /** A substream does not answer, and is left out of {@link taken}. */
  readonly lessSubstreams: boolean;
  /** What it costs this host, as a sentence; empty when that is not known. */
  readonly cost: string;
  /** The camera with what was seen of it. */
  readonly taken: Draft;
}

/** Takes up to a quarter of a minute; each stream is opened once. */
export async function lookAtDraft(draft: Draft, means: LookMeans): Promise<Look> {
  // As the relay will read them: a substream has the main one's login.
  const { findings, facts } = await lookAtStreams(withLogins(draft.source), draft.name, means);
  const failed = findings.filter(({ level }) => level === 'fail');
  const gone = failed.some(({ where }) => where === draft.name);
  const seen: (string | undefined)[] = [];
  for (const [n, each] of facts) seen[n] = streamText(each);
  const taken = { ...draft, seen };
  const lessSubstreams = !gone && failed.length > 0;
  const main = facts.get(0);
  return {
    ...{ findings, main, gone, lessSubstreams },
    cost: main === undefined ? '' : costText(main.codec),
    taken: lessSubstreams ? withoutSubstreams(taken) : taken,
  };
}

/** Whether it is read without a user. */
export const isOpen = ({ url, username }: RtspSource): boolean =>
  username === undefined && new URL(url).username === '';
