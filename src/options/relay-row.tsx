/** One paired relay in the list: what it is called here, where it is, whether it answers; rename it, or end it. */
import { useState } from 'preact/hooks';
import { nameOf } from '../extension/pairings.ts';
import type { PairedRelay } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';
import { plural, text } from '../texts/text.ts';

export interface KnownRelay {
  readonly paired: PairedRelay;
  /** Undefined while the background has not looked yet. */
  readonly status: RelayStatus | undefined;
}

export interface RelayRowActions {
  /** @param name empty: as it calls itself */
  rename(key: string, name: string): void;
  /** Ends the pairing. */
  forget(key: string): void;
}

interface RelayRowProps extends KnownRelay {
  readonly actions: RelayRowActions;
  /** Another code for the same relay. */
  readonly pairAgain: () => void;
}

export function RelayRow({ paired, status, actions, pairAgain }: RelayRowProps) {
  const [renaming, setRenaming] = useState(false);
  const name = nameOf(paired);
  return (
    <li>
      {renaming ? (
        <NameForm
          name={name}
          save={(typed) => {
            actions.rename(paired.key, typed);
            setRenaming(false);
          }}
          cancel={() => setRenaming(false)}
        />
      ) : (
        <span class="relay-title">
          {name} <span class="muted">{paired.address}</span>
        </span>
      )}
      <Connection status={status} />
      {!renaming && (
        <span class="steps">
          {(status?.refusal === 'unauthorized' || status?.refusal === 'tls') && (
            <button type="button" class="button" onClick={pairAgain}>
              {text('pairAgain')}
            </button>
          )}
          <button
            type="button"
            class="button"
            aria-label={text('cameraRenameLabel', name)}
            onClick={() => setRenaming(true)}
          >
            {text('cameraRename')}
          </button>
          <button
            type="button"
            class="button"
            aria-label={text('relayUnpair', name)}
            onClick={() => actions.forget(paired.key)}
          >
            {text('optionsUnpair')}
          </button>
        </span>
      )}
    </li>
  );
}

interface NameFormProps {
  readonly name: string;
  readonly save: (typed: string) => void;
  readonly cancel: () => void;
}

function NameForm({ name, save, cancel }: NameFormProps) {
  const [typed, setTyped] = useState(name);
  return (
    <form
      class="steps"
      onSubmit={(event) => {
        event.preventDefault();
        save(typed);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') cancel();
      }}
    >
      <input
        type="text"
        aria-label={text('relayNewName', name)}
        maxLength={80}
        value={typed}
        ref={(element) => {
          if (element !== null && document.activeElement === document.body) element.focus();
        }}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <button type="submit" class="button primary">
        {text('save')}
      </button>
      <button type="button" class="button" onClick={cancel}>
        {text('cancel')}
      </button>
    </form>
  );
}

/** Whether the paired relay answers right now, as the background sees it. */
function Connection({ status }: Pick<KnownRelay, 'status'>) {
  if (status?.phase === 'open') {
    return <span class="state good">{plural('optionsConnected', status.cameras.length)}</span>;
  }
  if (status === undefined || status.reason === '')
    return <span class="state wait">{text('connecting')}</span>;
  return <span class="state bad wraps">{status.reason}</span>;
}
