/** The light build (no audio renditions, subtitles, DRM: a wall tile is video only) ships without types of its own. */
declare module 'hls.js/light' {
  export * from 'hls.js';
  export { default } from 'hls.js';
}
