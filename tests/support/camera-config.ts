/** A camera's configuration with the schema's defaults filled in. */
import * as v from 'valibot';
import { type CameraConfig, configSchema } from '../../relay/config/schema.ts';

export function cameraConfig(
  source: Record<string, unknown>,
  encode: Record<string, unknown> = {},
  id = 'cam',
): CameraConfig {
  const [camera] = v.parse(configSchema, { cameras: [{ id, source, encode }] }).cameras;
  if (camera === undefined) throw new Error('no camera in the configuration');
  return camera;
}
