/** The button that puts the diagnostics on the clipboard, and says whether that worked. */
import { useState } from 'preact/hooks';
import { useWall } from './wall-ui.ts';

export function CopyDiagnostics() {
  const { actions } = useWall();
  const [said, setSaid] = useState('');
  const copy = () => {
    actions.copyDiagnostics().then(
      () => setSaid('Copied. It holds no password and no token.'),
      () => setSaid('The browser did not allow it. Click into the page and try again.'),
    );
  };
  return (
    <div class="diagnostics">
      <button type="button" class="button" onClick={copy}>
        Copy diagnostics
      </button>
      <p class="muted" role="status">
        {said}
      </p>
    </div>
  );
}
