import { describe, expect, it } from 'vitest';
import { testSceneGraph } from '../../../../relay/source/test-scene.ts';

const scene = (over: Partial<Parameters<typeof testSceneGraph>[0]> = {}): string =>
  testSceneGraph({
    id: 'cam1',
    name: 'Gate',
    size: { width: 640, height: 360 },
    fps: 30,
    text: true,
    realtime: true,
    ...over,
  });
const landscape = (graph: string): string => graph.slice(graph.indexOf('geq='), graph.indexOf(',loop='));

describe('testSceneGraph', () => {
  it('draws small pictures at their size', () => {
    expect(scene()).toMatch(/^color=c=black:s=640x360:r=30,/);
    expect(scene()).not.toMatch(/scale=640:360/);
  });

  it.each([
    ['1920x1080', 'color=c=black:s=480x270:', ',scale=1920:1080:flags=neighbor'],
    ['3840x2160', 'color=c=black:s=640x360:', ',scale=3840:2160:flags=neighbor'],
  ])('draws %s small and enlarges it', (size, start, end) => {
    const [width = 0, height = 0] = size.split('x').map(Number);
    const graph = scene({ size: { width, height } });
    expect(graph.startsWith(start)).toBe(true);
    expect(graph.endsWith(end)).toBe(true);
  });

  it('shows another landscape for another camera, always the same one for the same camera', () => {
    const looks = ['cam1', 'cam2', 'cam3', 'gate', 'yard'].map((id) => landscape(scene({ id })));
    expect(new Set(looks).size).toBe(5);
    expect(landscape(scene({ id: 'cam1' }))).toBe(looks[0]);
  });

  it('writes name and clock only where there is a font', () => {
    expect(scene()).toContain("text='Gate'");
    expect(scene({ text: false })).not.toContain('drawtext');
  });

  it('lets no sign of the name reach the graph as syntax', () => {
    const graph = scene({ name: "Tor',x=[a];b:%{pts}\\ Süd" });
    expect(graph).toContain("text='Tor x a b pts Süd'");
  });

  it('leaves out an empty name', () => {
    expect(scene({ name: '!!!' }).match(/drawtext/g)).toHaveLength(1);
  });

  it('paces frames only when it plays a camera', () => {
    expect(scene()).toContain('realtime,settb=1/1000,setpts=RTCTIME/1000');
    expect(scene({ realtime: false })).not.toMatch(/realtime|RTCTIME/);
  });
});
