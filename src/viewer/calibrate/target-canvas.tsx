/** Draws the target, as large as its place allows, with the time of each frame. */
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../../texts/text.ts';
import type { Clock } from '../../wire/ports.ts';
import { drawnBoxes, TARGET, TICK_MS } from './target.ts';

/** White around it, in modules: a bright window or a lamp beside the screen is not of it. */
const MARGIN = 3;

export function TargetCanvas({ clock }: { clock: Clock }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d', { alpha: false });
    if (!element || !context) return undefined;
    let frame = 0;
    let drawn = '';
    const draw = (): void => {
      frame = requestAnimationFrame(draw);
      const width = Math.round(element.clientWidth * devicePixelRatio);
      const height = Math.round(element.clientHeight * devicePixelRatio);
      const nowMs = clock.now();
      const wanted = `${width} ${height} ${Math.floor(nowMs / TICK_MS)}`;
      if (wanted === drawn) return;
      drawn = wanted;
      if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
      paint(context, width, height, nowMs);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [clock]);
  return <canvas ref={canvas} class="target" role="img" aria-label={text('calibrateClock')} />;
}

function paint(context: CanvasRenderingContext2D, width: number, height: number, nowMs: number): void {
  const across = width / (TARGET.width + 2 * MARGIN);
  const module = Math.max(1, Math.floor(Math.min(across, height / (TARGET.height + 2 * MARGIN))));
  const left = Math.floor((width - TARGET.width * module) / 2);
  const top = Math.floor((height - TARGET.height * module) / 2);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  for (const { box, light } of drawnBoxes(nowMs)) {
    context.fillStyle = light ? '#fff' : '#000';
    context.fillRect(left + box.x * module, top + box.y * module, box.width * module, box.height * module);
  }
}
