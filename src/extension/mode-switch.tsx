/** The mode switcher of popup and wall: native radios, so arrow keys and screen readers work as everywhere. */

import { useId } from 'preact/hooks';
import { modeHint, modeLabel } from '../texts/mode-words.ts';
import { text } from '../texts/text.ts';
import { MODES, type Mode } from '../wire/modes.ts';

export interface ModeSwitchProps {
  readonly layout: 'row' | 'list';
  /** The stored choice. */
  readonly chosen: Mode;
  /** The mode that the wall says it runs; the choice is pending while it differs. Undefined without a wall. */
  readonly confirmed: Mode | undefined;
  readonly onChoose: (mode: Mode) => void;
}

export function ModeSwitch({ layout, chosen, confirmed, onChoose }: ModeSwitchProps) {
  const id = useId();
  const pending = confirmed !== undefined && confirmed !== chosen;
  return (
    <div class={`modes ${layout}`} role="radiogroup" aria-label={text('mode')} aria-busy={pending}>
      {MODES.map((mode) => (
        <label key={mode} class={pending && mode === chosen ? 'pending' : ''} title={modeHint(mode)}>
          <input
            type="radio"
            name={`${id}-mode`}
            value={mode}
            checked={mode === chosen}
            aria-labelledby={`${id}-${mode}`}
            aria-describedby={layout === 'list' ? `${id}-${mode}-hint` : undefined}
            onChange={() => onChoose(mode)}
          />
          <span class="mode-name" id={`${id}-${mode}`}>
            {modeLabel(mode)}
          </span>
          {layout === 'list' && (
            <>
              <span class="pending-word">{pending && mode === chosen ? text('modeSwitching') : ''}</span>
              <span class="mode-hint" id={`${id}-${mode}-hint`}>
                {modeHint(mode)}
              </span>
            </>
          )}
        </label>
      ))}
    </div>
  );
}
