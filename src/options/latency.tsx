/** How far behind each mode runs the wall, within the mode's range. */

import { useId } from 'preact/hooks';
import { DATA_LIMITS, type Settings } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';
import { modeLabel } from '../texts/mode-words.ts';
import { decimal, text } from '../texts/text.ts';
import { type EffectiveMode, MODE_ORDER, MODE_TABLE } from '../wire/modes.ts';

interface LatencySettingsProps {
  readonly settings: Settings;
  /** The one that offers most; undefined while none is known. */
  readonly relay: RelayStatus | undefined;
  /** The browser can play what real-time tiles get. */
  readonly h264: boolean;
  readonly change: (patch: Partial<Settings>) => void;
}

export function LatencySettings({ settings, relay, h264, change }: LatencySettingsProps) {
  const { targetsMs, realtime, dataLimit } = settings;
  const note = useId();
  const limitNote = useId();
  const choose = (mode: EffectiveMode, ms: number): void => {
    const { [mode]: _old, ...others } = targetsMs;
    change({ targetsMs: ms === MODE_TABLE[mode].startMs ? others : { ...others, [mode]: ms } });
  };
  return (
    <section aria-labelledby="latency-title">
      <h2 id="latency-title">{text('latencyTitle')}</h2>
      <p class="muted note">{text('latencyHelp')}</p>
      {MODE_ORDER.map((mode) => {
        const { minMs, maxMs, startMs } = MODE_TABLE[mode];
        const ms = targetsMs[mode] ?? startMs;
        return (
          <label class="latency" key={mode}>
            <span>{modeLabel(mode)}</span>
            <input
              type="range"
              min={minMs}
              max={maxMs}
              step={maxMs <= 1000 ? 50 : 250}
              value={ms}
              aria-valuetext={seconds(ms)}
              onChange={(event) => choose(mode, event.currentTarget.valueAsNumber)}
            />
            <span class="latency-value">{seconds(ms)}</span>
          </label>
        );
      })}
      {relay !== undefined && (
        <p class="note">
          {text('latencyCalibrate')} <a href="wall.html#calibrate">{text('toolCalibrate')}</a>
        </p>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={realtime}
          disabled={relay?.realtime !== true}
          aria-describedby={note}
          onChange={(event) => change({ realtime: event.currentTarget.checked })}
        />
        {text('latencyRealtime')}
      </label>
      <p id={note} class="muted note">
        {realtimeNote(relay, h264)}
      </p>
      <label class="data-limit">
        <span>{text('limitLabel')}</span>
        <select
          aria-describedby={limitNote}
          value={dataLimit ?? ''}
          onChange={(event) => {
            const wanted = Number(event.currentTarget.value);
            change({ dataLimit: DATA_LIMITS.find((limit) => limit === wanted) });
          }}
        >
          <option value="">{text('limitNone')}</option>
          {DATA_LIMITS.map((limit) => (
            <option key={limit} value={limit}>
              {text('limitHour', limit)}
            </option>
          ))}
        </select>
      </label>
      <p id={limitNote} class="muted note">
        {text('limitHelp')}
      </p>
    </section>
  );
}

function realtimeNote(relay: RelayStatus | undefined, h264: boolean): string {
  if (relay?.realtime !== true) {
    return text('latencyNeedsMediamtx');
  }
  return h264 ? text('latencyRealtimeHelp') : text('latencyNoH264');
}

function seconds(ms: number): string {
  return `${decimal(ms / 1000, 2)} s`;
}
