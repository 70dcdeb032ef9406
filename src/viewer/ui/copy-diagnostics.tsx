/** The button that puts the diagnostics on the clipboard, and says whether that worked. */

import { useState } from 'preact/hooks';
import { text } from '../../texts/text.ts';
import { useWall } from './wall-ui.ts';

export function CopyDiagnostics() {
  const { actions } = useWall();
  const [said, setSaid] = useState('');
  const copy = () => {
    actions.copyDiagnostics().then(
      () => setSaid(text('diagnosticsCopied')),
      () => setSaid(text('diagnosticsRefused')),
    );
  };
  return (
    <div class="diagnostics">
      <button type="button" class="button" onClick={copy}>
        {text('copyDiagnostics')}
      </button>
      <p class="muted" role="status">
        {said}
      </p>
    </div>
  );
}
