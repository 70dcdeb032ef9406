/** One camera: its video element and what stands over it. The element lives as long as the camera is on the wall. */

import { useEffect, useRef } from 'preact/hooks';
import { text } from '../../texts/text.ts';
import { ExpandIcon, ShrinkIcon } from './icons.tsx';
import type { Rect } from './layout.ts';
import { DetailsPanel, TileCurtain } from './tile-overlay.tsx';
import { useWall } from './wall-ui.ts';

/** Narrower than this only the name and one word fit. */
const NARROW_PX = 240;

export interface TileProps {
  readonly camera: string;
  /** Position on the wall from 1: the key that enlarges it. */
  readonly number: number;
  readonly rect: Rect;
  readonly enlarged: boolean;
  /** It stands in the strip beside an enlarged tile. */
  readonly strip: boolean;
}

export function Tile({ camera, number, rect, enlarged, strip }: TileProps) {
  const { signals, actions, tile } = useWall();
  const expand = useRef<HTMLButtonElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current === null) return undefined;
    return actions.attach(camera, video.current);
  }, [actions, camera]);
  useEffect(() => {
    if (enlarged) expand.current?.focus({ preventScroll: true });
  }, [enlarged]);

  const model = tile(camera);
  if (model === undefined) return null;
  const toggle = () => actions.enlarge(enlarged ? undefined : camera);
  const small = strip || rect.width < NARROW_PX;
  // A curtain fills a small tile, and the figures of a picture that stands still say little.
  const showDetails = signals.details.value && !strip && (model.banner === undefined || enlarged);
  const label = [model.name, model.origin, model.word, model.pace].filter(Boolean).join(', ');
  return (
    <section
      class={`tile ${model.tone}${enlarged ? ' enlarged' : ''}${small ? ' small' : ''}${model.banner?.overPicture ? ' old-picture' : ''}`}
      style={{
        left: `${rect.left}px`,
        top: `${rect.top}px`,
        width: `${rect.width}px`,
        height: `${rect.height}px`,
      }}
      aria-label={label}
      data-camera={camera}
      data-state={model.banner?.kind ?? 'moving'}
      onDblClick={toggle}
    >
      <video ref={video} muted playsInline disablePictureInPicture aria-hidden="true" tabIndex={-1} />
      {model.banner !== undefined && <TileCurtain camera={camera} banner={model.banner} small={small} />}
      {showDetails && (
        <DetailsPanel rows={model.details} size={{ widthPx: rect.width, heightPx: rect.height }} />
      )}
      <div class="tile-bar">
        <h2 class="tile-name">{model.name}</h2>
        {model.origin !== '' && <span class="tile-origin">{model.origin}</span>}
        <span class={`state ${model.tone}`}>{model.word}</span>
        {model.pace !== '' && (
          <span class="tile-pace" title={model.paceReason}>
            {model.pace}
          </span>
        )}
        <span class="tile-figures">
          {model.latency !== '' && <span title={text('tileAge')}>{model.latency}</span>}
          {model.offset !== '' && <span title={text('tileOffset')}>{model.offset}</span>}
        </span>
      </div>
      <button
        ref={expand}
        type="button"
        class="tile-expand"
        aria-label={text(enlarged ? 'tileShrink' : 'tileEnlarge', model.name)}
        aria-keyshortcuts={enlarged ? 'Escape' : number <= 9 ? String(number) : undefined}
        onClick={toggle}
      >
        {enlarged ? <ShrinkIcon /> : <ExpandIcon />}
      </button>
    </section>
  );
}
