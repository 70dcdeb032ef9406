/** A command to type in a terminal, with a button that puts it on the clipboard. */
import { useState } from 'preact/hooks';

export function CopyCommand({ text }: { readonly text: string }) {
  const [said, setSaid] = useState('');
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Select and copy it'),
    );
  };
  return (
    <div class="command">
      <code>{text}</code>
      <span class="muted" role="status">
        {said}
      </span>
      <button type="button" class="button" aria-label={`Copy ${text}`} onClick={copy}>
        Copy
      </button>
    </div>
  );
}
