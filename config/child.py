"""Server processes that belong to us: started in a session of their own, gone when we are gone."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
SERVICE_USER = "messagepark"
ROTATE_LOG_AT = 10 * 1024 * 1024


class ServiceError(RuntimeError):
    """A server of ours did not start or stop; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The system user that a server runs as; PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()


def spawn(
    command: Sequence[str | Path], *, log: Path, owner: Owner | None = None, stop: int = signal.SIGTERM
) -> subprocess.Popen[bytes]:
    """Start a server whose output goes to `log`.

    It has its own session, so that Ctrl-C reaches the launcher only, and the kernel sends it `stop` if the launcher is
    killed.
    """
    other = owner if owner and not owner.is_us else None
    with _open_log(log) as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent(stop),  # noqa: PLW1509 - one prctl call, made before any thread of ours runs
            user=other.uid if other else None,
            group=other.gid if other else None,
            extra_groups=[] if other else None,
        )


@contextmanager
def _open_log(log: Path) -> Iterator[int]:
    log.parent.mkdir(parents=True, exist_ok=True)
    full = log.exists() and log.stat().st_size > ROTATE_LOG_AT
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if full else os.O_APPEND), 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def die_with_parent(number: int = signal.SIGTERM) -> Callable[[], None]:
    """Return a function for the child, between fork and exec: the kernel signals it when its parent dies."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(number))


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM, *, seconds: float = 10.0) -> None:
    """Signal a child and wait for it; kill it when it takes too long."""
    if process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_leftover(pid_file: Path, number: int = signal.SIGTERM, *, seconds: float = 15.0) -> None:
    """Stop a server that outlived an earlier launcher, and remove its pid file, or one that went stale.

    A number in a pid file proves nothing, another process may have it by now: only one that works in the folder of the
    pid file, as PostgreSQL and Redis do, gets stopped.
    """
    pid = _pid_in(pid_file)
    if pid is not None and _works_in(pid, pid_file.parent):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            _wait_gone(pid, pid_file.parent, seconds)
    pid_file.unlink(missing_ok=True)


def _pid_in(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False


def _wait_gone(pid: int, folder: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _works_in(pid, folder):
        if time.monotonic() > deadline:
            raise ServiceError(f"A server left from an earlier start does not stop; stop it with `kill {pid}`.")
        time.sleep(0.05)


def service_owner(data_dir: Path) -> Owner:
    """Return who a server's data belongs to: us, or for root the owner of the data, else a user made for this."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    if data_dir.exists() and data_dir.stat().st_uid != 0:
        found = data_dir.stat()
        return Owner(found.st_uid, found.st_gid)
    entry = _made_user() or pwd.getpwnam("nobody")
    return Owner(entry.pw_uid, entry.pw_gid)


def _made_user() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    with suppress(KeyError):
        return pwd.getpwnam(SERVICE_USER)
    if useradd is None:
        return None
    command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USER]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        return None
    return pwd.getpwnam(SERVICE_USER)


def let_through(path: Path) -> None:
    """Let other users pass (not read) the folders above `path`, where that is not so already."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXGRP | stat.S_IXOTH)


def let_read(tree: Path) -> None:
    """Let other users read a folder of programs (a checkout made under a strict umask hides it)."""
    if not tree.exists():
        return
    for path in (tree, *tree.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def last_lines(log: Path, count: int = 5) -> str:
    """Return the end of a log, for the sentence that says why a server did not start."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
