"""Locks the calling process in: Landlock, seccomp, resource limits.

Nothing here imports torch, so that `grade doctor` can ask what the kernel offers; and nothing that a platform may lack
is imported before it is needed, so that doctor can ask everywhere.

The order matters. Landlock binds only the calling thread and leaves open descriptors open, so a worker first closes
its descriptors, is single-threaded, and then locks. `fork` denied by name would not stop `os.fork`, which glibc makes
of `clone`: `clone` is refused unless it makes a thread, and `clone3`, whose flags a filter cannot read, answers ENOSYS
so that glibc falls back to `clone`.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import importlib.util
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import seccompy

Tier = Literal["full", "partial", "none"]

_SCOPED_SIGNALS_ABI = 6
"""The first Landlock ABI that confines signals; TCP came with 4, truncation with 3."""

_CLONE_THREAD = 0x00010000

_REFUSED = """
socket socketpair connect bind listen accept accept4 sendmmsg recvmmsg setsockopt
execve execveat fork vfork
ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd pidfd_send_signal process_madvise process_mrelease kcmp
tkill rt_sigqueueinfo rt_tgsigqueueinfo
mount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick mount_setattr
unshare setns bpf perf_event_open io_uring_setup io_uring_enter io_uring_register userfaultfd
init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff
chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat file_setattr
setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat
utime utimes utimensat futimesat
setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset setrlimit
sethostname setdomainname settimeofday clock_settime clock_adjtime adjtimex acct quotactl quotactl_fd syslog personality
add_key request_key keyctl
shmget shmat shmctl semget semop semctl msgget msgsnd msgrcv msgctl mq_open memfd_create memfd_secret
setpriority sched_setscheduler sched_setattr sched_setparam sched_setaffinity ioprio_set setsid setpgid
migrate_pages move_pages sync syncfs vhangup
inotify_init inotify_init1 fanotify_init name_to_handle_at open_by_handle_at lookup_dcookie iopl ioperm
""".split()  # noqa: SIM905  # a list of a hundred names is not read by the line

_PR_SET_PDEATHSIG = 1
_F_SETOWN_EX = 15
_X32 = 0x40000000
"""Marks a call of the x32 ABI: the same architecture to a filter, but other numbers."""
_X32_CALLS = 600

_RUNTIME_PATHS = (
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may use. `memory_bytes` counts address space above what it was forked with.

    `threads` counts those of the user who runs this, in all processes; the kernel does not hold root to it.
    """

    memory_bytes: int
    cpu_seconds: int
    open_files: int = 64
    threads: int = 4096


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a tier is not the full one, and of what. Sentences are for those who speak to people (`grade doctor`)."""

    kind: Literal["platform", "module", "package", "no landlock", "old landlock", "landlock", "no seccomp", "seccomp"]
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.detail}".strip()


@dataclass(frozen=True, slots=True)
class Support:
    """What this machine's kernel offers, and why it is not more."""

    tier: Tier
    landlock_abi: int
    seccomp: bool
    reasons: tuple[Reason, ...]


def support() -> Support:
    """Ask the kernel, without changing anything. Never raises: what fails is a reason."""
    missing = [Reason("module", name) for name in ("fcntl", "resource") if not _is_importable(name)]
    if sys.platform != "linux":
        missing.append(Reason("platform", sys.platform))
    else:
        missing += [Reason("package", name) for name in ("landlockpy", "seccompy") if not _is_importable(name)]
    if missing:
        return Support("none", landlock_abi=0, seccomp=False, reasons=tuple(missing))
    import landlockpy
    import seccompy

    reasons = []
    try:
        abi = landlockpy.abi_version()
    except Exception as error:
        abi = 0
        reasons.append(Reason("landlock", str(error)))
    else:
        if abi == 0:
            reasons.append(Reason("no landlock"))
        elif abi < _SCOPED_SIGNALS_ABI:
            reasons.append(Reason("old landlock", str(abi)))
    try:
        seccomp = seccompy.supported()
    except Exception as error:
        seccomp = False
        reasons.append(Reason("seccomp", str(error)))
    else:
        if not seccomp:
            reasons.append(Reason("no seccomp"))
    full = abi >= _SCOPED_SIGNALS_ABI and seccomp
    tier: Tier = "full" if full else "partial" if abi or seccomp else "none"
    return Support(tier, abi, seccomp, tuple(reasons))


def _is_importable(name: str) -> bool:
    """Whether a module loads; packages of ours that wrap system calls can fail to in more ways than by being absent."""
    try:
        importlib.import_module(name)
    except Exception:
        return False
    return True


