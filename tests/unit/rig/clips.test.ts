import { describe, expect, it } from 'vitest';
import { CAMERA_CLIPS } from '../../../rig/camera-clips.ts';
import { cacheFolder, clipArguments, clipName } from '../../../rig/clips.ts';

const CLIP = CAMERA_CLIPS['1080p'];

describe('clips', () => {
  it('have another file for everything that makes another picture', () => {
    const name = clipName(CLIP);
    expect(name).toMatch(/^h264-1920x1080-25fps-4000k-30s-[0-9a-f]{12}\.h264$/);
    expect(clipName(CLIP)).toBe(name);
    expect(clipName({ ...CLIP, noise: 3 })).not.toBe(name);
    expect(clipName({ ...CLIP, keyframeSeconds: 1 })).not.toBe(name);
  });

  it('are without B-frames, with a keyframe each 2 s', () => {
    for (const spec of Object.values(CAMERA_CLIPS)) {
      const args = clipArguments(spec, 'out');
      expect(args[args.indexOf('-g') + 1]).toBe(String(spec.fps * 2));
      expect(args.join(' ')).toMatch(/-tune zerolatency/);
    }
  });

  it('repeat at times that one meter can follow', () => {
    const lengths = Object.values(CAMERA_CLIPS).map(({ seconds }) => seconds);
    for (const length of lengths) expect(length % Math.min(...lengths)).toBe(0);
  });

  it('lie in the cache folder of the user', () => {
    expect(cacheFolder({}, '/home/a')).toBe('/home/a/.cache/lockstep/clips');
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, '/home/a')).toBe('/c/lockstep/clips');
  });
});
