"""RTSP cameras that cost next to nothing: each sends the pictures of one prepared clip, over and over, at the wall
clock's time.

Arguments: clip (H.264, Annex B, one access unit delimiter before each picture), pictures a second, number of cameras,
and the clock in the first picture in ms. Prints the port of a GStreamer RTSP server as its first line; the streams are
/cam1, /cam2 and so on. The picture that shows the clock value v goes out when the host's clock modulo the clip's length
is v: so the strip in it is right although it was drawn before. Ends when standard input ends.
"""

import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

DELIMITER = b"\x00\x00\x00\x01\x09"


def pictures_of(path):
    with open(path, "rb") as clip:
        parts = clip.read().split(DELIMITER)
    return [DELIMITER + part for part in parts[1:]]


class Camera(GstRtspServer.RTSPMediaFactory):
    """One shared pipeline, fed from outside while somebody watches."""

    def __init__(self):
        super().__init__()
        self.source = None
        self.started = False
        self.set_shared(True)
        self.set_launch(
            "( appsrc name=pictures is-live=true do-timestamp=true format=time max-bytes=4000000"
            " caps=video/x-h264,stream-format=byte-stream,alignment=au"
            " ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
        )
        self.connect("media-configure", self.configure)

    def configure(self, _factory, media):
        self.started = False
        self.source = media.get_element().get_by_name("pictures")
        media.connect("unprepared", self.unprepared)

    def unprepared(self, _media):
        self.source = None

    def send(self, picture, keyframe):
        source = self.source
        if source is None or not (self.started or keyframe):
            return
        self.started = True
        source.emit("push-buffer", Gst.Buffer.new_wrapped(picture))


def main():
    path, fps, count, first_ms = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    Gst.init(None)
    pictures = pictures_of(path)
    # A parameter set (type 7) comes with each keyframe.
    keyframes = [b"\x00\x00\x01\x67" in picture for picture in pictures]
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    cameras = [Camera() for _ in range(count)]
    for index, camera in enumerate(cameras):
        server.get_mount_points().add_factory(f"/cam{index + 1}", camera)
    loop = GLib.MainLoop()

    def play():
        start = first_ms / 1000
        number = int((time.time() - start) * fps) + 1
        while True:
            wait = start + number / fps - time.time()
            if wait > 0:
                time.sleep(wait)
            at = number % len(pictures)
            for camera in cameras:
                camera.send(pictures[at], keyframes[at])
            number += 1

    def listen():
        sys.stdin.read()
        GLib.idle_add(loop.quit)

    server.attach(None)
    print(server.get_bound_port(), flush=True)
    threading.Thread(target=play, daemon=True).start()
    threading.Thread(target=listen, daemon=True).start()
    loop.run()


main()
