/** From nothing to a paired relay, for who has the extension only: what to run where, and what to bring back. */

import type { ComponentChildren } from 'preact';
import { around, text } from '../texts/text.ts';
import { CopyCommand } from './copy-command.tsx';

interface FirstStepsProps {
  /** Of this extension: the relay of the same version fits. */
  readonly version: string;
  /** The last step: where the link goes. */
  readonly children: ComponentChildren;
}

export function FirstSteps({ version, children }: FirstStepsProps) {
  const [before, after] = around('stepsFindHelp');
  return (
    <ol class="first-steps">
      <li>
        <h3>{text('stepsInstall')}</h3>
        <p class="muted">{text('stepsInstallHelp')}</p>
        <CopyCommand command={`sudo apt install ./lockstep_${version}_all.deb`} />
        <CopyCommand command={`npm install --global ./lockstep-wall-${version}.tgz`} />
      </li>
      <li>
        <h3>{text('stepsFind')}</h3>
        <p class="muted">
          {before}
          <code>sudo</code>
          {after}
        </p>
        <CopyCommand command="lockstep init" />
      </li>
      <li>
        <h3>{text('stepsPair')}</h3>
        {children}
      </li>
    </ol>
  );
}
