"""An open through the front door: what the framework would answer and note, without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from werkzeug.test import Client, TestResponse

from app.core.tokens import read_recipient_token, recipient_token
from app.tracking import express, outbox, queries, service, stream
from app.tracking.stream import TrackEvent, TrackStream
from tests.support.content import fill
from tests.support.workspaces import Place

PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36"
Ask = Callable[..., TestResponse]


@pytest.fixture(autouse=True)
def own_stream(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(stream, "STREAM", f"track:express:{workspace.id}")
    yield
    outbox.flush()


@pytest.fixture
def noted(redis_server: Redis, own_stream: None) -> TrackStream:
    return TrackStream(redis_server, "test")


@pytest.fixture
def token(workspace: Place) -> str:
    return str(fill(workspace)["token"])


@pytest.fixture
def ask(workspace: Place) -> Ask:
    def asked(path: str, *, place: Place = workspace, method: str = "GET", **headers: str) -> TestResponse:
        environ = {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": PERSON, **headers}
        return Client(place.dispatcher).open(path, method=method, base_url=place.url, environ_base=environ)

    return asked


def facts(noted: TrackStream) -> list[tuple[object, ...]]:
    outbox.flush()
    return [fact(entry.event) for entry in noted.read(100, 0)]


def fact(event: TrackEvent) -> tuple[object, ...]:
    return (
        event.tenant_id, event.mailing_id, event.seq, event.kind, event.human, event.reason, event.user_agent,
        event.network,
    )  # fmt: skip


@pytest.mark.parametrize("headers", [{}, {"HTTP_SEC_PURPOSE": "prefetch"}, {"HTTP_USER_AGENT": "Mozilla/5.0"}])
def test_it_answers_and_notes_what_the_framework_does(
    ask: Ask, noted: TrackStream, token: str, workspace: Place, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/t/o/{token}.gif"
    quick = ask(path, **headers)
    monkeypatch.setattr(express, "errand_of", lambda _environ, _place: None)
    slow = ask(path, **headers)
    assert quick.status_code == slow.status_code == 200
    assert quick.data == slow.data
    for name in ("Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options"):
        assert quick.headers[name] == slow.headers[name]
    first, second = facts(noted)
    assert first == second


def test_a_forged_token_and_one_of_another_workspace_are_turned_away(
    ask: Ask, noted: TrackStream, token: str, other_workspace: Place
) -> None:
    assert ask(f"/t/o/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}.gif").status_code == 404
    assert ask("/t/o/.gif").status_code == 404
    assert ask("/t/o/ÿ.gif").status_code == 404
    assert ask(f"/t/o/{token}.gif", place=other_workspace).status_code == 404
    assert ask(f"/t/o/{recipient_token(other_workspace.id, 1, 1)}.gif").status_code == 404
    assert facts(noted) == []


def test_a_head_goes_to_the_framework_and_is_a_machine(ask: Ask, noted: TrackStream, token: str) -> None:
    assert ask(f"/t/o/{token}.gif", method="HEAD").status_code == 200
    ((*_, human, reason, _agent, _network),) = facts(noted)
    assert (human, reason) == (False, "head")


def test_behind_a_proxy_the_reader_is_who_the_proxy_names(
    ask: Ask, noted: TrackStream, token: str, workspace: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace.dispatcher, "_errands", express.open_door(1))
    ask(f"/t/o/{token}.gif", HTTP_X_FORWARDED_FOR="198.51.100.9", REMOTE_ADDR="127.0.0.1")
    assert [each[-1] for each in facts(noted)] == ["198.51.100.0/24"]


def test_it_touches_no_database(ask: Ask, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(f"/t/o/{token}.gif")
    monkeypatch.setattr(service, "current_tenant_id", None)
    monkeypatch.setattr("app.dispatch.workspace_by_host", None)
    assert ask(f"/t/o/{token}.gif").status_code == 200


def test_a_click_on_a_link_known_already_is_led_on_as_the_framework_does(
    ask: Ask, noted: TrackStream, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = ask(f"/t/c/{token}/1"), ask(f"/t/c/{token}/1")
    assert slow.status_code == quick.status_code == 302
    for name in ("Location", "Cache-Control", "Referrer-Policy", "X-Content-Type-Options"):
        assert quick.headers[name] == slow.headers[name]
    assert (slow.data, quick.data) != (b"", slow.data), "the second was not answered before the framework"
    first, second = facts(noted)
    assert first == second
    monkeypatch.setattr(service, "current_tenant_id", None)
    assert ask(f"/t/c/{token}/1").status_code == 302


def test_a_click_with_a_forged_token_or_a_wrong_number_learns_nothing(
    ask: Ask, noted: TrackStream, token: str, other_workspace: Place
) -> None:
    ask(f"/t/c/{token}/1")
    facts(noted)
    for path in (f"/t/c/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}/1", f"/t/c/{token}/99", f"/t/c/{token}/1/x",
                 f"/t/c/{token}/-1", f"/t/c/{token}/{'1' * 5_000}"):  # fmt: skip
        assert ask(path).status_code == 404, path
    assert ask(f"/t/c/{token}/1", place=other_workspace).status_code == 404
    assert facts(noted) == []


def test_a_link_with_the_readers_own_values_in_it_is_filled_by_the_framework(
    ask: Ask, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = read_recipient_token(token)
    known = {(ref.tenant_id, ref.mailing_id, 1): "https://shop.example/?who={{email}}"}
    monkeypatch.setattr(queries, "_targets", known)
    assert "%40" in ask(f"/t/c/{token}/1").headers["Location"]
