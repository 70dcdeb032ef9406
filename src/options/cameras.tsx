/** The cameras of the paired relay: name, order, remove, add. Every outcome is told in one live region. */

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { text as words } from '../texts/text.ts';
import type { ListedCameras } from '../wire/camera-commands.ts';
import { AddCamera } from './add-camera.tsx';
import type { CameraManager, ManagedCameras } from './camera-manager.ts';

export function Cameras({ manager }: { manager: CameraManager }) {
  const state = manager.state.value;
  const { phase, list, outcome, busy } = state;
  const told = useId();
  const title = useRef<HTMLHeadingElement>(null);
  return (
    <section aria-labelledby="cameras-title">
      <h2 id="cameras-title" ref={title} tabIndex={-1}>
        {words('cameras')}
      </h2>
      {phase !== 'ready' && <Closed state={state} retry={() => void manager.refresh()} />}
      {phase === 'ready' && list !== undefined && (
        <>
          {list.locked !== undefined && <p class="outcome failed">{list.locked}</p>}
          <CameraList
            list={list}
            manager={manager}
            locked={list.locked !== undefined || busy !== undefined}
            removed={() => title.current?.focus()}
          />
          <p id={told} role="status" aria-live="polite" class={`outcome ${outcome.good ? '' : 'failed'}`}>
            {busy === undefined ? outcome.text : words(BUSY[busy])}
          </p>
          {list.locked === undefined && <AddCamera state={state} manager={manager} outcome={told} />}
        </>
      )}
    </section>
  );
}

const BUSY = {
  change: 'busyChange',
  find: 'busyFind',
  test: 'busyTest',
} as const satisfies Record<NonNullable<ManagedCameras['busy']>, string>;

/** Why nothing can be changed from here, and the way out. */
function Closed({ state: { phase, reason }, retry }: { state: ManagedCameras; retry: () => void }) {
  if (phase === 'waiting') return <p class="muted">{words('optionsAsking')}</p>;
  if (phase === 'unable') return <p class="muted">{reason}</p>;
  const command = /(?:sudo )?lockstep tokens allow \w*/.exec(reason)?.[0];
  return (
    <>
      <p class="muted">{words('camerasForbidden')}</p>
      <p>
        <code>{command}</code>
      </p>
      <button type="button" class="button" onClick={retry}>
        {words('camerasCheckAgain')}
      </button>
    </>
  );
}

interface CameraListProps {
  readonly list: ListedCameras;
  readonly manager: CameraManager;
  /** Nothing can be changed now. */
  readonly locked: boolean;
  /** The row that had the keyboard's place is gone. */
  readonly removed: () => void;
}

function CameraList({ list: { cameras }, ...actions }: CameraListProps) {
  return (
    <ol class="cameras" aria-label={words('camerasInOrder')}>
      {cameras.map((camera, place) => (
        <CameraRow
          key={camera.id}
          camera={camera}
          {...actions}
          isFirst={place === 0}
          isLast={place === cameras.length - 1}
        />
      ))}
    </ol>
  );
}

type ListedCamera = ListedCameras['cameras'][number];
type RowMode = 'shown' | 'rename' | 'remove';

interface CameraRowProps extends Omit<CameraListProps, 'list'> {
  readonly camera: ListedCamera;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function CameraRow({ camera, manager, locked, removed, isFirst, isLast }: CameraRowProps) {
  const { id, name, source, place } = camera;
  const [mode, setMode] = useState<RowMode>('shown');
  const row = useRef<HTMLLIElement>(null);
  /** Where the keyboard goes on: its place is lost when the element that had it is drawn anew, or moved. */
  const [focus, setFocus] = useState<string>();
  useEffect(() => {
    if (focus === undefined) return;
    row.current?.querySelector<HTMLElement>(`[data-step="${focus}"]`)?.focus();
    setFocus(undefined);
  }, [focus]);
  const close = (step: RowMode): void => {
    setMode('shown');
    setFocus(step);
  };
  const move = async (by: -1 | 1): Promise<void> => {
    if (await manager.move(id, by)) setFocus(by < 0 ? 'up' : 'down');
  };
  const remove = async (): Promise<void> => {
    if (await manager.remove(id, name)) removed();
  };
  const where = [SOURCES[source], place].filter((word) => word !== '').join(', ');
  return (
    <li ref={row}>
      {mode === 'rename' ? (
        <NameForm
          name={name}
          save={async (typed) => {
            if (await manager.rename(id, typed)) close('rename');
          }}
          cancel={() => close('rename')}
        />
      ) : (
        <span class="camera-name">
          {name} <span class="muted">{where}</span>
        </span>
      )}
      {mode === 'remove' && (
        <span class="steps">
          <span>{words('cameraRemoveAsk')}</span>
          <Step
            step="sure"
            label={words('cameraRemoveLabel', name)}
            text={words('cameraRemove')}
            run={() => void remove()}
          />
          <Step
            step="keep"
            label={words('cameraKeepLabel', name)}
            text={words('cameraKeep')}
            run={() => close('remove')}
          />
        </span>
      )}
      {mode === 'shown' && (
        <span class="steps">
          <Step
            step="up"
            label={words('cameraUpLabel', name)}
            text="↑"
            off={locked || isFirst}
            run={() => void move(-1)}
          />
          <Step
            step="down"
            label={words('cameraDownLabel', name)}
            text="↓"
            off={locked || isLast}
            run={() => void move(1)}
          />
          <Step
            step="rename"
            label={words('cameraRenameLabel', name)}
            text={words('cameraRename')}
            off={locked}
            run={() => setMode('rename')}
          />
          <Step
            step="remove"
            label={words('cameraRemoveMoreLabel', name)}
            text={words('cameraRemoveMore')}
            off={locked}
            run={() => {
              setMode('remove');
              setFocus('keep');
            }}
          />
        </span>
      )}
    </li>
  );
}

const SOURCES: Readonly<Record<ListedCamera['source'], string>> = {
  rtsp: '',
  v4l2: 'USB',
  file: words('cameraFile'),
  test: words('cameraTestPicture'),
};

interface StepProps {
  readonly step: string;
  readonly label: string;
  readonly text: string;
  /** It keeps the keyboard's place, and does nothing. */
  readonly off?: boolean;
  readonly run: () => void;
}

function Step({ step, label, text, off = false, run }: StepProps) {
  return (
    <button
      type="button"
      class="button small"
      data-step={step}
      aria-label={label}
      aria-disabled={off}
      onClick={() => {
        if (!off) run();
      }}
    >
      {text}
    </button>
  );
}

interface NameFormProps {
  readonly name: string;
  readonly save: (typed: string) => Promise<void>;
  readonly cancel: () => void;
}

function NameForm({ name, save, cancel }: NameFormProps) {
  const [typed, setTyped] = useState(name);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  return (
    <form
      class="rename"
      onSubmit={(event) => {
        event.preventDefault();
        void save(typed);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') cancel();
      }}
    >
      <input
        ref={field}
        type="text"
        aria-label={words('cameraNewName', name)}
        maxLength={80}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <button type="submit" class="button small primary">
        {words('save')}
      </button>
      <button type="button" class="button small" onClick={cancel}>
        {words('cancel')}
      </button>
    </form>
  );
}
