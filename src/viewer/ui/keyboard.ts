/** Carries out what a key does on the wall. */
import { keyAction } from './keys.ts';
import type { WallUi } from './wall-ui.ts';

export function listenToKeys(document: Document, { signals, actions, cameraIds }: WallUi): void {
  document.addEventListener('keydown', (event) => {
    const { key, ctrlKey, altKey, metaKey, target } = event;
    const inControl = target instanceof Element && target.closest('input, select, textarea, dialog') !== null;
    const action = keyAction({ key, modified: ctrlKey || altKey || metaKey, inControl });
    if (action === undefined) return;
    switch (action.do) {
      case 'enlarge': {
        const camera = cameraIds.value[action.index];
        if (camera !== undefined) actions.enlarge(camera === signals.enlarged.value ? undefined : camera);
        return;
      }
      case 'back':
        actions.enlarge(undefined);
        return;
      case 'details':
        actions.toggleDetails();
        return;
      case 'fullscreen':
        actions.toggleFullscreen();
    }
  });
}
