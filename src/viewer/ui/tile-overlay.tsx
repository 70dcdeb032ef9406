/** What lies over a tile's picture: the curtain of one that does not move, and the panel of figures. */

import { spanWords } from '../../extension/camera-words.ts';
import { timeOfDay, text as words } from '../../texts/text.ts';
import { rowsThatFit, type TileSize } from './details-fit.ts';
import { FrozenIcon, NoPictureIcon, StaleIcon } from './icons.tsx';
import type { TileBanner, TileModel } from './tile-state.ts';
import { useWall } from './wall-ui.ts';

const ICONS = {
  frozen: FrozenIcon,
  stale: StaleIcon,
  stuck: StaleIcon,
  offline: NoPictureIcon,
  starting: undefined,
  held: undefined,
};

interface CurtainProps {
  readonly camera: string;
  readonly banner: TileBanner;
  readonly small: boolean;
}

export function TileCurtain({ camera, banner, small }: CurtainProps) {
  const { signals, actions, relay } = useWall();
  const Icon = ICONS[banner.kind];
  const restart = signals.restarts.value[camera];
  const { nowMs } = signals.times.value;
  const inTrouble = banner.kind !== 'starting' && banner.kind !== 'held';
  const canRestart = inTrouble && relay(camera)?.link.phase === 'open';
  return (
    <div class={`curtain ${banner.kind}`}>
      <p class="curtain-title">
        {Icon !== undefined && <Icon />}
        {banner.title}
      </p>
      {!small && (
        <>
          {banner.detail !== '' && <p class="curtain-detail">{sentence(banner.detail)}</p>}
          {banner.sinceMs !== undefined && banner.kind !== 'held' && (
            <p class="curtain-since">
              {words('tileSince', timeOfDay(banner.sinceMs), spanWords(nowMs - banner.sinceMs))}
            </p>
          )}
          {canRestart && (
            <button
              type="button"
              class="button"
              disabled={restart === 'pending'}
              onClick={() => actions.restartCamera(camera)}
            >
              {restart === 'pending' ? words('tileRestarting') : words('tileRestart')}
            </button>
          )}
          {restart !== undefined && restart !== 'pending' && <p class="curtain-detail">{restart}</p>}
        </>
      )}
    </div>
  );
}

export function DetailsPanel({ rows, size }: { rows: TileModel['details']; size: TileSize }) {
  const shown = rowsThatFit(rows, size);
  if (shown.length === 0) return null;
  return (
    <dl class="details">
      {shown.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Reasons start in lower case, as they also stand inside sentences. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
