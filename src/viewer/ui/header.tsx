/** The line above the tiles: mode, how far behind and how well together the wall is, the relay, and the tools. */

import { listWords } from '../../extension/camera-words.ts';
import { REFUSAL_WORDS } from '../../extension/link-ending.ts';
import { LinkWord, ModeHistory, ModeNews, modeReason } from '../../extension/mode-reason.tsx';
import { ModeSwitch } from '../../extension/mode-switch.tsx';
import { modeLabel } from '../../texts/mode-words.ts';
import { around, plural, text } from '../../texts/text.ts';
import { About } from './about.tsx';
import { CalibrateIcon, DetailsIcon, FullscreenIcon, SettingsIcon } from './icons.tsx';
import { secondsText } from './tile-state.ts';
import { together } from './together.ts';
import { type RelayWord, useWall } from './wall-ui.ts';

export function Header() {
  const { signals, actions, cameras } = useWall();
  return (
    <header class="wall-header">
      <h1 class="brand">
        <img src="icons/icon-48.png" alt="" />
        Lockstep
      </h1>
      <HeaderModes />
      <Figures />
      <RelayChips />
      <div class="tools">
        <Tool
          label={text('toolFigures')}
          keys="S"
          pressed={signals.details.value}
          run={actions.toggleDetails}
        >
          <DetailsIcon />
        </Tool>
        <Tool
          label={text('toolFullScreen')}
          keys="F"
          pressed={signals.fullscreen.value}
          run={actions.toggleFullscreen}
        >
          <FullscreenIcon />
        </Tool>
        {cameras.value.length > 0 && (
          <Tool label={text('toolCalibrate')} run={() => actions.calibrate(true)}>
            <CalibrateIcon />
          </Tool>
        )}
        <Tool label={text('settings')} run={actions.openOptions}>
          <SettingsIcon />
        </Tool>
        <About />
      </div>
    </header>
  );
}

function HeaderModes() {
  const { signals, actions } = useWall();
  const chosen = signals.settings.value?.mode;
  if (chosen === undefined) return null;
  return (
    <div class="header-modes">
      <ModeSwitch
        layout="row"
        chosen={chosen}
        confirmed={signals.view.value?.mode}
        onChoose={actions.chooseMode}
      />
      <Reason />
    </div>
  );
}

/** Why the wall is as late as it is, in one line; the last decisions when it is opened. */
function Reason() {
  const { signals, cameras } = useWall();
  const view = signals.view.value;
  if (view === undefined || view.tiles.length === 0) return <p class="mode-reason">&nbsp;</p>;
  const alone = cameras.value.filter(({ id }) =>
    view.tiles.some(({ camera, inGroup }) => camera === id && !inGroup),
  );
  const reason = modeReason(
    view,
    alone.map(({ name }) => name),
  );
  return (
    <>
      <details class="mode-reason">
        <summary title={reason}>
          <LinkWord link={view.link} />
          <span>{reason}</span>
        </summary>
        <ModeHistory link={view.link} decisions={view.decisions} nowMs={signals.times.value.nowMs} />
      </details>
      <ModeNews decisions={view.decisions} />
    </>
  );
}

function Figures() {
  const { signals, cameras } = useWall();
  const view = signals.view.value;
  if (view === undefined || view.tiles.length === 0) return <p class="figures" />;
  const { mode, effective, targetMs, tiles } = view;
  const apart = together(view, cameras.value);
  const [auto, autoEnd] = around('figuresAuto');
  const [before, behind] = around('behind');
  const realtime = tiles.filter((tile) => tile.realtime === true).length;
  return (
    <p class="figures">
      {mode === 'auto' && (
        <span>
          {auto}
          <strong>{modeLabel(effective)}</strong>
          {autoEnd}
        </span>
      )}
      {realtime > 0 && (
        <span title={text('figuresRealtimeHelp')}>
          <strong>{text('figuresRealtime')}</strong>
          {realtime < tiles.length && ` ${text('figuresSome', realtime, tiles.length)}`}
        </span>
      )}
      {realtime < tiles.length && (
        <span>
          {before}
          <strong>{secondsText(targetMs)}</strong>
          {behind}
        </span>
      )}
      {apart !== undefined && (
        <span title={apart.explanation}>
          {apart.label} <strong>{apart.apartMs} ms</strong>
        </span>
      )}
    </p>
  );
}

/** Of several relays those that are well are one chip. */
function RelayChips() {
  const relays = useWall().relayWords.value;
  const well = relays.filter(({ link }) => link.phase === 'open');
  if (relays.length < 2 || well.length < 2) {
    return relays.map((relay, place) => <RelayChip key={place} {...relay} several={relays.length > 1} />);
  }
  return (
    <>
      <span class="state good relay-chip" title={listWords(well.map(({ name }) => name))}>
        {plural('relaysWell', well.length)}
      </span>
      {relays
        .filter(({ link }) => link.phase !== 'open')
        .map((relay, place) => (
          <RelayChip key={place} {...relay} several />
        ))}
    </>
  );
}

function RelayChip({ name, link, several }: RelayWord & { readonly several: boolean }) {
  const { phase, reason, refusal } = link;
  const whose = several ? `${name}: ` : '';
  if (phase === 'off') return null;
  if (phase === 'open') {
    return (
      <span class="state good relay-chip" title={text('chipConnected')}>
        {name}
      </span>
    );
  }
  return phase === 'connecting' && reason === '' ? (
    <span class="state wait relay-chip">
      {whose}
      {text('connecting')}
    </span>
  ) : (
    <span class="state bad relay-chip" title={reason}>
      {whose}
      {text(phase === 'refused' ? REFUSAL_WORDS[refusal ?? 'unauthorized'] : 'relayUnreachable')}
    </span>
  );
}

interface ToolProps {
  readonly label: string;
  readonly keys?: string;
  readonly pressed?: boolean;
  readonly run: () => void;
  readonly children: preact.ComponentChildren;
}

function Tool({ label, keys, pressed, run, children }: ToolProps) {
  return (
    <button
      type="button"
      class="button quiet tool"
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={keys}
      title={keys === undefined ? label : `${label} (${keys})`}
      onClick={run}
    >
      {children}
    </button>
  );
}
