"""How long people read: the picture that is never quite there, and what is counted by it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.core.tokens import recipient_token
from app.reports import audit, people, queries
from app.reports.people import Group, Wanted
from app.sending.models import Launch
from app.tenants import service as tenants
from app.tracking import outbox
from app.tracking.models import Event, Reaction
from app.tracking.service import record_events
from app.tracking.stream import TrackEvent
from app.tracking.terms import PIXEL
from tests.reports.sample import Fate, event, mailing
from tests.support.mailings import make_list
from tests.support.mailings import people as addresses
from tests.support.workspaces import Place
from tests.tracking.test_switches import AT, begun, body
from worker.reading import ReadingServer

PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[TrackEvent]:
    found: list[TrackEvent] = []
    monkeypatch.setattr(outbox, "put", found.append)
    return found


async def whole(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bytes:
    return await reader.read()


async def leave_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    answer = await reader.readuntil(b"chunked")
    writer.close()
    return answer


def ask(
    server: ReadingServer, path: str, *more: str, agent: str = PERSON, method: str = "GET", talk: Talk = whole
) -> bytes:
    """Ask one server for a picture as a mail program does."""

    async def conversation() -> bytes:
        listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
        host, port = listening.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        lines = [f"{method} {path} HTTP/1.1", "Host: daily.example", f"User-Agent: {agent}", *more]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        answer = await talk(reader, writer)
        writer.close()
        await server.end()
        listening.close()
        return answer

    # In a thread: where a browser's test ran before, this one has a loop already.
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(copy_context().run, asyncio.run, asyncio.wait_for(conversation(), 10)).result()


def picture_in(answer: bytes) -> bytes:
    """What the chunks of an answer come to."""
    rest, body = answer.partition(b"\r\n\r\n")[2], b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body


def path_of(place: Place, mailing_id: int = 7, seq: int = 1) -> str:
    return f"/t/r/{recipient_token(place.id, mailing_id, seq)}.gif"


def test_a_picture_goes_on_until_its_bound(workspace: Place, noted: list[TrackEvent]) -> None:
    answer = ask(ReadingServer(longest=0.4, piece=0.05), path_of(workspace))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"no-store" in answer
    picture = picture_in(answer)
    assert picture.startswith(PIXEL[:-1])
    assert picture.endswith(b"\x21\xfe\x00\x3b")
    (event,) = noted
    assert (event.tenant_id, event.mailing_id, event.seq, event.kind, event.human) == (workspace.id, 7, 1, "read", True)
    assert event.link == 4


def test_who_leaves_is_noted_with_the_time_they_stayed(workspace: Place, noted: list[TrackEvent]) -> None:
    ask(ReadingServer(longest=30, piece=0.05), path_of(workspace), talk=leave_at_once)
    assert [event.link < 20 for event in noted] == [True]


@pytest.mark.parametrize(
    ("agent", "more", "method"),
    [(GMAIL, (), "GET"), ("curl/8.5.0", (), "GET"), ("Mozilla/5.0", (), "GET"), (PERSON, ("Purpose: prefetch",), "GET"),
     (PERSON, (), "HEAD")],
    ids=["provider-proxy", "program", "apple", "prefetch", "head"],
)  # fmt: skip
def test_machines_and_proxies_get_it_at_once_and_are_not_noted(
    workspace: Place, noted: list[TrackEvent], agent: str, more: tuple[str, ...], method: str
) -> None:
    answer = ask(ReadingServer(longest=30), path_of(workspace), *more, agent=agent, method=method)
    assert answer.partition(b"\r\n\r\n")[2] == (PIXEL if method == "GET" else b"")
    assert noted == []


def test_beyond_its_bound_of_connections_it_answers_at_once(workspace: Place, noted: list[TrackEvent]) -> None:
    answer = ask(ReadingServer(longest=30, most_open=0), path_of(workspace))
    assert answer.endswith(PIXEL)
    assert noted == []


def test_behind_a_proxy_its_word_for_the_address_counts(workspace: Place, noted: list[TrackEvent]) -> None:
    server = ReadingServer(trusted_proxies=1, longest=0.1, piece=0.05)
    ask(server, path_of(workspace), "X-Forwarded-For: 198.51.100.1, 203.0.113.77")
    assert [event.network for event in noted] == ["203.0.113.0/24"]


@pytest.mark.parametrize("path", ["/", "/t/r/nobody.gif", "/t/o/x.gif", "/t/r/" + "A" * 43 + ".gif", "nonsense"])
def test_nobodys_picture_is_not_there(workspace: Place, noted: list[TrackEvent], path: str) -> None:
    assert ask(ReadingServer(), path).startswith(b"HTTP/1.1 404")
    assert noted == []


def test_it_tells_that_it_lives(workspace: Place) -> None:
    assert ask(ReadingServer(), "/healthz").endswith(b'{"status":"ok"}\n')


@pytest.mark.parametrize("junk", ["\x00", "GET", "GET  ", "a" * 20_000])
def test_what_is_no_request_ends_the_connection(workspace: Place, junk: str) -> None:
    assert ask(ReadingServer(), junk, method="").startswith((b"", b"HTTP/1.1 404"))


def asking(place: Place, fate: Fate) -> int:
    mailing_id = mailing(place, fate)
    with place.inside():
        db.session.execute(sa.update(Launch).where(Launch.mailing_id == mailing_id).values(track_reading=True))
    return mailing_id


def test_people_are_counted_by_their_longest_reading(workspace: Place, client: FlaskClient) -> None:
    mailing_id = asking(workspace, Fate(opened=5))
    lengths = [(1, 5), (1, 19), (2, 20), (3, 80), (3, 600), (4, 10), (4, 300), (5, 79)]
    readings = [event(workspace, mailing_id, seq, "read", AT, link=length) for seq, length in lengths]
    for part in (readings[:3], readings[3:], readings):
        with workspace.inside():
            record_events(part)
    with workspace.inside():
        report = queries.report(mailing_id)
        assert (report.glanced, report.skimmed, report.studied) == (1, 2, 2)
        assert audit.differences(mailing_id) == []
        found = {group: [p.seq for p in people.people(mailing_id, Wanted(group))] for group in Group}
        assert (found[Group.GLANCED], found[Group.SKIMMED], found[Group.STUDIED]) == ([1], [2, 5], [3, 4])
        longest = sa.select(Reaction.seq, Reaction.read_for).where(Reaction.read_for.is_not(None))
        assert {row[0]: row[1] for row in db.session.execute(longest)} == {1: 19, 2: 20, 3: 600, 4: 300, 5: 79}
    assert "How long it was read" in client.get(f"/reports/{mailing_id}").text


def test_a_mailing_that_does_not_ask_counts_nothing(workspace: Place, client: FlaskClient) -> None:
    mailing_id = mailing(workspace)
    with workspace.inside():
        assert record_events([event(workspace, mailing_id, 1, "read", AT, link=90)]) == 0
        assert db.session.scalar(sa.select(sa.func.count()).where(Event.kind == "read")) == 0
    assert "How long it was read" not in client.get(f"/reports/{mailing_id}").text


def test_the_second_picture_is_in_the_mail_where_it_is_wanted(workspace: Place, client: FlaskClient) -> None:
    list_id = make_list(workspace, addresses(2))
    assert "/t/r/" not in body(workspace, begun(workspace, [list_id]))
    client.post("/settings/tracking", data={"track_opens": "y", "track_clicks": "y", "track_reading": "y"})
    assert "/t/r/" in body(workspace, begun(workspace, [list_id]))
    with workspace.inside():
        tenants.choose_tracking(opens=False, clicks=True, reading=True)
    assert "/t/r/" not in body(workspace, begun(workspace, [list_id]))


def test_the_web_server_alone_answers_at_once(workspace: Place, anonymous: FlaskClient, other_workspace: Place) -> None:
    answer = anonymous.get(path_of(workspace))
    assert (answer.status_code, answer.data) == (200, PIXEL)
    assert anonymous.get(path_of(other_workspace)).status_code == 404
