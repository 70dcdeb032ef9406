/**
 * Calibration over the whole page: what it is for and what will flicker, then the target, and below it what each camera
 * was measured with, and the button that sets it.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { plural, text } from '../../texts/text.ts';
import type { Cancel, Clock } from '../../wire/ports.ts';
import { CameraCard } from './camera-card.tsx';
import type { Measurer } from './measurer.ts';
import { type CameraOffset, offsetLines, offsetOf } from './offsets.ts';
import { TargetCanvas } from './target-canvas.tsx';

export interface CalibratedCamera {
  readonly id: string;
  readonly name: string;
  /** As it is set now. */
  readonly offsetMs: number;
}

export interface CalibrationProps {
  readonly cameras: readonly CalibratedCamera[];
  readonly createMeasurer: () => Measurer;
  /** The target shows it; the measurer has the same one. */
  readonly clock: Clock;
  /** Sets the delays for all browsers of the relay. Rejects with an Error whose message is a sentence. */
  readonly save: (offsets: readonly CameraOffset[]) => Promise<void>;
  readonly fullscreen: (on: boolean) => void;
  readonly close: () => void;
}

export function Calibration(props: CalibrationProps) {
  const [running, setRunning] = useState(false);
  const { close, fullscreen } = props;
  const leave = () => {
    if (running) fullscreen(false);
    close();
  };
  return (
    <div
      class="calibration"
      role="dialog"
      aria-modal="true"
      aria-labelledby="calibration-title"
      onKeyDown={(event) => {
        // The keys of the wall behind it rest.
        event.stopPropagation();
        if (event.key === 'Escape') leave();
      }}
    >
      {running ? (
        <Running {...props} close={leave} />
      ) : (
        <Before
          begin={() => {
            fullscreen(true);
            setRunning(true);
          }}
          close={leave}
        />
      )}
    </div>
  );
}

function Before({ begin, close }: { begin: () => void; close: () => void }) {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div class="calibration-before">
      <h2 id="calibration-title">{text('toolCalibrate')}</h2>
      <p>{text('calibrateWhy')}</p>
      <ol>
        <li>{text('calibrateAim')}</li>
        <li>{text('calibrateSharp')}</li>
        <li>{text('calibrateThenSet')}</li>
      </ol>
      <p class="flicker-warning">
        <strong>{text('calibrateFlickers')}</strong> {text('calibrateFlickerHelp')}
      </p>
      <div class="calibration-buttons">
        <button ref={first} type="button" class="button" onClick={close}>
          {text('calibrateBack')}
        </button>
        <button type="button" class="button primary" onClick={begin}>
          {text('calibrateStart')}
        </button>
      </div>
    </div>
  );
}

function Running({ cameras, createMeasurer, clock, save, close }: CalibrationProps) {
  const measurer = useRef<Measurer>(undefined);
  measurer.current ??= createMeasurer();
  const [, setLooks] = useState(0);
  useEffect((): Cancel | undefined => measurer.current?.start(() => setLooks((looks) => looks + 1)), []);
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus(), []);
  const rows = cameras.map((camera) => ({ ...camera, ...measurer.current?.measured(camera.id) }));
  const offsets = rows.flatMap(({ id, delay }) => {
    const offsetMs = delay?.sure === true ? offsetOf(delay.delayMs) : undefined;
    return offsetMs === undefined ? [] : [{ camera: id, offsetMs }];
  });
  const measuredNames = rows.filter(({ delay }) => delay?.sure === true).map(({ name }) => name);
  return (
    <>
      <h2 id="calibration-title" class="visually-hidden">
        {text('toolCalibrate')}
      </h2>
      <TargetCanvas clock={clock} />
      <div class="calibration-panel">
        <ul aria-label={text('cameras')}>
          {rows.map((row) => (
            <CameraCard key={row.id} {...row} />
          ))}
        </ul>
        <p class="visually-hidden" role="status">
          {measuredNames.length > 0 && text('calibrateMeasured', measuredNames.join(', '))}
        </p>
        <Setting {...{ offsets, save }} missing={cameras.length - offsets.length} />
        <button ref={back} type="button" class="button" onClick={close}>
          {text('calibrateBack')}
        </button>
      </div>
    </>
  );
}

interface SettingProps {
  readonly offsets: readonly CameraOffset[];
  readonly missing: number;
  readonly save: CalibrationProps['save'];
}

function Setting({ offsets, missing, save }: SettingProps) {
  const [phase, setPhase] = useState<'ready' | 'busy' | 'done'>('ready');
  const [problem, setProblem] = useState<{ text: string; lines: string }>();
  const set = () => {
    setPhase('busy');
    setProblem(undefined);
    save(offsets).then(
      () => setPhase('done'),
      (error: unknown) => {
        setPhase('ready');
        setProblem({
          text: error instanceof Error ? error.message : String(error),
          lines: offsetLines(offsets),
        });
      },
    );
  };
  return (
    <div class="calibration-setting">
      <button
        type="button"
        class="button primary"
        aria-disabled={offsets.length === 0 || phase === 'busy'}
        onClick={() => {
          if (offsets.length > 0 && phase !== 'busy') set();
        }}
      >
        {plural('calibrateSet', offsets.length)}
      </button>
      <div role="status">
        {phase === 'done' && <p class="state good">{text('calibrateDone')}</p>}
        {problem !== undefined && (
          <>
            <p class="state bad">{problem.text}</p>
            <p class="muted">{text('calibrateByHand')}</p>
            <pre>{problem.lines}</pre>
          </>
        )}
      </div>
      {offsets.length > 0 && missing > 0 && phase !== 'done' && (
        <p class="muted">{plural('calibrateMissing', missing)}</p>
      )}
    </div>
  );
}
