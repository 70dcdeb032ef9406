/** Where the link of `lockstep pair` goes, or what it stands for: address and code. */

import { useId, useState } from 'preact/hooks';
import { CopyCommand } from '../extension/copy-command.tsx';
import type { PairRequest } from '../extension/pair.ts';
import { DEFAULT_ADDRESS } from '../extension/relay-address.ts';
import { text as words } from '../texts/text.ts';
import { isMeantAsLink, type PairLink, readPairLink } from '../wire/pair-link.ts';

interface PairFormProps {
  /** What stands in the field at first; undefined: the usual one. */
  readonly address?: string | undefined;
  readonly busy: boolean;
  /** The field that the last failure was about. */
  readonly wrong: 'address' | 'code' | undefined;
  /** Id of the text that tells the outcome. */
  readonly outcome: string;
  /** How the relay's list calls this browser until its user changes that. */
  readonly browserName: string;
  /** @param byLink nothing was typed: a link that was pasted says it all */
  readonly pair: (request: PairRequest, byLink: boolean) => void;
}

export function PairForm({ address: first, busy, wrong, outcome, browserName, pair }: PairFormProps) {
  const [address, setAddress] = useState(first ?? DEFAULT_ADDRESS);
  const [code, setCode] = useState('');
  const [clientName, setClientName] = useState(browserName);
  const [linkRead, setLinkRead] = useState(false);
  const note = useId();
  const name = clientName.trim() || browserName;
  const fill = (text: string, link: PairLink | undefined): void => {
    setAddress(link?.address ?? text);
    if (link !== undefined) setCode(`${link.code.slice(0, 4)} ${link.code.slice(4)}`);
  };
  const typeAddress = (text: string): void => {
    const link = readPairLink(text);
    setLinkRead(link !== undefined);
    fill(text, link);
  };
  /** Into any field, with whatever was copied around the link. @returns whether it was one, whole or not */
  const pasteLink = (pasted: string): boolean => {
    const parts = pasted.split(/\s+/);
    const text = parts.find((part) => readPairLink(part) !== undefined) ?? parts.find(isMeantAsLink);
    if (text === undefined || busy) return false;
    const link = readPairLink(text);
    setLinkRead(false);
    fill(text, link);
    pair({ address: link?.address ?? text, code: link?.code ?? '', clientName: name }, true);
    return true;
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) pair({ address, code, clientName: name }, false);
      }}
      onPaste={(event) => {
        if (pasteLink(event.clipboardData?.getData('text') ?? '')) event.preventDefault();
      }}
    >
      <p class="muted">{words('pairHelp')}</p>
      <CopyCommand command="lockstep pair" />
      <label class="field">
        <span>{words('pairAddress')}</span>
        <input
          type="text"
          inputMode="url"
          spellcheck={false}
          autocomplete="off"
          value={address}
          aria-invalid={wrong === 'address'}
          aria-describedby={`${note} ${outcome}`}
          onInput={(event) => typeAddress(event.currentTarget.value)}
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>
      <p id={note} class="muted note" role="status">
        {linkRead ? words('pairLinkRead') : ''}
      </p>
      <label class="field">
        <span>{words('pairCode')}</span>
        <input
          type="text"
          inputMode="numeric"
          spellcheck={false}
          autocomplete="one-time-code"
          class="code"
          maxLength={20}
          value={code}
          aria-invalid={wrong === 'code'}
          aria-describedby={outcome}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>{words('pairName')}</span>
        <input
          type="text"
          autocomplete="off"
          maxLength={80}
          value={clientName}
          onInput={(event) => setClientName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary" aria-disabled={busy}>
        {words('pairButton')}
      </button>
    </form>
  );
}
