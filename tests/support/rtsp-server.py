"""An RTSP camera for tests: a moving test picture over a real GStreamer RTSP server on a free loopback port.

Arguments: user and password (none: open to everybody). Prints the port as its first line. Streams, all H.264 at
25 frames per second: /cam cuts its keyframes into slices, /whole does not, /bframes reorders its pictures, /asked has a
keyframe only where one is asked for, once a second, and /bars and /rings show pictures that stand. Reads commands from
standard input: `size WxH` changes all pictures while they run, `rare` ends the asking. Ends when standard input ends, so
that it never outlives the test.
"""

import re
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import GLib, Gst, GstRtspServer, GstVideo  # noqa: E402

ENCODERS = {
    "cam": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25",
    "whole": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 threads=1",
    "bframes": "x264enc speed-preset=veryfast key-int-max=25 threads=1 bframes=2 b-adapt=false"
    " ! video/x-h264,profile=main",
    "asked": "x264enc name=encoder tune=zerolatency speed-preset=ultrafast key-int-max=10000 threads=1"
    " option-string=scenecut=0",
}

STANDING = {"bars": "smpte75", "rings": "circular"}
ENCODERS |= {name: ENCODERS["whole"] for name in STANDING}


def caps(size):
    width, height = size
    return Gst.Caps.from_string(f"video/x-raw,width={width},height={height},framerate=25/1")


class Camera(GstRtspServer.RTSPMediaFactory):
    """One shared pipeline whose picture size can change."""

    def __init__(self, encoder, pattern):
        super().__init__()
        self.filter = None
        self.encoder = None
        self.size = (320, 240)
        self.set_shared(True)
        self.set_launch(
            f"( videotestsrc is-live=true pattern={pattern} ! capsfilter name=size"
            f" ! {encoder} ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
        )
        self.connect("media-configure", self.configure)

    def configure(self, _factory, media):
        self.filter = media.get_element().get_by_name("size")
        self.encoder = media.get_element().get_by_name("encoder")
        self.resize(self.size)

    def ask_keyframe(self):
        if self.encoder is not None:
            event = GstVideo.video_event_new_upstream_force_key_unit(Gst.CLOCK_TIME_NONE, True, 0)
            self.encoder.get_static_pad("src").send_event(event)

    def resize(self, size):
        self.size = size
        if self.filter is not None:
            self.filter.set_property("caps", caps(size))


def protect(server, factory, user, password):
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(2)  # GST_RTSP_AUTH_DIGEST
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for right in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role("user", right, True)
    factory.set_permissions(permissions)


def main():
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    cameras = {
        name: Camera(encoder, STANDING.get(name, "ball")) for name, encoder in ENCODERS.items()
    }
    for name, camera in cameras.items():
        if len(sys.argv) == 3:
            protect(server, camera, sys.argv[1], sys.argv[2])
        server.get_mount_points().add_factory(f"/{name}", camera)
    loop = GLib.MainLoop()
    asking = True

    def ask():
        if asking:
            cameras["asked"].ask_keyframe()
        return True

    def listen():
        nonlocal asking
        for line in sys.stdin:
            found = re.fullmatch(r"size (\d+)x(\d+)\n", line)
            for camera in cameras.values() if found else []:
                GLib.idle_add(camera.resize, (int(found[1]), int(found[2])))
            if line == "rare\n":
                asking = False
        GLib.idle_add(loop.quit)

    GLib.timeout_add(1000, ask)

    server.attach(None)
    print(server.get_bound_port(), flush=True)
    threading.Thread(target=listen, daemon=True).start()
    loop.run()


main()
