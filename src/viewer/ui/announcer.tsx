/** Says to a screen reader which tiles stopped and which came back. */
import { useSignalEffect } from '@preact/signals';
import { useRef, useState } from 'preact/hooks';
import { announcement } from './tile-state.ts';
import { useWall } from './wall-ui.ts';

export function Announcer() {
  const { cameraIds, tile } = useWall();
  const before = useRef<ReadonlySet<string>>(new Set());
  const [text, setText] = useState('');
  useSignalEffect(() => {
    const tiles = cameraIds.value.flatMap((id) => {
      const model = tile(id);
      return model === undefined ? [] : [{ id, model }];
    });
    const news = announcement(before.current, tiles);
    before.current = news.stopped;
    if (news.text !== '') setText(news.text);
  });
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {text}
    </p>
  );
}
