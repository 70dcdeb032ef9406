/** The popup: which mode, what Auto made of it, how the cameras are, and the way to wall and settings. */

import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { CAMERA_STATE_WORDS, spanWords } from '../extension/camera-words.ts';
import { LinkWord, ModeHistory, ModeNews, modeReason } from '../extension/mode-reason.tsx';
import { ModeSwitch } from '../extension/mode-switch.tsx';
import { nameOf } from '../extension/pairings.ts';
import type { Settings } from '../extension/settings.ts';
import type { CameraStatus } from '../extension/status.ts';
import type { WallStatus } from '../extension/wall-status.ts';
import { modeLabel } from '../texts/mode-words.ts';
import { around, decimal, text } from '../texts/text.ts';
import { cameraKey } from '../wire/camera-key.ts';
import type { Mode } from '../wire/modes.ts';
import { headLine, type KnownRelay, type RelayLine, relayLine } from './relay-line.ts';

export interface PopupState {
  readonly settings: Settings;
  /** In the order of the pairings. */
  readonly relays: readonly KnownRelay[];
  /** The wall that was in front last; undefined while none is open. */
  readonly wall: WallStatus | undefined;
  /** Ms since the Unix epoch. */
  readonly nowMs: number;
}

export interface PopupActions {
  chooseMode(mode: Mode): void;
  showWall(camera?: string): void;
  openOptions(): void;
  retryRelay(relay: string): void;
}

interface PopupProps {
  readonly state: ReadonlySignal<PopupState | undefined>;
  readonly actions: PopupActions;
}

export function Popup({ state, actions }: PopupProps) {
  const current = state.value;
  if (current === undefined) return null;
  const { settings, relays, wall, nowMs } = current;
  const cameras = relays.flatMap(keyedCameras);
  return (
    <main>
      <RelayHead current={current} actions={actions} />
      <section aria-labelledby="mode-title">
        <h2 id="mode-title">{text('mode')}</h2>
        <ModeSwitch
          layout="list"
          chosen={settings.mode}
          confirmed={wall?.mode}
          onChoose={actions.chooseMode}
        />
        <Verdict wall={wall} cameras={cameras} nowMs={nowMs} />
      </section>
      {relays.length > 1
        ? relays.map((relay) => (
            <RelaySection key={relay.paired.key} relay={relay} nowMs={nowMs} actions={actions} />
          ))
        : relays.map((relay) => (
            <CameraSection key="" {...{ relay, nowMs, actions }} title={text('cameras')} />
          ))}
      <footer>
        <button type="button" class="button primary" onClick={() => actions.showWall()}>
          {text('popupShowWall')}
        </button>
        <button type="button" class="button" onClick={actions.openOptions}>
          {text('settings')}
        </button>
      </footer>
    </main>
  );
}

interface RelayProps {
  readonly relay: KnownRelay;
  readonly nowMs: number;
  readonly actions: PopupActions;
}

/** One of several relays: what is wrong with it, and its cameras. */
function RelaySection({ relay, nowMs, actions }: RelayProps) {
  const { paired, status } = relay;
  const line = relayLine(paired, status, nowMs);
  const help = <RelayHelp line={line} actions={actions} relay={paired.key} />;
  return <CameraSection {...{ relay, nowMs, actions, help }} title={status?.name ?? nameOf(paired)} />;
}

interface CameraSectionProps extends RelayProps {
  readonly title: string;
  readonly help?: JSX.Element;
}

function CameraSection({ relay, nowMs, actions, title, help }: CameraSectionProps) {
  const id = useId();
  const cameras = keyedCameras(relay);
  if (cameras.length === 0 && help === undefined) return null;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {help}
      <ul class="cameras">
        {cameras.map((camera) => (
          <CameraRow
            key={camera.id}
            camera={camera}
            nowMs={nowMs}
            current={relay.status?.phase === 'open'}
            show={() => actions.showWall(camera.id)}
          />
        ))}
      </ul>
    </section>
  );
}

