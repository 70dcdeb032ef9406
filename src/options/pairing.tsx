/** Pairs this browser with relays, and shows those it is paired with. Every outcome is told in one live region. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { FirstSteps } from '../extension/first-steps.tsx';
import type { PairRequest } from '../extension/pair.ts';
import { nameOf } from '../extension/pairings.ts';
import { secureAddress } from '../extension/relay-address.ts';
import { ORDERS, type Pairing as PairedNow, type Settings } from '../extension/settings.ts';
import { text } from '../texts/text.ts';
import { PairForm } from './pair-form.tsx';
import { type KnownRelay, RelayRow, type RelayRowActions } from './relay-row.tsx';

export type PairingState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'busy' }
  | { readonly phase: 'paired'; readonly relay: PairedNow }
  | {
      readonly phase: 'failed';
      readonly message: string;
      readonly field: 'address' | 'code';
      readonly page?: string | undefined;
    };

export interface PairingActions extends RelayRowActions {
  /** @param byLink a link that was pasted said it all: the first time the wall follows at once */
  pair(request: PairRequest, byLink: boolean): void;
  showWall(): void;
}

interface PairingProps {
  readonly relays: readonly KnownRelay[];
  readonly order: Settings['order'];
  readonly chooseOrder: (order: Settings['order']) => void;
  readonly state: PairingState;
  readonly actions: PairingActions;
  /** Of this extension. */
  readonly version: string;
  readonly browserName: string;
}

export function Pairing({ relays, order, chooseOrder, state, actions, version, browserName }: PairingProps) {
  const outcome = useId();
  /** Address that the form for another relay begins with; undefined while it is closed. */
  const [another, setAnother] = useState<string>();
  useEffect(() => {
    if (state.phase === 'paired') setAnother(undefined);
  }, [state]);
  const wall = useRef<HTMLButtonElement>(null);
  const token = state.phase === 'paired' ? state.relay.token : undefined;
  const isListed = relays.some(({ paired }) => paired.token === token);
  useEffect(() => {
    // The form that had the keyboard's place is gone.
    if (isListed) wall.current?.focus();
  }, [token, isListed]);
  const form = (address?: string) => (
    <PairForm
      key={address}
      address={address}
      busy={state.phase === 'busy'}
      wrong={state.phase === 'failed' ? state.field : undefined}
      outcome={outcome}
      browserName={browserName}
      pair={actions.pair}
    />
  );
  return (
    <section aria-labelledby="relay-title">
      <h2 id="relay-title">{text(relays.length > 1 ? 'optionsRelays' : 'optionsRelay')}</h2>
      {relays.length === 0 && <FirstSteps version={version}>{form()}</FirstSteps>}
      {relays.length > 0 && (
        <ul class="relays">
          {relays.map((relay) => (
            <RelayRow
              key={relay.paired.key}
              {...relay}
              actions={actions}
              pairAgain={() => {
                const { address } = relay.paired;
                setAnother(relay.status?.refusal === 'tls' ? secureAddress(address) : address);
              }}
            />
          ))}
        </ul>
      )}
      {another !== undefined && relays.length > 0 && form(another)}
      <p id={outcome} role="status" aria-live="polite" class={`outcome ${state.phase}`}>
        {outcomeText(relays, state)}
      </p>
      {state.phase === 'failed' && state.page !== undefined && (
        <p>
          <a href={state.page} target="_blank" rel="noreferrer">
            {text('pairOpenPage', state.page)}
          </a>
        </p>
      )}
      {relays.length > 0 && (
        <button ref={wall} type="button" class="button primary" onClick={actions.showWall}>
          {text('openWall')}
        </button>
      )}
      {relays.length > 0 && (
        <button
          type="button"
          class="button"
          aria-expanded={another !== undefined}
          onClick={() => setAnother(another === undefined ? '' : undefined)}
        >
          {text(another === undefined ? 'optionsPairAnother' : 'cancel')}
        </button>
      )}
      {relays.length > 1 && (
        <label class="data-limit">
          <span>{text('optionsOrder')}</span>
          <select
            value={order}
            onChange={(event) => {
              const wanted = event.currentTarget.value;
              chooseOrder(ORDERS.find((each) => each === wanted) ?? 'grouped');
            }}
          >
            <option value="grouped">{text('optionsOrderGrouped')}</option>
            <option value="mixed">{text('optionsOrderMixed')}</option>
          </select>
        </label>
      )}
    </section>
  );
}

function outcomeText(relays: readonly KnownRelay[], state: PairingState): string {
  if (state.phase === 'failed') return state.message;
  if (state.phase === 'busy') return text('optionsAsking');
  const [only, ...others] = relays;
  if (state.phase === 'paired' && relays.some(({ paired }) => paired.token === state.relay.token)) {
    return text('optionsPairedWith', state.relay.relayName, state.relay.address);
  }
  if (only === undefined || others.length > 0) return '';
  return text('optionsPairedWith', nameOf(only.paired), only.paired.address);
}
