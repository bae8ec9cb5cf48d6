"""Postfix's own measuring programs, and a Postfix relay to compare with, out of the Debian package and nowhere else.

Where the package is installed its programs are taken; else they are unpacked below ``var/``: nothing is installed, and
no service is started but the relay that a benchmark starts and stops.
"""

from __future__ import annotations

import functools
import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.child import free_port, service_owner, stop

ROOT = Path(__file__).resolve().parent.parent
UNPACKED = ROOT / "var" / "programs" / "postfix"

MAIN = """\
compatibility_level = 3.6
config_directory = {etc}
queue_directory = {spool}
data_directory = {data}
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
shlib_directory = {root}/usr/lib/postfix
mail_owner = {owner}
setgid_group = {group}
import_environment = MAIL_CONFIG LD_LIBRARY_PATH PATH LANG=C
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.bench.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtp_tls_security_level = none
smtp_dns_support_level = disabled
smtp_connection_cache_destinations = [127.0.0.1]:{sink}
default_destination_concurrency_limit = 50
initial_destination_concurrency = 50
default_process_limit = 100
in_flow_delay = 0
qmgr_message_active_limit = 200000
qmgr_message_recipient_limit = 200000
hash_queue_names = deferred
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""
QUEUES = ("incoming", "active", "deferred", "maildrop")
FOLDERS = ("pid", "private", "public", "bounce", "defer", "trace", "flush", "hold", "corrupt", "saved", *QUEUES)


@dataclass(frozen=True)
class Programs:
    """Postfix's programs; `root` is the folder that holds ``usr``."""

    root: Path

    def command(self, name: str) -> list[str]:
        return ["/usr/bin/env", f"LD_LIBRARY_PATH={self.root / 'usr/lib/postfix'}", str(self.root / "usr/sbin" / name)]


@functools.cache
def programs() -> Programs | None:
    """Return the programs, unpacking Debian's package on the first call where there are none; None if that fails."""
    for root in (Path("/"), UNPACKED):
        if (root / "usr/sbin/smtp-sink").exists():
            return Programs(root)
    return _unpacked() if shutil.which("apt-get") and shutil.which("dpkg") else None


def _unpacked() -> Programs | None:
    aside = UNPACKED.with_name("postfix.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    got = subprocess.run(["apt-get", "download", "-q", "postfix"], cwd=aside, capture_output=True, check=False)
    package = next(aside.glob("*.deb"), None)
    if got.returncode or package is None:
        return None
    subprocess.run(["dpkg", "-x", package, aside], check=True)
    aside.rename(UNPACKED)
    return Programs(UNPACKED)


@contextmanager
def relay(folder: Path, sink: int) -> Iterator[Relay]:
    """Run a relay on a free port that hands all mail to the SMTP server on port `sink`; it needs root.

    Raises:
        RuntimeError: it cannot be run here; the message says why.
    """
    found = programs()
    if found is None:
        raise RuntimeError("Postfix is neither installed nor to be had from Debian")
    if os.geteuid() != 0:
        raise RuntimeError("Postfix starts only as root")
    made = Relay(folder, found, free_port())
    made.configure(sink)
    master = made.start()
    try:
        made.wait_until_it_greets()
        yield made
    finally:
        stop(master)


@dataclass(frozen=True)
class Relay:
    """A Postfix of its own: configuration, spool and data below `folder`."""

    folder: Path
    programs: Programs
    port: int

    def configure(self, sink: int) -> None:
        owner = pwd.getpwuid(service_owner(self.folder / "none").uid).pw_name
        for name in ("etc", "data", *(f"spool/{each}" for each in FOLDERS)):
            path = self.folder / name
            path.mkdir(parents=True, exist_ok=True)
            if name != "etc" and name != "spool/pid":
                shutil.chown(path, owner)
        group = next(g.gr_name for g in grp.getgrall() if g.gr_name not in (owner, "root", "nogroup") and not g.gr_mem)
        names = {"etc": self.folder / "etc", "spool": self.folder / "spool", "data": self.folder / "data"}
        main = MAIN.format(**names, root=self.programs.root, owner=owner, group=group, sink=sink)
        (self.folder / "etc/main.cf").write_text(main)
        (self.folder / "etc/master.cf").write_text(MASTER.format(port=self.port))

    def start(self) -> subprocess.Popen[bytes]:
        libraries = self.programs.root / "usr/lib/postfix"
        command = [libraries / "sbin/master", "-d", "-c", self.folder / "etc"]
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
                env={"PATH": os.defpath, "LD_LIBRARY_PATH": str(libraries), "MAIL_CONFIG": str(self.folder / "etc")},
            )  # fmt: skip

    def wait_until_it_greets(self, seconds: float = 20.0) -> None:
        until = time.monotonic() + seconds
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                    if connection.recv(100).startswith(b"220"):
                        return
            except OSError:
                pass
            if time.monotonic() > until:
                raise RuntimeError("Postfix did not start")
            time.sleep(0.1)

    def wait_until_empty(self, seconds: float) -> None:
        """Wait until no mail is left in the spool.

        Raises:
            TimeoutError: some is after so many seconds.
        """
        until = time.monotonic() + seconds
        while any(files for name in QUEUES for _, _, files in os.walk(self.folder / "spool" / name)):
            if time.monotonic() > until:
                raise TimeoutError("Postfix did not deliver everything")
            time.sleep(0.02)
