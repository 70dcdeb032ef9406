/** Pairs this browser with a relay, or shows which one it is paired with. Every outcome is told in one live region. */

import { useId } from 'preact/hooks';
import { FirstSteps } from '../extension/first-steps.tsx';
import type { PairRequest } from '../extension/pair.ts';
import type { PairedRelay } from '../extension/settings.ts';
import type { RelayStatus } from '../extension/status.ts';
import { plural, text } from '../texts/text.ts';
import { PairForm } from './pair-form.tsx';

export type PairingState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'busy' }
  | { readonly phase: 'failed'; readonly message: string; readonly field: 'address' | 'code' };

export interface PairingActions {
  pair(request: PairRequest): void;
  unpair(): void;
}

interface PairingProps {
  readonly paired: PairedRelay | undefined;
  readonly relay: RelayStatus | undefined;
  readonly state: PairingState;
  readonly actions: PairingActions;
  /** Of this extension. */
  readonly version: string;
  readonly browserName: string;
}

export function Pairing({ paired, relay, state, actions, version, browserName }: PairingProps) {
  const outcome = useId();
  return (
    <section aria-labelledby="relay-title">
      <h2 id="relay-title">{text('optionsRelay')}</h2>
      {paired === undefined && (
        <FirstSteps version={version}>
          <PairForm
            busy={state.phase === 'busy'}
            wrong={state.phase === 'failed' ? state.field : undefined}
            outcome={outcome}
            browserName={browserName}
            pair={actions.pair}
          />
        </FirstSteps>
      )}
      <p id={outcome} role="status" aria-live="polite" class={`outcome ${state.phase}`}>
        {outcomeText(paired, state)}
      </p>
      {paired !== undefined && (
        <div class="paired">
          <Connection relay={relay} />
          <button type="button" class="button" onClick={actions.unpair}>
            {relay?.refusal === 'unauthorized' ? text('pairAgain') : text('optionsUnpair')}
          </button>
        </div>
      )}
    </section>
  );
}

function outcomeText(paired: PairedRelay | undefined, state: PairingState): string {
  if (state.phase === 'failed') return state.message;
  if (state.phase === 'busy') return text('optionsAsking');
  return paired === undefined ? '' : text('optionsPairedWith', paired.relayName, paired.address);
}

/** Whether the paired relay answers right now, as the background sees it. */
function Connection({ relay }: { relay: RelayStatus | undefined }) {
  if (relay?.phase === 'open') {
    const count = relay.cameras.length;
    return <span class="state good">{plural('optionsConnected', count)}</span>;
  }
  if (relay === undefined || relay.reason === '') return <span class="state wait">{text('connecting')}</span>;
  return <span class="state bad wraps">{relay.reason}</span>;
}
