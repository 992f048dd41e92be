"""Looks for the secret everywhere in reach, and says what it finds in every way that a submission can speak.

The secret begins with a known prefix; this file knows no more of it.
"""

import ctypes
import gc
import glob
import os
import re
import sys

import torch

SECRET = re.compile(b"GRADLINGS" + b"-SECRET-" + b"[0-9a-f]{4,}")
found, log = set(), []


def search(data):
    found.update(match.decode() for match in SECRET.findall(data))


def attempt(what, function):
    try:
        function()
    except BaseException as error:
        log.append(f"{what}: {type(error).__name__}")
    else:
        log.append(f"{what}: done")


def read(path):
    with open(path, "rb") as stream:
        search(stream.read())


def by_path():
    ancestors = [f"/proc/{pid}/{name}" for pid in ("self", os.getppid(), os.getppid() - 1, os.getppid() - 2, "@pytest@", 1)
                 for name in ("environ", "cmdline", "mem", "maps", "fd/0", "fd/1", "fd/3", "cwd/canary", "root@canary@", "stack")]
    courses = ["@canary@", "@course@/solutions/attention/masked_softmax.py", "@course@/tests/attention/test_masked_softmax.py",
               "@course@/exercises/../solutions/attention/masked_softmax.py", "@course@/.gradlings/progress.sqlite"]
    modules = [sys.modules[name].__file__ for name in list(sys.modules) if name.startswith("grader")]
    for path in [*courses, *ancestors, *filter(None, modules), *glob.glob("@cache@/**", recursive=True)]:
        attempt(path, lambda: read(path))
        attempt(f"openat {path}", lambda: read(os.open(path, os.O_RDONLY | os.O_NOFOLLOW)))
    for folder in ("@course@", "@course@/solutions", "@cache@", os.getcwd(), "/tmp", "/proc", "/", os.path.expanduser("~")):
        attempt(f"list {folder}", lambda: search(repr(os.listdir(folder)).encode()))


def by_chdir():
    os.chdir("@course@/solutions/attention")
    read("masked_softmax.py")


def by_import():
    sys.path[:0] = ["@course@/solutions/attention", "@course@/solutions", "@course@", "@course@/tests/attention"]
    sys.modules.pop("masked_softmax", None)
    import masked_softmax

    search(repr(vars(masked_softmax)).encode())


def by_modules():
    for module in list(sys.modules.values()):
        search(repr(list(getattr(module, "__dict__", {}).items())).encode("utf-8", "replace"))


def by_objects():
    for one in gc.get_objects():
        if type(one) in (dict, list, tuple, set):
            try:
                search("\0".join(item for item in one if type(item) is str).encode("utf-8", "replace"))
                if type(one) is dict:
                    search("\0".join(item for item in one.values() if type(item) is str).encode("utf-8", "replace"))
            except RuntimeError:
                continue


def by_frames():
    frame = sys._getframe()
    while frame is not None:
        search(repr((frame.f_locals, frame.f_code.co_consts)).encode("utf-8", "replace"))
        frame = frame.f_back


def by_descriptors():
    for number in [*range(3), *range(4, 256)]:
        try:
            search(os.pread(number, 2**20, 0))
        except OSError:
            continue


def by_environment():
    search(repr(dict(os.environ)).encode())
    import posix

    search(repr(posix.environ).encode())


def by_memory():
    """Raw memory: the stack's top, where argv and environ lie, and megabytes of heap. write() tells what can be read."""
    libc = ctypes.CDLL(None)
    libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    libc.sbrk.restype = ctypes.c_void_p
    readable, writable = os.pipe()
    starts = [ctypes.c_void_p.in_dll(libc, "program_invocation_name").value - 2**16, libc.sbrk(0) - 2**24,
              *(id(one) - 2**22 for one in (object(), "text" * 100, b"x" * 5000, {}, sys, torch))]
    for start in starts:
        page, previous = start & ~4095, b""
        for address in range(page, page + 2**24, 4096):
            if libc.write(writable, address, 4096) != 4096:
                previous = b""
                continue
            data = os.read(readable, 4096)
            search(previous[-64:] + data)
            previous = data


for function in (by_path, by_chdir, by_import, by_modules, by_objects, by_frames, by_descriptors, by_environment, by_memory):
    attempt(function.__name__, function)


def sequence_mask(X, valid_len, value=0):
    attempt("frames in a call", by_frames)
    print("found:", sorted(found))
    print("done:", [line for line in log if line.endswith("done")])
    print("refused:", len(log))
    return X * 0 + 7


def masked_softmax(X, valid_lens):
    raise ValueError(f"found: {sorted(found)}")