def readable_paths(hidden: Iterable[Path]) -> list[str]:
    """What a worker may read: the interpreter and its packages, nothing at or below a `hidden` path.

    Landlock only ever allows, so a directory that contains something hidden is replaced by its other children.
    """
    secrets = [path.resolve() for path in hidden]
    torch = importlib.util.find_spec("torch")
    roots = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    if torch is not None and torch.origin is not None:  # packages may lie outside the prefix: --user, PYTHONPATH
        roots.add(Path(torch.origin).resolve().parents[1])
    roots |= {Path(path) for path in _RUNTIME_PATHS if Path(path).exists()}
    allowed: list[str] = []
    pending = sorted(roots)
    while pending:
        path = pending.pop()
        if any(path == secret or secret in path.parents for secret in secrets):
            continue
        if any(path in secret.parents for secret in secrets):
            pending.extend(child for child in path.iterdir() if not child.is_symlink())
        else:
            allowed.append(str(path))
    return sorted(set(allowed))


def prepare() -> None:
    """Load, once and before forking, what locking needs: libraries looked up late fail behind the lock."""
    if support().tier != "none":
        _base_filter()


_filters: list[seccompy.Filter] = []


def _base_filter() -> seccompy.Filter:
    """Build the refusals that are the same for every worker; assembled once, inherited through fork."""
    if not _filters:
        import fcntl

        import seccompy

        rules = seccompy.Filter(seccompy.Action.ALLOW)
        for name in _REFUSED:
            try:
                rules.errno(name, errno.EPERM)
            except ValueError:
                continue  # this architecture has no such call
        thread_only = [seccompy.ArgCmp(0, seccompy.CmpOp.MASKED_EQ, 0, _CLONE_THREAD)]
        rules.errno("clone", errno.EPERM, args=thread_only)
        rules.errno("clone3", errno.ENOSYS)
        rules.errno(
            "sendto", errno.EPERM, args=[seccompy.ArgCmp(4, seccompy.CmpOp.NE, 0)]
        )  # to an address; send() has none
        rules.errno("prlimit64", errno.EPERM, args=[seccompy.ArgCmp(0, seccompy.CmpOp.NE, 0)])
        rules.errno("prlimit64", errno.EPERM, args=[seccompy.ArgCmp(2, seccompy.CmpOp.NE, 0)])  # root may raise limits

        def refuse(name: str, index: int, value: int, mask: int = 0xFFFFFFFF) -> None:
            """By an argument of 32 bits: the kernel does not look at the upper ones, so neither may the filter."""
            rules.errno(name, errno.EPERM, args=[seccompy.ArgCmp(index, seccompy.CmpOp.MASKED_EQ, value, mask)])

        refuse("ioctl", 1, 0x8900, 0xFF00)  # any socket can configure network interfaces
        for command in (fcntl.F_SETOWN, _F_SETOWN_EX, fcntl.F_SETLEASE, fcntl.F_NOTIFY):
            refuse("fcntl", 1, command)  # signals to others
        refuse("prctl", 0, _PR_SET_PDEATHSIG)  # a worker ends with its fork server
        if _runs_x32():
            for number in range(_X32_CALLS):
                rules.errno(_X32 | number, errno.ENOSYS)
        _filters.append(rules)
        _ = rules.program
    return _filters[0]


def _runs_x32() -> bool:
    """Whether the kernel also answers calls of the x32 ABI; most are built without it."""
    if platform.machine() != "x86_64":
        return False
    getpid = 39
    answer: int = ctypes.CDLL(None).syscall(ctypes.c_long(_X32 | getpid))
    return answer > 0


def lock(readable: Sequence[str], limits: Limits) -> Tier:
    """Lock this process in for good, as far as the kernel goes, and say how far that was."""
    _limit_resources(limits)
    offered = support()
    if offered.tier == "none":
        return "none"
    import landlockpy
    import seccompy

    if offered.landlock_abi:
        read = landlockpy.AccessFS.READ_FILE | landlockpy.AccessFS.READ_DIR
        scopes = landlockpy.Scope.ABSTRACT_UNIX_SOCKET | landlockpy.Scope.SIGNAL
        with landlockpy.Ruleset(scoped=scopes) as ruleset:
            for path in readable:
                try:
                    ruleset.allow_path(path, read if Path(path).is_dir() else landlockpy.AccessFS.READ_FILE)
                except OSError:
                    continue  # gone since it was listed, or not ours to open: then it stays closed
            ruleset.restrict()
    if offered.seccomp:
        own = os.getpid()
        signals = seccompy.Filter(seccompy.Action.ALLOW)
        for name in ("kill", "tgkill"):
            signals.errno(name, errno.EPERM, args=[seccompy.ArgCmp(0, seccompy.CmpOp.NE, own)])
        signals.load()
        _base_filter().load()
    return offered.tier


def _limit_resources(limits: Limits) -> None:
    if not _is_importable("resource"):  # then the tier is "none", and says so
        return
    import resource

    def lower(kind: int, value: int) -> None:
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, value))

    lower(resource.RLIMIT_CPU, limits.cpu_seconds)
    lower(resource.RLIMIT_FSIZE, 0)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, limits.open_files)
    lower(resource.RLIMIT_NPROC, limits.threads)
    if sys.platform == "linux":  # elsewhere the address space is not a measure of memory
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        lower(resource.RLIMIT_AS, pages * resource.getpagesize() + limits.memory_bytes)
