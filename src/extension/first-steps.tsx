/** From nothing to a paired relay, for who has the extension only: what to run where, and what to bring back. */
import type { ComponentChildren } from 'preact';
import { CopyCommand } from './copy-command.tsx';

interface FirstStepsProps {
  /** Of this extension: the relay of the same version fits. */
  readonly version: string;
  /** The last step: where the link goes. */
  readonly children: ComponentChildren;
}

export function FirstSteps({ version, children }: FirstStepsProps) {
  return (
    <ol class="first-steps">
      <li>
        <h3>Install the relay</h3>
        <p class="muted">
          On a Linux computer that reaches the cameras: the package for Debian and Ubuntu, or the one for npm
          where Node 20 and ffmpeg are installed. Both come with the release of this version.
        </p>
        <CopyCommand text={`sudo apt install ./lockstep_${version}_all.deb`} />
        <CopyCommand text={`npm install --global ./lockstep-wall-${version}.tgz`} />
      </li>
      <li>
        <h3>Let it find the cameras</h3>
        <p class="muted">
          It asks for their password and who may watch, then shows a link for this browser, or how to get one.
          With the Debian package put <code>sudo</code> in front.
        </p>
        <CopyCommand text="lockstep init" />
      </li>
      <li>
        <h3>Pair this browser</h3>
        {children}
      </li>
    </ol>
  );
}
