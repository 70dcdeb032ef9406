/** Synthetic cameras for demo, bench and soak, as the relay's configuration wants them. */

export interface SyntheticCamera {
  readonly id: string;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Sizes of its rungs; the relay chooses them by default. */
  readonly rungs?: readonly string[];
}

const NAMES = ['Front door', 'Driveway', 'Garden', 'Garage', 'Hall', 'Workshop', 'Gate', 'Terrace', 'Attic'];

/** `count` cameras of one size, called cam1, cam2, … */
export function syntheticCameras(count: number, width = 640, height = 360, fps = 30): SyntheticCamera[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `cam${index + 1}`,
    name: NAMES[index] ?? `Camera ${index + 1}`,
    width,
    height,
    fps,
  }));
}

export function cameraConfig(camera: SyntheticCamera): Record<string, unknown> {
  return {
    id: camera.id,
    name: camera.name,
    source: { type: 'test', size: `${camera.width}x${camera.height}`, fps: camera.fps },
    encode: {
      fps: camera.fps,
      ...(camera.rungs === undefined ? {} : { rungs: camera.rungs.map((size) => ({ size })) }),
    },
  };
}
