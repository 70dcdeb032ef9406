"""A link that loses packets, between a browser and a server on this host: two network namespaces, a TUN device in each, and
this program in between. So TCP itself meets the loss, and repeats, waits and slows down as it does outside.

Argument: JSON as in {"port": 8899, "rateKbps": 20000, "delayMs": 20, "lossPercent": 1}: the server's port on loopback; the
rate holds towards the browser, delay and loss each way. Prints the port of the link on loopback as its first line. Without
an argument it only tries whether this host allows it: ends with 0, or with 1 and the reason.

Everything of it is gone with this process, however it ends: the namespaces have no names, and the devices no files. Ends
when standard input ends. Source of the numbers below: linux/if_tun.h, linux/sockios.h, sched.h.
"""

import asyncio
import collections
import ctypes
import fcntl
import json
import os
import random
import socket
import struct
import sys

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI, IFF_UP = 0x0001, 0x1000, 0x1
SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFFLAGS = 0x8916, 0x891C, 0x8914
NEAR, FAR = "10.0.0.1", "10.0.0.2"
MTU = 1500
# What a router keeps; more is lost.
QUEUE_S = 0.2
# As much of one connection as the kernel's buffers are to be kept from.
CHUNK = 16 * 1024

libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Namespace:
    """One end of the link: a network of its own with one address and one device."""

    def __init__(self, host, address):
        checked(libc.unshare(CLONE_NEWNET))
        try:
            self.own = os.open("/proc/self/ns/net", os.O_RDONLY)
            self.host = host
            self.device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            name = b"link"
            fcntl.ioctl(self.device, TUNSETIFF, struct.pack("16sH22x", name, IFF_TUN | IFF_NO_PI))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
                for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.0")):
                    packed = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(value))
                    fcntl.ioctl(control, request, struct.pack("16s16s8x", name, packed))
                fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name, IFF_UP))
        finally:
            checked(libc.setns(host, CLONE_NEWNET))

    def socket(self):
        """A socket stays in the namespace that it was made in."""
        checked(libc.setns(self.own, CLONE_NEWNET))
        try:
            made = socket.socket()
        finally:
            checked(libc.setns(self.host, CLONE_NEWNET))
        made.setblocking(False)
        # What Linux has unless told otherwise; this host may have been.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        return made


class Way:
    """One direction: packets are lost, wait for their turn, and arrive later, in order."""

    def __init__(self, loop, source, target, rate_kbps, delay_ms, loss_percent):
        self.loop = loop
        self.source = source
        self.target = target
        self.rate_bps = rate_kbps * 1000
        self.delay_s = delay_ms / 1000
        self.loss = loss_percent / 100
        self.free = 0.0
        self.underway = collections.deque()
        loop.add_reader(source, self.take)

    def take(self):
        packet = os.read(self.source, MTU)
        # IPv6 says hello; nobody is there.
        if packet[0] >> 4 != 4 or random.random() < self.loss:
            return
        now = self.loop.time()
        begins = max(now, self.free)
        if begins - now > QUEUE_S:
            return
        self.free = begins + (len(packet) * 8 / self.rate_bps if self.rate_bps else 0)
        self.underway.append((self.free + self.delay_s, packet))
        if len(self.underway) == 1:
            self.loop.call_at(self.underway[0][0], self.deliver)

    def deliver(self):
        while self.underway and self.underway[0][0] <= self.loop.time():
            os.write(self.target, self.underway.popleft()[1])
        if self.underway:
            self.loop.call_at(self.underway[0][0], self.deliver)


async def carry(reader, writer):
    """Until its end, which the other side then knows; a connection that breaks ends both ways."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.transport.abort()


async def both(near, far):
    await asyncio.gather(carry(near[0], far[1]), carry(far[0], near[1]))
    for _, writer in (near, far):
        writer.close()


async def run(near, far, link):
    loop = asyncio.get_running_loop()
    Way(loop, near.device, far.device, 0, link["delayMs"], link["lossPercent"])
    Way(loop, far.device, near.device, link["rateKbps"], link["delayMs"], link["lossPercent"])

    async def to_server(reader, writer):
        try:
            server = await asyncio.open_connection("127.0.0.1", link["port"])
        except OSError:
            writer.transport.abort()
            return
        await both((reader, writer), server)

    async def from_browser(reader, writer):
        across = near.socket()
        try:
            await loop.sock_connect(across, exit_address)
        except OSError:
            across.close()
            writer.transport.abort()
            return
        await both((reader, writer), await asyncio.open_connection(sock=across))

    exit_socket = far.socket()
    exit_socket.bind((FAR, 0))
    exit_address = exit_socket.getsockname()
    await asyncio.start_server(to_server, sock=exit_socket)
    server = await asyncio.start_server(from_browser, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, lambda: os.read(0, 1) or ended.set())
    await ended.wait()


def main():
    host = os.open("/proc/self/ns/net", os.O_RDONLY)
    near, far = Namespace(host, NEAR), Namespace(host, FAR)
    if len(sys.argv) > 1:
        asyncio.run(run(near, far, json.loads(sys.argv[1])))


try:
    main()
except OSError as error:
    sys.exit(f"{error.strerror or error}")
