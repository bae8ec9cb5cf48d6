"""Out of a real PostgreSQL and a real MariaDB: connecting, browsing, reading, keeping in step."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from flask.testing import FlaskClient

from app.core import clock, crypto, netguard, site
from app.core.db import db
from app.core.errors import Invalid
from app.core.netguard import NoAnswer, NotReachable
from app.lists import queries, service
from app.lists.databases import browsing, connections, drivers
from app.lists.databases.browsing import NotASelect, Table, checked_select, select_of
from app.lists.databases.drivers import DatabaseRefused, NotInstalled, Target
from app.lists.importer import imports, syncs
from app.lists.models import Subscription, Sync
from app.lists.service import Person
from app.lists.states import DatabaseKind, Encryption, Gone, SubscriptionState
from config.settings import Settings
from tests.lists.test_pages import made, text
from tests.support.mariadb import MariaDB, mariadb
from tests.support.workspaces import Place

__all__ = ["mariadb"]
PEOPLE = [("hong@example.com", "홍길동"), ("kim@example.com", "김영희"), ("bad@@example.com", "나쁨")]


@pytest.fixture
def loopback_allowed(settings: Settings) -> Iterator[None]:
    """What an operator sets who has databases beside the service."""
    site.use_settings(replace(settings, reachable_networks=("127.0.0.0/8",)))
    yield
    site.use_settings(settings)


@pytest.fixture
def postgres(database_url: str, loopback_allowed: None) -> Iterator[Target]:
    parts = urlsplit(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shop")
        connection.execute('CREATE TABLE shop."회원 명단" ("이메일" text, "이름" text, joined date, score numeric)')
        for address, name in PEOPLE:
            connection.execute("INSERT INTO shop.\"회원 명단\" VALUES (%s, %s, '2020-02-29', 1.50)", [address, name])
        yield Target(
            DatabaseKind.POSTGRESQL, "127.0.0.1", parts.port or 5432, parts.path[1:], parts.username or "",
            parts.password or "",
        )  # fmt: skip
        connection.execute("DROP SCHEMA shop CASCADE")


@pytest.fixture
def shop(mariadb: MariaDB, loopback_allowed: None) -> Iterator[Target]:
    mariadb.run("CREATE TABLE members (id int PRIMARY KEY, email varchar(200), name varchar(100), born date)")
    for number, (address, name) in enumerate(PEOPLE):
        mariadb.run(f"INSERT INTO members VALUES ({number}, '{address}', '{name}', '1980-03-01')")
    yield Target(DatabaseKind.MYSQL, "127.0.0.1", mariadb.port, "shop", "reader", "secret")
    mariadb.run("DROP TABLE members")


def test_postgresql_is_browsed(postgres: Target) -> None:
    table = Table("shop", "회원 명단")
    assert table in browsing.tables(postgres)
    assert browsing.columns(postgres, table) == ["이메일", "이름", "joined", "score"]
    query = select_of(DatabaseKind.POSTGRESQL, table, ["이메일", "joined", "score"])
    assert browsing.preview(postgres, query).rows[0] == ["hong@example.com", "2020-02-29", "1.50"]


def test_mariadb_is_browsed(shop: Target) -> None:
    table = Table("shop", "members")
    assert browsing.tables(shop) == [table]
    assert browsing.columns(shop, table) == ["id", "email", "name", "born"]
    found = browsing.preview(shop, select_of(DatabaseKind.MYSQL, table, ["email", "name", "born"]))
    assert found.rows[0] == ["hong@example.com", "홍길동", "1980-03-01"]


def test_nothing_is_written_to_a_postgresql(postgres: Target) -> None:
    for query in (
        'WITH gone AS (DELETE FROM shop."회원 명단" RETURNING 1) SELECT * FROM gone',
        "SELECT set_config('transaction_read_only', 'off', false), pg_sleep(0), lo_create(0)",
    ):
        with pytest.raises(DatabaseRefused):
            browsing.preview(postgres, query)
    assert len(browsing.preview(postgres, 'SELECT * FROM shop."회원 명단"').rows) == 3


def test_nothing_is_written_to_a_mariadb(shop: Target, mariadb: MariaDB) -> None:
    writer = replace(shop, user="writer")
    with drivers.opened(writer, seconds=5) as session, pytest.raises(DatabaseRefused):
        list(session.rows("DELETE FROM members"))
    with drivers.opened(writer, seconds=5) as session, pytest.raises(DatabaseRefused):
        list(session.rows("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE members"))
    assert len(browsing.preview(shop, "SELECT * FROM members").rows) == 3


def test_a_statement_that_takes_too_long_is_ended(postgres: Target, shop: Target) -> None:
    with drivers.opened(postgres, seconds=1) as session, pytest.raises(DatabaseRefused, match="timeout"):
        list(session.rows("SELECT pg_sleep(30)"))
    with drivers.opened(shop, seconds=1) as session, pytest.raises(DatabaseRefused):
        list(session.rows("SELECT count(*) FROM members a WHERE sleep(30) = 0"))


@pytest.mark.parametrize(
    "query", ["DELETE FROM members", "SELECT 1; DROP TABLE members", "", "COPY t TO PROGRAM 'id'", "selected"]
)
def test_only_one_select_is_asked(query: str) -> None:
    with pytest.raises(NotASelect):
        checked_select(query)


def test_names_cannot_leave_their_quotes() -> None:
    evil = Table("a", 'b"; DROP TABLE c; --')
    assert select_of(DatabaseKind.POSTGRESQL, evil, ['x"y']) == 'SELECT "x""y" FROM "a"."b""; DROP TABLE c; --"'
    assert select_of(DatabaseKind.MYSQL, Table("", "a`b"), []) == "SELECT * FROM `a``b`"
    assert select_of(DatabaseKind.SQLSERVER, Table("", "a]b"), []) == "SELECT * FROM [a]]b]"


def test_a_mistake_in_the_connection_is_named(postgres: Target, shop: Target) -> None:
    for wrong, said in (
        (replace(postgres, database="nowhere"), "nowhere"),
        (replace(shop, password="wrong"), "Access denied"),
        (replace(shop, database="nowhere"), "nowhere"),
        (replace(postgres, encryption=Encryption.VERIFY), "SSL|certificate"),
    ):
        with pytest.raises(DatabaseRefused, match=said):
            browsing.check(wrong)


@pytest.mark.parametrize("kind", list(DatabaseKind))
def test_every_kind_says_that_nobody_answers(kind: DatabaseKind, loopback_allowed: None) -> None:
    with pytest.raises(NoAnswer):
        browsing.check(Target(kind, "127.0.0.1", 1, "d", "u", "p"))


@pytest.mark.parametrize("kind", list(DatabaseKind))
def test_no_kind_reaches_inside(kind: DatabaseKind, workspace: Place) -> None:
    with workspace.inside(), pytest.raises(NotReachable):
        browsing.check(Target(kind, "127.0.0.1", 5432, "d", "u", "p"))


def test_a_kind_without_its_driver_is_named(
    workspace: Place, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(drivers._MODULES, DatabaseKind.ORACLE, "no_such_driver")
    assert "Not supported here: Oracle" in text(client.get(f"/lists/{made(workspace)}/databases/new"))
    with workspace.inside(), pytest.raises(NotInstalled):
        browsing.check(Target(DatabaseKind.ORACLE, "8.8.8.8", 1521, "d", "u", "p"))


def test_files_and_environment_of_the_machine_are_not_used(postgres: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "operator")
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=off")
    shown = browsing.preview(postgres, "SELECT current_setting('transaction_read_only')")
    assert shown.rows == [["on"]]


def connect(client: FlaskClient, list_id: int, target: Target) -> str:
    data = {
        "title": "Shop", "kind": target.kind.value, "host": target.host, "port": str(target.port),
        "database": target.database, "user": target.user, "password": target.password, "encryption": "try",
    }  # fmt: skip
    answer = client.post(f"/lists/{list_id}/databases", data=data)
    assert answer.status_code == 303, text(answer)
    return str(answer.location)


def test_from_mariadb_to_the_list(
    workspace: Place, client: FlaskClient, other_client: FlaskClient, shop: Target, run_tasks: Callable[[], None]
) -> None:
    list_id = made(workspace)
    page = connect(client, list_id, shop)
    assert "shop.members" in text(client.get(page))
    picked = text(client.get(f"{page}?schema=shop&table=members&column=email&column=name"))
    assert "SELECT `email`, `name` FROM `shop`.`members`" in picked
    assert "hong@example.com" in text(client.post(f"{page}/previews", data={"query": "SELECT * FROM members"}))
    assert client.post(f"{page}/previews", data={"query": "SELECT * FROM nothing"}).status_code == 422
    asked = client.post(f"{page}/imports", data={"query": "SELECT email, name FROM members ORDER BY id"})
    run_tasks()
    assert "hong@example.com" in text(client.get(asked.location))
    client.post(f"{asked.location}/runs", data={"consent": "Members", "policy": "update"})
    run_tasks()
    with workspace.inside():
        assert {(row.address, row.name) for row in queries.members_of(list_id)} == set(PEOPLE[:2])
    for path in (page, f"{page}/edit", f"/lists/{list_id}/databases"):
        assert other_client.get(path).status_code == 404
    assert other_client.post(f"{page}/previews", data={"query": "SELECT 1"}).status_code == 404


def test_a_password_is_never_shown_again(workspace: Place, client: FlaskClient, shop: Target) -> None:
    list_id = made(workspace)
    page = connect(client, list_id, shop)
    for path in (page, f"{page}/edit", f"/lists/{list_id}/databases"):
        assert "secret" not in re.sub(r"csrf\S+", "", text(client.get(path)))
    with workspace.inside():
        kept = connections.connections()[0]
        assert b"secret" not in kept.password
        assert connections.target_of(kept) == shop
    same = {"title": "Other", "kind": "mysql", "host": shop.host, "port": str(shop.port), "database": "shop",
            "user": "reader", "password": "", "encryption": "try"}  # fmt: skip
    assert client.post(page, data=same).status_code == 303


def test_another_workspace_cannot_open_a_copied_password(
    workspace: Place, client: FlaskClient, other_workspace: Place, shop: Target
) -> None:
    connect(client, made(workspace), shop)
    with workspace.inside():
        sealed = connections.connections()[0].password
    with other_workspace.inside(), pytest.raises(InvalidTag):
        crypto.unseal(sealed, purpose=connections._purpose())


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        (Gone.LEAVE, {"subscribed": 3}),
        (Gone.UNSUBSCRIBE, {"subscribed": 2, "unsubscribed": 1}),
        (Gone.REMOVE, {"subscribed": 2}),
    ],
)
def test_a_list_is_kept_in_step(
    workspace: Place, client: FlaskClient, shop: Target, mariadb: MariaDB, run_tasks: Callable[[], None],
    gone: Gone, left: dict[str, int],
) -> None:  # fmt: skip
    list_id = made(workspace)
    page = connect(client, list_id, shop)
    asked = client.post(f"{page}/imports", data={"query": "SELECT email, name FROM members"})
    run_tasks()
    order = {"consent": "Members", "policy": "update", "every_hours": "1", "gone": gone.value}
    client.post(f"{asked.location}/runs", data=order)
    run_tasks()
    mariadb.run("DELETE FROM members WHERE id = 0", "INSERT INTO members VALUES (7, 'new@example.com', '새', NULL)")
    with workspace.inside():
        later = clock.now() + timedelta(hours=2)
        assert [number for tenant, number in syncs.claim_due(later) if tenant == workspace.id]
        assert not [number for tenant, number in syncs.claim_due(later) if tenant == workspace.id]
        imports.ask_again(syncs.syncs(list_id)[0].id)
    run_tasks()
    with workspace.inside():
        found = queries.contact_list(list_id)
        assert found is not None
        counts = {state.value: getattr(found, state.value) for state in SubscriptionState}
        assert {state: count for state, count in counts.items() if count} == left
    mariadb.run("DELETE FROM members")
    with workspace.inside():
        imports.ask_again(syncs.syncs(list_id)[0].id)
    run_tasks()
    with workspace.inside():
        found = queries.contact_list(list_id)
        assert found is not None
        assert found.subscribed == left["subscribed"], "an empty answer empties no list"


def test_a_deleted_connection_fails_the_import(
    workspace: Place, client: FlaskClient, shop: Target, run_tasks: Callable[[], None]
) -> None:
    list_id = made(workspace)
    page = connect(client, list_id, shop)
    asked = client.post(f"{page}/imports", data={"query": "SELECT email FROM members"}).location
    client.post(f"{page}/deletions")
    run_tasks()
    assert "The database could not be read" in text(client.get(asked))


class Office:
    """A list that is kept in step with a table by its key."""

    def __init__(self, place: Place, page: str, client: FlaskClient, run: Callable[[], None], mariadb: MariaDB) -> None:
        self.place, self.run, self.mariadb = place, run, mariadb
        asked = client.post(f"{page}/imports", data={"query": "SELECT id, email, name FROM members ORDER BY id"})
        run()
        assert 'value="key"' in text(client.get(asked.location))
        client.post(f"{asked.location}/readings", data={"header": "1", "mapping": ["key", "email", "name"]})
        run()
        order = {"consent": "Members", "policy": "update", "every_hours": "1", "gone": "unsubscribe"}
        client.post(f"{asked.location}/runs", data=order)
        run()

    def changes(self, *statements: str) -> None:
        """Let the table change, and the order look again."""
        self.mariadb.run(*statements)
        with self.place.inside():
            (order,) = db.session.scalars(sa.select(Sync))
            imports.ask_again(order.id)
        self.run()

    def people(self) -> dict[str, tuple[int, str]]:
        with self.place.inside():
            states = {place.contact_id: place.state for place in db.session.scalars(sa.select(Subscription))}
            return {one.address: (one.id, states.get(one.id, "")) for one in queries.everybody()}


@pytest.fixture
def office(
    workspace: Place, client: FlaskClient, shop: Target, mariadb: MariaDB, run_tasks: Callable[[], None]
) -> Office:
    return Office(workspace, connect(client, made(workspace), shop), client, run_tasks, mariadb)


def test_who_changes_address_in_the_database_stays_the_same_person(office: Office, client: FlaskClient) -> None:
    hong, kim = (office.people()[f"{name}@example.com"][0] for name in ("hong", "kim"))
    office.changes("UPDATE members SET email = 'hong@work.example' WHERE id = 0", "DELETE FROM members WHERE id = 1")
    assert office.people() == {"hong@work.example": (hong, "subscribed"), "kim@example.com": (kim, "unsubscribed")}
    assert "hong@work.example" in text(client.get(f"/contacts/{hong}"))


def test_who_moved_by_themselves_is_still_meant_by_the_old_address(office: Office) -> None:
    hong = office.people()["hong@example.com"][0]
    with office.place.inside():
        found = queries.contact(hong)
        assert found is not None
        service.update_contact(found, Person("own@example.com", "홍길동"))
    office.changes("UPDATE members SET name = '홍 길동' WHERE id = 0")
    assert office.people()["own@example.com"] == (hong, "subscribed")
    assert "hong@example.com" not in office.people()
    office.changes("UPDATE members SET email = 'newest@example.com' WHERE id = 0")
    assert office.people()["newest@example.com"] == (hong, "subscribed")


def test_an_address_that_somebody_has_is_not_taken_from_them(office: Office) -> None:
    before = office.people()
    office.changes("UPDATE members SET email = 'kim@example.com' WHERE id = 0", "DELETE FROM members WHERE id = 1")
    after = office.people()
    assert after["kim@example.com"] == (before["kim@example.com"][0], "subscribed")
    assert after["hong@example.com"] == (before["hong@example.com"][0], "unsubscribed")


class Listener:
    """A server on loopback that answers each first packet with `answer`, and counts who came."""

    def __init__(self, answer: bytes = b"") -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.calls = 0
        self._answer = answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                call, _ = self.socket.accept()
                self.calls += 1
                with call:
                    call.settimeout(5)
                    if call.recv(4096):
                        call.sendall(self._answer)
                        call.recv(4096)


def redirect_to(port: int) -> bytes:
    """What an Oracle listener says that sends its callers elsewhere: a length in a packet of type 5, then where to."""
    address = f"(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT={port}))\0(CONNECT_DATA=(SERVICE_NAME=x))".encode()
    return _packet(5, len(address).to_bytes(2, "big")) + _packet(6, b"\0\0" + address)


def _packet(kind: int, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(2, "big") + bytes([0, 0, kind, 0, 0, 0]) + body


def test_an_oracle_listener_sends_nobody_elsewhere(loopback_allowed: None) -> None:
    inside = Listener()
    outside = Listener(redirect_to(inside.port))
    target = Target(DatabaseKind.ORACLE, "127.0.0.1", outside.port, "x", "reader", "secret")
    with pytest.raises(Invalid), drivers.opened(target, seconds=5):
        pass
    assert outside.calls > 0
    assert inside.calls == 0


def test_a_sql_server_sends_nobody_elsewhere(loopback_allowed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    import pytds

    inside, outside = Listener(), Listener()
    routes = iter([{"server": "127.0.0.1", "port": inside.port}])
    monkeypatch.setattr(pytds._TdsSocket, "login", lambda self: next(routes, None))
    target = Target(DatabaseKind.SQLSERVER, "127.0.0.1", outside.port, "x", "reader", "secret")
    with pytest.raises(NotReachable), drivers.opened(target, seconds=5):
        pass
    assert inside.calls == 0


def test_outside_the_guard_connections_are_free() -> None:
    listener = Listener(b"hello")
    with netguard.nowhere_else(netguard.Reachable("x", 1, "127.0.0.2")), pytest.raises(NotReachable):
        socket.create_connection(("127.0.0.1", listener.port))
    with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as call:
        call.sendall(b"x")
        assert call.recv(10) == b"hello"