/** As the wall calls them. */
function keyedCameras({ paired, status }: KnownRelay): readonly CameraStatus[] {
  return (status?.cameras ?? []).map((camera) => ({ ...camera, id: cameraKey(paired.key, camera.id) }));
}

function RelayHead({ current, actions }: { current: PopupState; actions: PopupActions }) {
  const { relays, nowMs } = current;
  const line = headLine(relays, nowMs);
  return (
    <header>
      <div class="head">
        <h1 class="brand">
          <img src="icons/icon-48.png" alt="" />
          Lockstep
        </h1>
        <span class={`state relay-name ${line.tone}`} role="status">
          {line.word}
        </span>
      </div>
      <RelayHelp line={line} actions={actions} relay={relays[0]?.paired.key ?? ''} />
    </header>
  );
}

interface RelayHelpProps {
  readonly line: RelayLine;
  readonly actions: PopupActions;
  /** Key of the pairing. */
  readonly relay: string;
}

function RelayHelp({ line, actions, relay }: RelayHelpProps) {
  if (line.detail === '' && line.action === undefined) return null;
  return (
    <div class={`relay-help ${line.tone}`}>
      <p>{line.detail}</p>
      {line.action === 'retry' && (
        <button type="button" class="button" onClick={() => actions.retryRelay(relay)}>
          {text('tryNow')}
        </button>
      )}
      {line.action === 'options' && (
        <button type="button" class="button" onClick={actions.openOptions}>
          {text('pairButton')}
        </button>
      )}
    </div>
  );
}

interface VerdictProps {
  readonly wall: WallStatus | undefined;
  readonly cameras: readonly CameraStatus[];
  readonly nowMs: number;
}

/** What the wall runs and why, in the wall's words; the last decisions when it is opened. */
function Verdict({ wall, cameras, nowMs }: VerdictProps) {
  if (wall === undefined) return <p class="verdict muted">{text('popupNoWall')}</p>;
  const seconds = decimal(wall.targetMs / 1000, wall.targetMs < 2000 ? 2 : 1);
  const [chose, chosen] = around('popupAutoChose');
  const [before, behind] = around('behind');
  const alone = cameras.filter(({ id }) =>
    wall.tiles.some(({ camera, inGroup }) => camera === id && !inGroup),
  );
  return (
    <>
      <p class="verdict">
        {wall.mode === 'auto' && (
          <>
            {chose}
            <strong>{modeLabel(wall.effective)}</strong>
            {chosen},{' '}
          </>
        )}
        {before}
        <strong>{seconds} s</strong>
        {behind}
        {wall.link !== undefined && <span class="received">{wall.link.received}</span>}
      </p>
      <details class="mode-reason">
        <summary>
          <LinkWord link={wall.link} />
          <span>
            {modeReason(
              wall,
              alone.map(({ name }) => name),
            )}
          </span>
        </summary>
        <ModeHistory link={wall.link} decisions={wall.decisions} nowMs={nowMs} />
      </details>
      <ModeNews decisions={wall.decisions} />
    </>
  );
}

interface CameraRowProps {
  readonly camera: CameraStatus;
  readonly nowMs: number;
  /** The relay is connected: the state is not an old one. */
  readonly current: boolean;
  readonly show: () => void;
}

function CameraRow({ camera, nowMs, current, show }: CameraRowProps) {
  const { word, tone } = CAMERA_STATE_WORDS[camera.state];
  return (
    <li>
      <button type="button" class="camera" onClick={show} title={text('popupShowCamera', camera.name)}>
        <span class="camera-name">{camera.name}</span>
        {current ? (
          <span class={`state ${tone}`}>
            {word} <span class="since">{spanWords(nowMs - camera.sinceMs)}</span>
          </span>
        ) : (
          <span class="state wait">{text('popupUnknown')}</span>
        )}
        {current && camera.reason !== '' && <span class="camera-reason muted">{camera.reason}</span>}
      </button>
    </li>
  );
}
