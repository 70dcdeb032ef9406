import { expect, it } from 'vitest';
import { knownIn } from '../../../../relay/manage/camera-desk.ts';

const camera = (host: string, onvifId?: string) => ({
  id: host.replaceAll('.', '-'),
  source: {
    type: 'rtsp' as const,
    url: `rtsp://${host}/main`,
    ...(onvifId === undefined ? {} : { onvifId }),
  },
});
const found = (host: string, id: string | undefined) => ({
  ...{ id, name: undefined, model: undefined },
  url: `http://${host}/onvif/device_service`,
});
const isKnown = knownIn({
  cameras: [camera('192.0.2.7', 'yard'), camera('192.0.2.8')] as unknown as Parameters<
    typeof knownIn
  >[0]['cameras'],
});

it.each([
  ['its id, at the address it had', found('192.0.2.7', 'yard'), true],
  ['its id, at another address', found('192.0.2.9:8000', 'yard'), true],
  ['another camera of the same recorder, by its id', found('192.0.2.7:8001', 'gate'), false],
  ['its host, where no id was written down', found('192.0.2.8', 'door'), true],
  ['neither', found('192.0.2.10', 'shed'), false],
  ['neither, and it has no id', found('192.0.2.10', undefined), false],
])('knows a camera by %s', (_what, camera, known) => {
  expect(isKnown(camera)).toBe(known);
});
