/** How far behind each mode runs the wall, within the mode's range. */
import { useId } from 'preact/hooks';
import { DATA_LIMITS, type Settings } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';
import { type EffectiveMode, MODE_ORDER, MODE_TABLE } from '../wire/modes.ts';

interface LatencySettingsProps {
  readonly settings: Settings;
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
      <h2 id="latency-title">Latency of each mode</h2>
      <p class="muted note">
        Less is closer to live; more survives a worse link. Auto picks its own and ignores these.
      </p>
      {MODE_ORDER.map((mode) => {
        const { label, minMs, maxMs, startMs } = MODE_TABLE[mode];
        const ms = targetsMs[mode] ?? startMs;
        return (
          <label class="latency" key={mode}>
            <span>{label}</span>
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
      <label class="check">
        <input
          type="checkbox"
          checked={realtime}
          disabled={relay?.realtime !== true}
          aria-describedby={note}
          onChange={(event) => change({ realtime: event.currentTarget.checked })}
        />
        Real-time in Ultra-Low
      </label>
      <p id={note} class="muted note">
        {realtimeNote(relay, h264)}
      </p>
      <label class="data-limit">
        <span>The wall receives</span>
        <select
          aria-describedby={limitNote}
          value={dataLimit ?? ''}
          onChange={(event) => {
            const wanted = Number(event.currentTarget.value);
            change({ dataLimit: DATA_LIMITS.find((limit) => limit === wanted) });
          }}
        >
          <option value="">as much as its tiles can show</option>
          {DATA_LIMITS.map((limit) => (
            <option key={limit} value={limit}>
              at most {limit} GB an hour
            </option>
          ))}
        </select>
      </label>
      <p id={limitNote} class="muted note">
        With less, tiles get smaller pictures, the enlarged one last; not below the smallest that the relay
        has. Real-time tiles are not limited.
      </p>
    </section>
  );
}

function realtimeNote(relay: RelayStatus | undefined, h264: boolean): string {
  if (relay?.realtime !== true) {
    return 'Needs a relay that uses MediaMTX and has “mediamtx.webrtc.enabled” set.';
  }
  return h264
    ? 'About a tenth of a second behind, over WebRTC. Tiles are no longer held at the same instant. Where the network does not let it through, the wall plays as usual.'
    : 'This browser has no H.264 for WebRTC at the moment: the wall plays as usual. Firefox downloads its OpenH264 plug-in some minutes after its first start.';
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
