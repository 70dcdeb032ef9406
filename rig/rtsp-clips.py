"""RTSP cameras that cost next to nothing: each stream sends the pictures of one prepared clip, over and over, at the
wall clock's time.

Argument: JSON as in {"port": 0, "firstMs": 1000, "streams": [{"path": "/cam1", "clip": "a.h264", "codec": "h264",
"fps": 25}]}; port 0 takes a free one.
A clip is an elementary stream (H.264 or HEVC, Annex B) with an access unit delimiter before each picture; firstMs is
the clock in the first picture of all of them (more than it: they go out that much later). Prints the port of a GStreamer
RTSP server as its first line. The picture
that shows the clock value v goes out when the host's clock modulo the clip's length is v: so the strip in it is right
although it was drawn before, and all streams stand at the same instant. Time stamps run on by the picture's number,
through the loop's end and whenever this program was woken. Ends when standard input ends.
"""

import json
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

# Access unit delimiter, the parameter set that comes with each keyframe, and GStreamer's names.
CODECS = {
    "h264": (b"\x00\x00\x00\x01\x09", b"\x00\x00\x01\x67", "video/x-h264", "h264parse", "rtph264pay"),
    "hevc": (b"\x00\x00\x00\x01\x46\x01", b"\x00\x00\x01\x40\x01", "video/x-h265", "h265parse", "rtph265pay"),
}


def pictures_of(path, codec):
    """Each picture of the clip, with whether it is a keyframe."""
    delimiter, parameters = CODECS[codec][:2]
    with open(path, "rb") as clip:
        parts = clip.read().split(delimiter)
    return [(delimiter + part, parameters in part) for part in parts[1:]]


class Stream(GstRtspServer.RTSPMediaFactory):
    """One shared pipeline, fed from outside while somebody watches."""

    def __init__(self, codec, fps):
        super().__init__()
        self.fps = fps
        self.source = None
        # Number and running time of the first picture since somebody watches.
        self.first = None
        _, _, caps, parser, payloader = CODECS[codec]
        self.set_shared(True)
        self.set_launch(
            "( appsrc name=pictures is-live=true format=time max-bytes=16000000"
            f" caps={caps},stream-format=byte-stream,alignment=au"
            f" ! {parser} ! {payloader} name=pay0 pt=96 config-interval=-1 )"
        )
        self.connect("media-configure", self.configure)

    def configure(self, _factory, media):
        self.first = None
        self.source = media.get_element().get_by_name("pictures")
        # They go out when they are sent, not by a clock that began to run when the host had time for it.
        media.set_rate_control(False)
        media.connect("unprepared", self.unprepared)

    def unprepared(self, _media):
        self.source = None

    def send(self, number, picture, keyframe):
        source = self.source
        if source is None or not (keyframe or self.first is not None):
            return
        if self.first is None:
            now = source.get_current_running_time()
            self.first = (number, 0 if now == Gst.CLOCK_TIME_NONE else now)
        began, at = self.first
        buffer = Gst.Buffer.new_wrapped(picture)
        buffer.pts = buffer.dts = at + round((number - began) * Gst.SECOND / self.fps)
        source.emit("push-buffer", buffer)


def play(pictures, fps, start, streams):
    """Sends one clip to all its streams, for ever."""
    number = int((time.time() - start) * fps) + 1
    while True:
        wait = start + number / fps - time.time()
        if wait > 0:
            time.sleep(wait)
        picture, keyframe = pictures[number % len(pictures)]
        for stream in streams:
            stream.send(number, picture, keyframe)
        number += 1


def main():
    wanted = json.loads(sys.argv[1])
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(wanted["port"]))
    # DESCRIBE waits for the stream's next keyframe: with the one thread that is the default, each client would wait for all
    # before it as well.
    server.get_thread_pool().set_max_threads(-1)
    by_clip = {}
    for entry in wanted["streams"]:
        stream = Stream(entry["codec"], entry["fps"])
        server.get_mount_points().add_factory(entry["path"], stream)
        by_clip.setdefault((entry["clip"], entry["codec"], entry["fps"]), []).append(stream)
    loop = GLib.MainLoop()

    def listen():
        sys.stdin.read()
        GLib.idle_add(loop.quit)

    server.attach(None)
    print(server.get_bound_port(), flush=True)
    for (clip, codec, fps), streams in by_clip.items():
        arguments = (pictures_of(clip, codec), fps, wanted["firstMs"] / 1000, streams)
        threading.Thread(target=play, args=arguments, daemon=True).start()
    threading.Thread(target=listen, daemon=True).start()
    loop.run()


main()
