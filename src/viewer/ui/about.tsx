/** The about box: which programs and versions are at work, the keys, and the diagnostics for a report. */
import { useRef } from 'preact/hooks';
import { CopyDiagnostics } from './copy-diagnostics.tsx';
import { InfoIcon } from './icons.tsx';
import { useWall } from './wall-ui.ts';

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['1 – 9', 'enlarge a tile'],
  ['Enter, double click', 'enlarge the tile in focus'],
  ['Esc', 'back to all tiles'],
  ['S', 'figures on the tiles'],
  ['F', 'full screen'],
];

export function About() {
  const { signals, versions } = useWall();
  const dialog = useRef<HTMLDialogElement>(null);
  const { relay, mediamtx } = signals.relay.value;
  const rows: [string, string][] = [
    ['Extension', versions.extension],
    ['Relay', relay === undefined ? 'not connected' : `${relay.name}, ${relay.version}`],
    ['MediaMTX', mediamtx ?? 'not connected'],
    ['Player', `hls.js ${versions.hlsJs}`],
    ['Protocol', String(versions.protocol)],
  ];
  return (
    <>
      <button
        type="button"
        class="button quiet tool"
        aria-label="About and keys"
        title="About and keys"
        onClick={() => dialog.current?.showModal()}
      >
        <InfoIcon />
      </button>
      <dialog ref={dialog} class="about" aria-labelledby="about-title">
        <h2 id="about-title">Lockstep</h2>
        <p class="muted">Every tile shows the same instant.</p>
        <dl class="pairs">
          {rows.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <h3>Keys</h3>
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
            Close
          </button>
        </form>
      </dialog>
    </>
  );
}
