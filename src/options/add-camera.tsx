/** Adds a camera: found in the network or named by hand, tested with a picture and a verdict, then taken. */

import { useId, useRef, useState } from 'preact/hooks';
import { text as words } from '../texts/text.ts';
import type { FoundCameras, TestedCamera } from '../wire/camera-commands.ts';
import type { CameraManager, ManagedCameras } from './camera-manager.ts';

interface AddCameraProps {
  readonly state: ManagedCameras;
  readonly manager: CameraManager;
  /** Id of the element that tells how the last step ended. */
  readonly outcome: string;
}

export function AddCamera({ state, manager, outcome }: AddCameraProps) {
  const { busy, found, tested } = state;
  const [address, setAddress] = useState('');
  const [substream, setSubstream] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const user = useRef<HTMLInputElement>(null);
  const first = useRef<HTMLInputElement>(null);
  const isBusy = busy !== undefined;
  const wrong = (field: string): boolean => !isBusy && state.outcome.field === field;
  const hint = useId();
  const field = (name: string) => ({ 'aria-invalid': wrong(name), 'aria-describedby': outcome });
  return (
    <>
      <h3 id="add-title">{words('addTitle')}</h3>
      <p class="muted note">{words('addHelp')}</p>
      <button
        type="button"
        class="button"
        aria-disabled={isBusy}
        onClick={() => {
          if (!isBusy) void manager.find();
        }}
      >
        {words('addLook')}
      </button>
      {found !== undefined && found.cameras.length > 0 && (
        <FoundList
          found={found}
          use={(chosen) => {
            setAddress(chosen);
            user.current?.focus();
          }}
        />
      )}
      <form
        noValidate
        aria-labelledby="add-title"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void manager.test({ address, substream, username, password });
        }}
      >
        <label class="field">
          <span>{words('addAddress')}</span>
          <input
            ref={first}
            type="text"
            inputMode="url"
            spellcheck={false}
            autocomplete="off"
            maxLength={500}
            value={address}
            aria-invalid={wrong('address')}
            aria-describedby={`${outcome} ${hint}`}
            onInput={(event) => setAddress(event.currentTarget.value)}
          />
          <span id={hint} class="muted hint">
            {words('addAddressHint')}
          </span>
        </label>
        {address.trim().startsWith('rtsp') && (
          <label class="field">
            <span>{words('addSubstream')}</span>
            <input
              type="text"
              inputMode="url"
              spellcheck={false}
              autocomplete="off"
              maxLength={500}
              value={substream}
              {...field('substream')}
              onInput={(event) => setSubstream(event.currentTarget.value)}
            />
          </label>
        )}
        <label class="field">
          <span>{words('addUser')}</span>
          <input
            ref={user}
            type="text"
            spellcheck={false}
            autocomplete="off"
            maxLength={200}
            value={username}
            {...field('username')}
            onInput={(event) => setUsername(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>{words('addPassword')}</span>
          <input
            type="password"
            autocomplete="new-password"
            maxLength={200}
            value={password}
            {...field('password')}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button primary" aria-disabled={isBusy}>
          {words('addTest')}
        </button>
      </form>
      {tested.map((camera) => (
        <Tested
          key={camera.draft}
          camera={camera}
          isBusy={isBusy}
          wrongName={wrong('name')}
          outcome={outcome}
          add={async (name) => {
            if (!(await manager.add(camera.draft, name))) return;
            setAddress('');
            setSubstream('');
            setPassword('');
            first.current?.focus();
          }}
        />
      ))}
    </>
  );
}

interface FoundListProps {
  readonly found: FoundCameras;
  readonly use: (address: string) => void;
}

function FoundList({ found: { cameras }, use }: FoundListProps) {
  return (
    <ul class="cameras" aria-label={words('addFound')}>
      {cameras.map(({ name, model, address, known }) => (
        <li key={address}>
          <span class="camera-name">
            {name}{' '}
            <span class="muted">{[model === name ? '' : model, address].filter(Boolean).join(', ')}</span>
          </span>
          {known && <span class="muted">{words('addKnown')}</span>}
          <button
            type="button"
            class="button small"
            aria-label={words('addUseLabel', name)}
            onClick={() => use(address)}
          >
            {words('addUse')}
          </button>
        </li>
      ))}
    </ul>
  );
}

const VERDICTS: Readonly<Record<TestedCamera['verdict'], readonly [kind: string, text: string]>> = {
  good: ['good', words('addGood')],
  fair: ['warn', words('addFair')],
  bad: ['bad', words('addBad')],
};

interface TestedProps {
  readonly camera: TestedCamera;
  readonly isBusy: boolean;
  readonly wrongName: boolean;
  readonly outcome: string;
  readonly add: (name: string) => Promise<void>;
}

function Tested({ camera, isBusy, wrongName, outcome, add }: TestedProps) {
  const { verdict, findings, cost, picture } = camera;
  const [name, setName] = useState(camera.name);
  const [kind, text] = VERDICTS[verdict];
  return (
    <form
      noValidate
      class="tested"
      aria-label={words('addTested', camera.name)}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void add(name);
      }}
    >
      {picture !== undefined && (
        <img src={`data:image/jpeg;base64,${picture}`} alt={words('addPicture', camera.name)} />
      )}
      <p class={`state ${kind}`}>{text}</p>
      <ul class="findings">
        {findings.map(({ where, what, fix }) => (
          <li key={where + what}>
            {where}: {what}. <span class="muted">{fix}</span>
          </li>
        ))}
        {cost !== '' && <li>{cost}</li>}
      </ul>
      <label class="field">
        <span>{words('addName')}</span>
        <input
          type="text"
          maxLength={80}
          value={name}
          aria-invalid={wrongName}
          aria-describedby={outcome}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class={`button ${verdict === 'bad' ? '' : 'primary'}`} aria-disabled={isBusy}>
        {verdict === 'bad' ? words('addAnyway') : words('addToWall')}
      </button>
    </form>
  );
}
