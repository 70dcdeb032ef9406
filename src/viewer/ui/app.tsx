/** The wall page: header, then either the tiles or one statement of what is missing. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { FirstSteps } from '../../extension/first-steps.tsx';
import { text as words } from '../../texts/text.ts';
import { Calibration } from '../calibrate/calibration.tsx';
import { Announcer } from './announcer.tsx';
import { Header } from './header.tsx';
import { type LayoutInput, layoutTiles } from './layout.ts';
import { screenFor, type Warning } from './screen.ts';
import { Tile } from './tile.tsx';
import { useWall } from './wall-ui.ts';

const DEFAULT_ASPECT = 16 / 9;

export function App() {
  const { signals, actions, cameras, cameraIds, relayWords } = useWall();
  const settings = signals.settings.value;
  const calibrating = signals.calibrating.value && cameraIds.value.length > 0;
  const screen = screenFor({
    paired: settings === undefined ? undefined : settings.relays.length > 0,
    relays: relayWords.value,
    cameras: cameraIds.value.length,
  });
  return (
    <>
      {calibrating && (
        <Calibration
          {...actions.calibration}
          cameras={cameras.value}
          fullscreen={(on) => {
            if (on !== signals.fullscreen.value) actions.toggleFullscreen();
          }}
          close={() => actions.calibrate(false)}
        />
      )}
      {/* Under the calibration the tiles play on, and nothing else happens. */}
      <div class="wall" inert={calibrating}>
        <Header />
        {screen.show === 'tiles' && screen.warning !== undefined && <WarningBar warning={screen.warning} />}
        <main class="wall-main">
          {screen.show === 'tiles' && <Tiles />}
          {screen.show === 'first-steps' && <NoRelay />}
          {screen.show === 'loading' && <p class="statement muted">{words('wallConnecting')}</p>}
          {screen.show === 'message' && (
            <div class="statement" role="status">
              <h2>{screen.title}</h2>
              <p class="muted">{screen.text}</p>
              <Remedy action={screen.action} retryAtMs={screen.retryAtMs} />
            </div>
          )}
        </main>
      </div>
      <Announcer />
    </>
  );
}

function NoRelay() {
  const { actions, versions } = useWall();
  return (
    <div class="statement steps">
      <h2>{words('wallNoRelay')}</h2>
      <p class="muted">{words('wallNoRelayHelp')}</p>
      <FirstSteps version={versions.extension}>
        <p class="muted">{words('wallPasteLink')}</p>
        <button type="button" class="button primary" onClick={actions.openOptions}>
          {words('openSettings')}
        </button>
      </FirstSteps>
    </div>
  );
}

function Tiles() {
  const { signals, cameraIds } = useWall();
  const root = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = root.current;
    if (element === null) return undefined;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    // The observer says nothing in a hidden tab; the tiles should be there when it is shown.
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const ids = cameraIds.value;
  const found = ids.indexOf(signals.enlarged.value ?? '');
  const enlarged = found === -1 ? undefined : found;
  const input: LayoutInput = { count: ids.length, ...size, aspect: useAspect(), enlarged };
  const rects = layoutTiles(input);
  return (
    <div class="tiles" ref={root}>
      {ids.map((id, index) => {
        const rect = rects[index];
        return (
          rect !== undefined && (
            <Tile
              key={id}
              camera={id}
              number={index + 1}
              rect={rect}
              enlarged={enlarged === index}
              strip={ids.length > 1 && enlarged !== undefined && enlarged !== index}
            />
          )
        );
      })}
    </div>
  );
}

/** The shape of the first camera whose pictures are known; the others are fitted into it. */
function useAspect(): number {
  const rung = useWall()
    .cameras.value.flatMap(({ rungs }) => rungs.slice(0, 1))
    .find(({ width, height }) => width > 0 && height > 0);
  return rung === undefined ? DEFAULT_ASPECT : rung.width / rung.height;
}

function WarningBar({ warning }: { warning: Warning }) {
  return (
    <div class="warning-bar" role="status">
      <p>{warning.text}</p>
      <Remedy action={warning.action} retryAtMs={warning.retryAtMs} />
    </div>
  );
}

interface RemedyProps {
  readonly action: 'options' | 'retry' | undefined;
  readonly retryAtMs: number | undefined;
}

function Remedy({ action, retryAtMs }: RemedyProps) {
  const { signals, actions } = useWall();
  if (action === 'options') {
    return (
      <button type="button" class="button primary" onClick={actions.openOptions}>
        {words('openSettings')}
      </button>
    );
  }
  if (action === undefined) return null;
  const waitMs = retryAtMs === undefined ? undefined : retryAtMs - signals.times.value.nowMs;
  return (
    <span class="remedy">
      {waitMs !== undefined && (
        // Counting every second aloud would drown what matters.
        <span class="muted" aria-hidden="true">
          {words('wallNextTry', Math.max(0, Math.ceil(waitMs / 1000)))}
        </span>
      )}
      <button type="button" class="button" onClick={actions.retryRelay}>
        {words('tryNow')}
      </button>
    </span>
  );
}
