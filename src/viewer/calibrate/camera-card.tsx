/** What one camera sees of the target, and how late it is. */
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../../texts/text.ts';
import type { Gray } from './finders.ts';
import type { Located } from './locator.ts';
import type { Measured } from './measurer.ts';
import { offsetOf } from './offsets.ts';

interface CameraCardProps extends Partial<Measured> {
  readonly name: string;
  readonly offsetMs: number;
}

export function CameraCard({ name, offsetMs, delay, seen = false, picture, located }: CameraCardProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null && picture !== undefined) show(canvas.current, picture, located);
  }, [picture, located]);
  const { tone, said } = words(delay, seen);
  return (
    <li class="calibration-camera">
      <canvas ref={canvas} width="160" height="90" role="img" aria-label={text('calibrateSees', name)} />
      <div>
        <strong>{name}</strong>
        <span class={`state ${tone}`}>{said}</span>
        <span class="muted">{text('calibrateIsSet', offsetMs)}</span>
      </div>
    </li>
  );
}

function words(delay: Measured['delay'], seen: boolean): { tone: 'good' | 'wait' | 'bad'; said: string } {
  if (delay === undefined) {
    return seen
      ? { tone: 'wait', said: text('calibrateUnsteady') }
      : { tone: 'wait', said: text('calibrateUnseen') };
  }
  const ms = Math.round(delay.delayMs);
  if (offsetOf(ms) === undefined) return { tone: 'bad', said: text('calibrateTooLate', ms) };
  if (!delay.sure)
    return { tone: 'wait', said: seen ? text('calibrateMeasuring', ms) : text('calibrateLost') };
  return { tone: 'good', said: text('calibrateLate', ms, Math.max(1, Math.round(delay.spreadMs))) };
}

function show(canvas: HTMLCanvasElement, { width, height, data }: Gray, located: Located | undefined): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const image = context.createImageData(canvas.width, canvas.height);
  for (let y = 0; y < canvas.height; y += 1) {
    for (let x = 0; x < canvas.width; x += 1) {
      const from = Math.floor((y * height) / canvas.height) * width + Math.floor((x * width) / canvas.width);
      image.data.fill(data[from] ?? 0, 4 * (y * canvas.width + x), 4 * (y * canvas.width + x) + 3);
      image.data[4 * (y * canvas.width + x) + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  if (located === undefined) return;
  context.strokeStyle = '#4cc38a';
  context.lineWidth = 2;
  context.beginPath();
  for (const { x, y } of located.corners)
    context.lineTo((x * canvas.width) / width, (y * canvas.height) / height);
  context.closePath();
  context.stroke();
}
