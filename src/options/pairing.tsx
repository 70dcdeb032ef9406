/** Pairs this browser with a relay, or shows which one it is paired with. Every outcome is told in one live region. */
import { useId, useState } from 'preact/hooks';
import { DEFAULT_ADDRESS } from '../extension/relay-address.ts';
import type { PairedRelay } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';

export type PairingState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'busy' }
  | { readonly phase: 'failed'; readonly message: string; readonly field: 'address' | 'code' };

export interface PairingActions {
  pair(request: { readonly address: string; readonly code: string }): void;
  unpair(): void;
}

interface PairingProps {
  readonly paired: PairedRelay | undefined;
  readonly relay: RelayStatus | undefined;
  readonly state: PairingState;
  readonly actions: PairingActions;
}

export function Pairing({ paired, relay, state, actions }: PairingProps) {
  const outcome = useId();
  return (
    <section aria-labelledby="relay-title">
      <h2 id="relay-title">Relay</h2>
      {paired === undefined && <PairForm state={state} actions={actions} outcome={outcome} />}
      <p id={outcome} role="status" aria-live="polite" class={`outcome ${state.phase}`}>
        {outcomeText(paired, state)}
      </p>
      {paired !== undefined && (
        <div class="paired">
          <Connection relay={relay} />
          <button type="button" class="button" onClick={actions.unpair}>
            Unpair
          </button>
        </div>
      )}
    </section>
  );
}

function outcomeText(paired: PairedRelay | undefined, state: PairingState): string {
  if (state.phase === 'failed') return state.message;
  if (state.phase === 'busy') return 'Asking the relay …';
  return paired === undefined ? '' : `Paired with ${paired.relayName} at ${paired.address}.`;
}

interface PairFormProps {
  readonly state: PairingState;
  readonly actions: PairingActions;
  readonly outcome: string;
}

function PairForm({ state, actions, outcome }: PairFormProps) {
  const [address, setAddress] = useState(DEFAULT_ADDRESS);
  const [code, setCode] = useState('');
  const wrong = (field: 'address' | 'code') => state.phase === 'failed' && state.field === field;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (state.phase !== 'busy') actions.pair({ address, code });
      }}
    >
      <p class="muted">
        Run <code>lockstep pair</code> on the computer that runs the relay. It shows a code that works once,
        for five minutes.
      </p>
      <label class="field">
        <span>Relay address</span>
        <input
          type="text"
          inputMode="url"
          spellcheck={false}
          autocomplete="off"
          value={address}
          aria-invalid={wrong('address')}
          aria-describedby={outcome}
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Pairing code</span>
        <input
          type="text"
          inputMode="numeric"
          spellcheck={false}
          autocomplete="one-time-code"
          class="code"
          maxLength={20}
          value={code}
          aria-invalid={wrong('code')}
          aria-describedby={outcome}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary" aria-disabled={state.phase === 'busy'}>
        Pair
      </button>
    </form>
  );
}

/** Whether the paired relay answers right now, as the background sees it. */
function Connection({ relay }: { relay: RelayStatus | undefined }) {
  if (relay?.phase === 'open') {
    const count = relay.cameras.length;
    return (
      <span class="state good">
        Connected, {count} {count === 1 ? 'camera' : 'cameras'}
      </span>
    );
  }
  if (relay === undefined || relay.reason === '') return <span class="state wait">Connecting</span>;
  return (
    <span class="state bad wraps">
      {relay.reason}
      {relay.refusal === 'unauthorized' && ' Unpair first, then pair with a new code.'}
    </span>
  );
}
