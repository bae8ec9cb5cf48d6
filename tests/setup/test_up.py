"""bin/up: ports, addresses, secrets, one at a time."""

from __future__ import annotations

import os
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.child import free_port
from config.embedded import Services
from config.settings import Settings
from launcher import command
from launcher.environment import (
    addresses,
    kept,
    listeners,
    process_environment,
    random_key,
    random_password,
    wants_mailbox,
)
from launcher.ports import Listener, require_free
from launcher.processes import procfile
from launcher.terminal import Refusal
from launcher.up import is_running, only_one

SERVERS = Services("postgresql://db", "redis://cache")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_taken_port_is_named_with_what_changes_it(taken: int) -> None:
    with pytest.raises(Refusal) as refused:
        require_free([Listener("the web server", f"127.0.0.1:{taken}", "set PORT=N")])
    assert str(refused.value) == (
        f"port {taken} for the web server is already taken: stop what uses it, or set PORT=N."
    )


def test_free_ports_pass() -> None:
    require_free(listeners(addresses({"PORT": str(free_port())}), mailbox=False))


def test_address_without_a_port_is_refused() -> None:
    with pytest.raises(Refusal, match="host:port"):
        require_free([Listener("the mailbox", "somewhere", "set MAILBOX_WEB=127.0.0.1:N")])


def test_port_option_goes_before_the_environment() -> None:
    places = addresses({"PORT": "9000", "MESSAGEPARK_BIND": "0.0.0.0:7000"}, 8100)
    assert (places.bind, places.base_url) == ("0.0.0.0:8100", "http://localhost:8100")


def test_public_address_stays_with_another_port() -> None:
    places = addresses({"MESSAGEPARK_BASE_URL": "https://mp.example"}, 8100)
    assert (places.base_url, places.demo_url) == ("https://mp.example", "https://daily-park.mp.example")


def test_without_a_relay_mail_goes_to_the_mailbox(tmp_path: Path) -> None:
    env = process_environment({}, addresses({}), SERVERS, tmp_path)
    assert env["MTA_RELAY"] == "127.0.0.1:2525"
    assert env["MESSAGEPARK_MAILBOX_URL"] == "http://127.0.0.1:8025"


@pytest.mark.parametrize("env", [{"MTA_RELAY": "mx.example:25"}, {"MESSAGEPARK_ENVIRONMENT": "production"}])
def test_where_mail_has_a_way_out_there_is_no_mailbox(env: dict[str, str], tmp_path: Path) -> None:
    assert not wants_mailbox(env)
    assert "MESSAGEPARK_MAILBOX_URL" not in process_environment(env, addresses(env), SERVERS, tmp_path)


def test_what_the_person_set_is_kept(tmp_path: Path) -> None:
    given = {"MESSAGEPARK_SECRET_KEY": "mine", "MESSAGEPARK_WEB_WORKERS": "4", "MESSAGEPARK_DEFAULT_LOCALE": ""}
    env = process_environment(given, addresses(given), SERVERS, tmp_path)
    assert env["MESSAGEPARK_SECRET_KEY"] == "mine"
    settings = Settings.from_env(env)
    assert (settings.web_workers, settings.database_url, settings.var) == (4, "postgresql://db", tmp_path)
    assert settings.default_locale == "ko"


def test_secret_is_random_kept_and_private(tmp_path: Path) -> None:
    first = kept(tmp_path / "secret-key", random_key)
    assert len(first) >= 43
    assert kept(tmp_path / "secret-key", random_key) == first
    assert kept(tmp_path / "other", random_key) != first
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_demo_password_can_be_read_aloud() -> None:
    assert re.fullmatch(r"(?:[a-km-np-z2-9]{4}-){2}[a-km-np-z2-9]{4}", random_password())


def test_second_start_on_the_same_data_is_refused(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    with only_one(tmp_path):
        assert is_running(tmp_path)
        with pytest.raises(Refusal, match=f"already \\(process {os.getpid()}\\)"), only_one(tmp_path):
            pass
    assert not is_running(tmp_path)


def test_nearly_full_disk_is_refused_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "free_megabytes", lambda _path: 120)
    with pytest.raises(Refusal, match="the disk is nearly full: 120 MB are free"):
        command.check_folder()


def test_procfile_names_every_process() -> None:
    assert set(procfile()) == {"release", "web", "worker", "scheduler", "ingest", "reading", "mta", "mailbox"}
