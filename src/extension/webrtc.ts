/** What the WebRTC of this browser can play. */

/** `RTCRtpReceiver` of the page, as far as it is asked. */
export interface ReceiverClass {
  getCapabilities(kind: 'video'): { readonly codecs: readonly { readonly mimeType: string }[] } | null;
}

/**
 * Whether it can play H.264, the only thing that the relay sends. Firefox cannot before its OpenH264 plug-in is
 * downloaded, some minutes after its first start: ask anew each time.
 * @param receiver undefined where the browser has no WebRTC
 */
export function receivesH264(receiver: ReceiverClass | undefined): boolean {
  const capabilities = receiver?.getCapabilities('video');
  // Null says that the browser does not tell (W3C webrtc-pc §5.3): then only trying helps.
  if (capabilities === null) return true;
  return capabilities?.codecs.some(({ mimeType }) => mimeType.toLowerCase() === 'video/h264') ?? false;
}
