"""Tries to reach the network, start programs, and disturb other processes; prints what was not refused."""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import urllib.request

libc = ctypes.CDLL(None, use_errno=True)
SIBLING, PARENT = int("@sibling@"), os.getppid()
tried, allowed = [], []


def attempt(name, function, harmless=lambda value: False):
    tried.append(name)
    try:
        value = function()
    except BaseException:
        return
    if not harmless(value):
        allowed.append(f"{name} gave {value!r}"[:200])


def call(number, *args):
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(one) if isinstance(one, int) else one for one in args))
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def connect(family, kind, address):
    with socket.socket(family, kind) as one:
        one.connect(address)
        one.send(b"hello")


def own(descriptor, command):
    readable, writable = os.pipe()
    fcntl.fcntl(readable, 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(readable, command, SIBLING if command == fcntl.F_SETOWN else struct.pack("ii", 1, SIBLING))
    fcntl.fcntl(readable, fcntl.F_SETFL, os.O_ASYNC)
    os.write(writable, b"x")


def own_by_high_bits():
    readable, writable = os.pipe()
    call(72, readable, (1 << 32) | 8, SIBLING)  # fcntl F_SETOWN, with a bit that the kernel ignores
    fcntl.fcntl(readable, fcntl.F_SETFL, os.O_ASYNC)
    os.write(writable, b"x")


NETWORK = {
    "tcp": lambda: connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int("@tcp@"))),
    "udp": lambda: connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int("@udp@"))),
    "unix": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "@unix@"),
    "abstract": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "\0x"),
    "listen": lambda: socket.create_server(("127.0.0.1", 0)),
    "pair": socket.socketpair,
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "raw": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW),
    "name": lambda: socket.getaddrinfo("localhost", 80),
    "url": lambda: urllib.request.urlopen("http://127.0.0.1:@tcp@", timeout=1),
    "raw tcp": lambda: call(41, 2, 1, 0),
    "x32 tcp": lambda: call(0x40000000 | 41, 2, 1, 0),
    "interface flags": lambda: fcntl.ioctl(3, 0x8913, b"lo".ljust(40, b"\0")),
    "interface list": lambda: fcntl.ioctl(3, 0x8912, struct.pack("iL", 0, 0)),
    "ioctl by high bits": lambda: call(16, 3, (1 << 32) | 0x8912, ctypes.create_string_buffer(64)),
    "send buffer": lambda: call(54, 3, 1, 32, ctypes.byref(ctypes.c_int(2**30)), 4),
    "sendto": lambda: call(44, 3, b"x", 1, 0, ctypes.create_string_buffer(16), 16),
}
PROGRAMS = {
    "run": lambda: subprocess.run(["/bin/true"]),
    "system": lambda: 1 / (os.waitstatus_to_exitcode(os.system("true")) != 127),  # 127: no shell could be started
    "popen": lambda: os.popen("true").read(),
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "fork": os.fork,
    "forkpty": os.forkpty,
    "vfork": lambda: call(58),
    "clone": lambda: call(56, 17, 0, 0, 0, 0),
    "clone3": lambda: call(435, ctypes.create_string_buffer(b"\0" * 32 + b"\x11", 88), 88),
    "execveat": lambda: call(322, -100, b"/bin/true", 0, 0, 0),
}
OTHERS = {
    **{f"kill {name} {number}": lambda pid=pid, number=number: os.kill(pid, number)
       for name, pid in {"sibling": SIBLING, "parent": PARENT, "all": -1, "group of sibling": -SIBLING, "judge": PARENT - 1}.items()
       for number in (0, signal.SIGUSR1, signal.SIGSTOP, signal.SIGKILL)},
    "killpg": lambda: os.killpg(os.getpgid(SIBLING), signal.SIGKILL),
    "pidfd": lambda: os.pidfd_open(SIBLING),
    "tgkill": lambda: call(234, SIBLING, SIBLING, 9),
    "tkill": lambda: call(200, SIBLING, 9),
    "sigqueue": lambda: call(129, SIBLING, 9, ctypes.create_string_buffer(128)),
    "owner": lambda: own(3, fcntl.F_SETOWN),
    "owner ex": lambda: own(3, 15),
    "owner by high bits": own_by_high_bits,
    "ptrace": lambda: call(101, 16, SIBLING, 0, 0),
    "seize": lambda: call(101, 0x4206, PARENT, 0, 0),
    "read memory": lambda: call(310, SIBLING, 0, 0, 0, 0, 0),
    "write memory": lambda: call(311, PARENT, 0, 0, 0, 0, 0),
    "open memory": lambda: os.open(f"/proc/{PARENT}/mem", os.O_RDWR),
    "limits of others": lambda: call(302, SIBLING, 7, 0, ctypes.create_string_buffer(16)),
    "priority": lambda: os.setpriority(os.PRIO_PROCESS, SIBLING, 19),
    "scheduler": lambda: os.sched_setaffinity(SIBLING, {0}),
    "parameters": lambda: call(142, SIBLING, ctypes.byref(ctypes.c_int(0))),
    "pages": lambda: call(256, SIBLING, 1, ctypes.byref(ctypes.c_long()), ctypes.byref(ctypes.c_long())),
    "session": os.setsid,
    "group": lambda: os.setpgid(0, 0),
    "namespace": lambda: call(272, 0x10000000),
    "raise limit": lambda: call(302, 0, 9, ctypes.create_string_buffer(b"\xff" * 16, 16), 0),
    "setrlimit": lambda: call(160, 9, ctypes.create_string_buffer(b"\xff" * 16, 16)),
    "bpf": lambda: call(321, 0, 0, 0),
    "io_uring": lambda: call(425, 1, ctypes.create_string_buffer(128)),
    "keys": lambda: call(250, 0, -3, 1),
    "shared memory": lambda: call(29, 1, 4096, 0o1600),
    "message queue": lambda: call(240, b"q", 0o102, 0o600, 0),
    "memfd": lambda: os.memfd_create("x"),
    "setuid": lambda: os.setuid(65534),
    "reboot": lambda: call(169, 0, 0, 0, 0),
    "sync": lambda: call(162),
    "death signal": lambda: call(157, 1, 0, 0, 0, 0),
}
FILES = {
    "write": lambda: open("@canary@", "w"),
    "append": lambda: open("@canary@", "ab"),
    "truncate": lambda: os.truncate("@canary@", 0),
    "remove": lambda: os.remove("@canary@"),
    "rename": lambda: os.rename("@canary@", "@canary@2"),
    "link": lambda: os.link("@canary@", "@canary@2"),
    "symlink": lambda: os.symlink("@canary@", "@canary@2"),
    "chmod": lambda: os.chmod("@canary@", 0o777),
    "fchmodat2": lambda: call(452, -100, b"@canary@", 0o777, 0),
    "chown": lambda: os.chown("@canary@", 0, 0),
    "utime": lambda: os.utime("@canary@", (0, 0)),
    "attribute": lambda: os.setxattr("@canary@", "user.x", b"1"),
    "attribute at": lambda: call(463, -100, b"@canary@", 0, b"user.x", ctypes.create_string_buffer(16), 16),
    "flags": lambda: call(469, -100, b"@canary@", ctypes.create_string_buffer(24), 24, 0),
    "mkdir": lambda: os.mkdir("@canary@3"),
    "device": lambda: os.mknod("@canary@4", 0o20666, os.makedev(1, 1)),
    "temporary": lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR),
    "kernel": lambda: open("/proc/sys/kernel/hostname", "w"),
    "shared": lambda: open("/dev/shm/x", "w"),
    "mount": lambda: call(165, b"none", b"/tmp", b"tmpfs", 0, 0),
    "chroot": lambda: os.chroot("/"),
    "watch": lambda: call(294, 0),
    "lease": lambda: fcntl.fcntl(os.open("/usr/bin/env", os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK),
}
for group in (NETWORK, PROGRAMS, OTHERS, FILES):
    for name, function in group.items():
        attempt(name, function)


def sequence_mask(X, valid_len, value=0):
    print(f"tried {len(tried)}, allowed: {allowed}")
    return X * 0 + 7


def masked_softmax(X, valid_lens):
    return X * 0 + 7
