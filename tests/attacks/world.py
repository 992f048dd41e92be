"""A world around the attacks: a course with marked secrets, and things that must stay untouched, unread and unharmed.

Attacks run through the real command, as a subprocess. What a submission finds out it can only tell through the report
(prints, messages, values), so a secret is safe if its marker occurs nowhere in what the command prints.
"""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from verdicts import MARKER, Ran

ROOT = Path(__file__).parents[2]
SUBMISSIONS = Path(__file__).parent / "submissions"
REFERENCE = ROOT / "solutions/attention/masked_softmax.py"
_PR_SET_CHILD_SUBREAPER = 36

CASES = "20"
"""Per property; fewer than usual, because an attack fails on the first ones."""
LIMITS = {
    "usual": "call_seconds = 5\nexercise_seconds = 30\nmemory_mib = 512",
    "brisk": "call_seconds = 0.5\nexercise_seconds = 30\nmemory_mib = 512",
    "hasty": "call_seconds = 0.5\nexercise_seconds = 1.5\nmemory_mib = 512",
}
FORBIDDEN = "".join(
    f'\n[[forbidden]]\nname = "{name}"\nreason.en = "write it yourself"\nreason.zh = "请自己写"\n'
    for name in ("torch.softmax", "torch.nn.functional.scaled_dot_product_attention")
)
_CALM = {"R", "S"}
"""States of a process that nobody has stopped or killed."""


class World:
    """Courses with a marker in their solutions and tests, and what must not be touched."""

    def __init__(self, folder):
        self.folder = folder
        self.courses = {name: self._course(name, limits) for name, limits in LIMITS.items()}
        self.courses["guarded"] = self._course("guarded", LIMITS["usual"], FORBIDDEN)
        self.cache = folder / "cache"
        self.canary = folder / "canary"
        self.canary.write_text(MARKER)
        self.before = self._look_at_canary()
        self.listeners = [
            self._listen(socket.AF_INET, ("127.0.0.1", 0)),
            self._listen(socket.AF_UNIX, str(folder / "s")),
        ]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.setblocking(False)
        self.sibling = subprocess.Popen(["sleep", "1000"])
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)

    def _course(self, name, limits, forbidden=""):
        course = self.folder / name
        shutil.copytree(ROOT / "exercises", course / "exercises")
        shutil.copytree(ROOT / "solutions", course / "solutions")
        shutil.copytree(ROOT / "tests" / "attention", course / "tests" / "attention")
        if (ROOT / "tests" / "optimization").is_dir():
            shutil.copytree(ROOT / "tests" / "optimization", course / "tests" / "optimization")
        for path in (
            course / "solutions/attention/masked_softmax.py",
            course / "tests/attention/test_masked_softmax.py",
        ):
            path.write_text(f'{path.read_text()}\n\nSECRET = "{MARKER}"  # {MARKER}\n')
        about = course / "exercises/attention/masked_softmax.toml"
        about.write_text(f"{about.read_text()}\n{forbidden}\n[limits]\n{limits}\n")
        return course

    @staticmethod
    def _listen(family, address):
        listener = socket.socket(family)
        listener.bind(address)
        listener.listen()
        listener.setblocking(False)
        return listener

    def _look_at_canary(self):
        status = self.canary.stat()
        return self.canary.read_text(), status.st_mode, status.st_mtime_ns, os.listxattr(self.canary)

    def fill(self, text, more):
        course = self.courses["usual"]
        known = {
            "canary": self.canary, "tcp": self.listeners[0].getsockname()[1], "unix": self.folder / "s",
            "udp": self.udp.getsockname()[1], "sibling": self.sibling.pid, "pytest": os.getpid(), "cache": self.cache,
            "course": course, **more,
        }  # fmt: skip
        for name, value in known.items():
            text = text.replace(f"@{name}@", str(value))
        return text

    def command(self, submission, *options, course="usual"):
        """The real command on a file."""
        return [sys.executable, "-m", "grader", "exercise", "masked_softmax", "--submission", str(submission),
                "--course", str(self.courses[course]), "--cases", CASES, *(options or ("--format", "json"))]  # fmt: skip

    def run(self, submission, *options, course="usual"):
        """Run it to its end, and wait for what it leaves behind."""
        command, started = self.command(submission, *options, course=course), time.monotonic()
        known = set(children())
        ended = subprocess.run(
            command, env=self.environment, cwd=self.folder, capture_output=True, timeout=60, check=False
        )
        seconds = time.monotonic() - started
        left, peak = self._wait_for_orphans(known)
        return Ran(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), seconds, left, peak)

    def begin(self, submission, *, course="usual"):
        """The real command on a file, to go on beside others; whoever began it waits for it."""
        command = self.command(submission, course=course)
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=subprocess.DEVNULL)

    @property
    def environment(self):
        """Nothing but what a shell needs, and a secret."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.cache),
                "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "GRADE_LANG": "en", "TOKEN": MARKER}  # fmt: skip

    def _wait_for_orphans(self, known):
        """Whatever the command leaves behind becomes our child: give it a second to end.

        Only strangers are reaped: the sibling, what was begun, fork servers of other tests were there before, and who
        takes their exit status takes it from whoever waits for it.
        """
        until, peak = time.monotonic() + 1, 0
        while orphans := [pid for pid in children() if pid not in known]:
            for pid in orphans:
                ended, _, usage = os.wait4(pid, os.WNOHANG)
                peak = max(peak, usage.ru_maxrss if ended else 0)
            if time.monotonic() > until:
                break
            time.sleep(0.005)
        return orphans, peak

    def check(self):
        """Nothing was touched."""
        assert self._look_at_canary() == self.before, "the canary was changed"
        for listener in self.listeners:
            with pytest.raises(BlockingIOError):
                listener.accept()
        with pytest.raises(BlockingIOError):
            self.udp.recv(1)
        assert self.sibling.poll() is None, "the sibling process was killed"
        assert state(self.sibling.pid) in _CALM, "the sibling process was stopped"

    def close(self):
        self.sibling.kill()
        self.sibling.wait()
        for listener in (*self.listeners, self.udp):
            listener.close()
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 0)


def children():
    """Processes whose parent we are."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid():
                found.append(int(entry.name))
    return found


def state(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
