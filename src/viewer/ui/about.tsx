/** The about box: which programs and versions are at work, the keys, and the diagnostics for a report. */

import { useRef } from 'preact/hooks';
import { text } from '../../texts/text.ts';
import { CopyDiagnostics } from './copy-diagnostics.tsx';
import { InfoIcon } from './icons.tsx';
import { useWall } from './wall-ui.ts';

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['1 – 9', text('keyEnlarge')],
  [text('keyFocusKeys'), text('keyFocus')],
  ['Esc', text('keyBack')],
  ['S', text('keyFigures')],
  ['F', text('keyFullScreen')],
];

/** What "in step" means with these cameras. */
export function inStepWords(cameras: readonly { readonly offsetMs: number }[]): string {
  return cameras.some(({ offsetMs }) => offsetMs !== 0) ? text('aboutSlogan') : text('aboutArrival');
}

export function About() {
  const { signals, cameras, versions } = useWall();
  const dialog = useRef<HTMLDialogElement>(null);
  const rows: [string, string][] = [
    [text('aboutExtension'), versions.extension],
    ...signals.relays.value.flatMap(({ name, state: { relay, mediamtx } }): [string, string][] => [
      [text('optionsRelay'), `${name}, ${relay === undefined ? text('aboutNotConnected') : relay.version}`],
      ['MediaMTX', mediamtx ?? text('aboutNotConnected')],
    ]),
    [text('aboutPlayer'), `hls.js ${versions.hlsJs}`],
    [text('aboutProtocol'), String(versions.protocol)],
  ];
  return (
    <>
      <button
        type="button"
        class="button quiet tool"
        aria-label={text('aboutTitle')}
        title={text('aboutTitle')}
        onClick={() => dialog.current?.showModal()}
      >
        <InfoIcon />
      </button>
      <dialog ref={dialog} class="about" aria-labelledby="about-title">
        <h2 id="about-title">Lockstep</h2>
        <p class="muted">{inStepWords(cameras.value)}</p>
        <dl class="pairs">
          {rows.map(([label, value]) => (
            <div key={`${label} ${value}`}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <h3>{text('aboutKeys')}</h3>
        <dl class="pairs">
          {KEYS.map(([keys, does]) => (
            <div key={keys}>
              <dt>{keys}</dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <CopyDiagnostics />
        <form method="dialog">
          <button type="submit" class="button">
            {text('aboutClose')}
          </button>
        </form>
      </dialog>
    </>
  );
}
