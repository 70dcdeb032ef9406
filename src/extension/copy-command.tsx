/** A command to type in a terminal, with a button that puts it on the clipboard. */
import { useState } from 'preact/hooks';
import { text } from '../texts/text.ts';

export function CopyCommand({ command }: { readonly command: string }) {
  const [said, setSaid] = useState('');
  const copy = (): void => {
    navigator.clipboard.writeText(command).then(
      () => setSaid(text('copied')),
      () => setSaid(text('copyRefused')),
    );
  };
  return (
    <div class="command">
      <code>{command}</code>
      <span class="muted" role="status">
        {said}
      </span>
      <button type="button" class="button" aria-label={text('copyLabel', command)} onClick={copy}>
        {text('copy')}
      </button>
    </div>
  );
}
