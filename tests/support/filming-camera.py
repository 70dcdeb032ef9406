"""RTSP cameras that film a screen: what the screen showed some time ago, turned, blurred and dimmed.

Argument: JSON as in [{"path": "/slow", "delayMs": 420, "degrees": 4, "lensPx": 256, "contrast": 0.7}]. Prints the port of a
GStreamer RTSP server as its first line. Reads pictures of the screen from standard input: 4 bytes of length (big endian),
8 bytes of time (double, seconds since the Unix epoch), and a JPEG. Each camera sends, 25 times a second, the newest picture
that is older than its delay. Ends when standard input ends.
"""

import collections
import json
import math
import struct
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

FPS = 25
KEPT_SECONDS = 2
PICTURES = collections.deque()
LOCK = threading.Lock()


def shown(at):
    """The newest picture that the screen showed at this time."""
    with LOCK:
        return next((jpeg for time_of, jpeg in reversed(PICTURES) if time_of <= at), None)


class Camera(GstRtspServer.RTSPMediaFactory):
    """One shared pipeline, fed while somebody watches."""

    def __init__(self, wanted):
        super().__init__()
        self.delay = wanted["delayMs"] / 1000
        self.source = None
        lens = wanted["lensPx"]
        self.set_shared(True)
        self.set_launch(
            # What it is too slow for is dropped: a queue would be a delay that nobody asked for.
            "( appsrc name=pictures is-live=true format=time do-timestamp=true caps=image/jpeg"
            " max-buffers=1 leaky-type=downstream"
            " ! jpegdec ! videoconvert ! videoscale add-borders=true"
            # Few pixels made many are a blur that costs nothing.
            f" ! video/x-raw,format=AYUV,width={lens},height={lens * 9 // 16},pixel-aspect-ratio=1/1"
            f" ! videobalance contrast={wanted['contrast']} brightness=-0.05"
            f" ! rotate angle={math.radians(wanted['degrees'])} ! videoconvert ! videoscale"
            " ! video/x-raw,format=I420,width=640,height=360"
            " ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=1500 key-int-max=25 threads=1"
            " ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
        )
        self.connect("media-configure", self.configure)
        threading.Thread(target=self.film, daemon=True).start()

    def configure(self, _factory, media):
        media.set_latency(0)
        self.source = media.get_element().get_by_name("pictures")
        media.connect("unprepared", self.unprepared)

    def unprepared(self, _media):
        self.source = None

    def film(self):
        due = time.time()
        while True:
            due += 1 / FPS
            time.sleep(max(0, due - time.time()))
            jpeg = shown(time.time() - self.delay)
            source = self.source
            if source is not None and jpeg is not None:
                source.emit("push-buffer", Gst.Buffer.new_wrapped(jpeg))


def main():
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    server.get_thread_pool().set_max_threads(-1)
    for wanted in json.loads(sys.argv[1]):
        server.get_mount_points().add_factory(wanted["path"], Camera(wanted))
    loop = GLib.MainLoop()

    def look():
        pipe = sys.stdin.buffer
        while len(head := pipe.read(12)) == 12:
            length, at = struct.unpack(">Id", head)
            jpeg = pipe.read(length)
            with LOCK:
                PICTURES.append((at, jpeg))
                while PICTURES[0][0] < at - KEPT_SECONDS:
                    PICTURES.popleft()
        GLib.idle_add(loop.quit)

    server.attach(None)
    print(server.get_bound_port(), flush=True)
    threading.Thread(target=look, daemon=True).start()
    loop.run()


main()
