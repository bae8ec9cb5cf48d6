"""Slices of the ledger become batches, once, and what the MTA says comes back into the ledger."""

from __future__ import annotations

import time

import pytest
from redis import Redis

from app.core.tokens import RecipientRef, recipient_token
from app.sending import queries, service
from app.sending.terms import LaunchState
from app.tracking.service import mail_of
from config.settings import Settings
from mta.client import Client
from mta.contract import Batch, Outcome, Outcomes, Status, pack, unpack_batch, unpack_plan
from tests.sending.test_launch import claim, launch, look
from tests.support.mailings import make_list, people, schedule, swell
from tests.support.workspaces import Place
from worker import feed, ingest, job


@pytest.fixture(autouse=True)
def apps_of_the_process(workspace: Place) -> None:
    job.use_dispatcher(workspace.dispatcher)


def running(place: Place, count: int) -> int:
    mailing = schedule(place, [make_list(place, people(count, f"{place.slug}.example.com"))])
    claim(place)
    launch(place, mailing)
    return mailing


def fed(place: Place, mailing: int) -> None:
    with job.inside(place.id):
        feed.feed(mailing)


def batches(redis_server: Redis, place: Place, mailing: int) -> list[Batch]:
    names = sorted(Client(redis_server).open_batches(place.id, str(mailing)), key=lambda name: int(name.split("-")[0]))
    return [unpack_batch(redis_server.hget(f"mta:batch:{place.id}:{mailing}:{name}", "p")) for name in names]


def say(redis_server: Redis, place: Place, mailing: int, *outcomes: Outcome) -> None:
    """Put outcomes on the stream as the MTA does, and let ingest store them."""
    said = Outcomes(place.id, str(mailing), "0", list(outcomes))
    redis_server.xadd("mta:outcomes", {"o": pack(said)})
    ingest.drain()


def test_everyone_is_in_one_batch_with_their_own_values(workspace: Place, redis_server: Redis) -> None:
    mailing = running(workspace, 1_203)
    fed(workspace, mailing)
    handed = batches(redis_server, workspace, mailing)
    assert [len(batch.recipients) for batch in handed] == [500, 500, 203]
    assert [r.seq for batch in handed for r in batch.recipients] == list(range(1, 1_204))
    first = handed[0].recipients[0]
    assert first.values == [recipient_token(workspace.id, mailing, 1), "reader1"]
    assert look(workspace, mailing).fed_through == 1_203


def test_what_only_some_see_is_in_their_values_and_not_in_those_of_others(
    workspace: Place, redis_server: Redis
) -> None:
    mark = "<p>For all.</p><!--if 1--><p>For {{name}} alone.</p><!--/if 1--><!--if 2-->never<!--/if 2-->"
    unreadable = {"of": {"all": [{"what": "no such thing"}]}}
    first = {"of": {"all": [{"what": "name", "is": "starts", "value": ["reader1"]}]}}
    list_id = make_list(workspace, people(3))
    mailing = schedule(workspace, [list_id], html=mark, conditions=[first, unreadable])
    claim(workspace)
    launch(workspace, mailing)
    fed(workspace, mailing)
    one, two, _three = batches(redis_server, workspace, mailing)[0].recipients
    assert "<p>For reader1 alone.</p>" in one.values
    assert any("For reader1 alone." in value and "<" not in value for value in one.values), "the text part too"
    assert not any("alone" in value or "never" in value for value in two.values)
    with workspace.inside():
        seen, unseen = (mail_of(RecipientRef(workspace.id, mailing, seq), "T").html for seq in (1, 2))
    assert "For reader1 alone." in seen
    assert "alone" not in unseen


def test_the_plan_says_what_every_mail_must_say(workspace: Place, redis_server: Redis) -> None:
    mailing = running(workspace, 1)
    fed(workspace, mailing)
    plan_id = batches(redis_server, workspace, mailing)[0].plan
    plan = unpack_plan(redis_server.get(f"mta:plan:{plan_id}"))
    headers = dict(plan.headers)
    assert headers["List-Unsubscribe-Post"] == ["List-Unsubscribe=One-Click"]
    assert f"{workspace.url}/t/u/" in str(headers["List-Unsubscribe"])
    assert headers["From"].address == "news@example.com"
    assert plan.text
    assert plan.html


def test_feeding_twice_hands_over_once(workspace: Place, redis_server: Redis) -> None:
    mailing = running(workspace, 700)
    fed(workspace, mailing)
    load = Client(redis_server).backlog(workspace.id, batches(redis_server, workspace, mailing)[0].lane)
    fed(workspace, mailing)
    with job.inside(workspace.id):
        feed.reconcile(mailing)
    assert len(batches(redis_server, workspace, mailing)) == 2
    assert Client(redis_server).backlog(workspace.id, batches(redis_server, workspace, mailing)[0].lane) == load == 700


def test_the_share_of_the_backlog_is_kept(
    workspace: Place, redis_server: Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "TURN_SECONDS", 0.2)
    many = settings.feed_backlog + 3_000
    mailing = running(workspace, 1)
    with workspace.inside():
        swell(mailing, many)
    turns = 0
    while look(workspace, mailing).fed_through < settings.feed_backlog and turns < 50:
        fed(workspace, mailing)
        turns += 1
    fed(workspace, mailing)
    row = look(workspace, mailing)
    assert row.fed_through == settings.feed_backlog
    assert row.state == LaunchState.RUNNING
    assert Client(redis_server).backlog(workspace.id, row.lane) <= settings.feed_backlog


def test_what_the_mta_says_ends_in_the_ledger(workspace: Place, redis_server: Redis) -> None:
    mailing = running(workspace, 3)
    fed(workspace, mailing)
    now = time.time()
    say(
        redis_server, workspace, mailing,
        Outcome(1, Status.ACCEPTED, now, 1, 250, "2.0.0", "ok", "mx.example.com"),
        Outcome(2, Status.BOUNCED, now, 1, 550, "5.1.1", "no such user", "mx.example.com", "user_unknown"),
        Outcome(3, Status.DEFERRED, now, 1, 451, "4.7.1", "try later", "mx.example.com"),
    )  # fmt: skip
    row = look(workspace, mailing)
    assert (row.accepted, row.bounced, row.deferred, row.state) == (1, 1, 1, LaunchState.RUNNING)
    with workspace.inside():
        bounced = queries.delivery(mailing, 2)
        assert bounced is not None
        assert (bounced.code, bounced.bounce, bounced.reply) == (550, "user_unknown", "5.1.1 no such user")
    say(redis_server, workspace, mailing, Outcome(3, Status.ACCEPTED, now, 2, 250, "", "ok", "mx.example.com"))
    assert look(workspace, mailing).state == LaunchState.FINISHED


def test_an_outcome_that_is_read_twice_counts_once(workspace: Place, redis_server: Redis) -> None:
    mailing = running(workspace, 2)
    fed(workspace, mailing)
    for _ in range(2):
        say(redis_server, workspace, mailing, Outcome(1, Status.ACCEPTED, time.time(), 1, 250))
    assert look(workspace, mailing).accepted == 1


def test_after_a_flushall_everyone_who_is_not_final_is_fed_again(workspace: Place, redis_server: Redis) -> None:
    mailing = running(workspace, 600)
    fed(workspace, mailing)
    say(redis_server, workspace, mailing, *(Outcome(n, Status.ACCEPTED, time.time(), 1, 250) for n in range(1, 101)))
    redis_server.flushall()
    with job.inside(workspace.id):
        feed.reconcile(mailing)
    again = [r.seq for batch in batches(redis_server, workspace, mailing) for r in batch.recipients]
    assert again == list(range(101, 601))


def test_a_paused_mailing_is_not_fed(workspace: Place, redis_server: Redis) -> None:
    mailing = running(workspace, 3)
    with workspace.inside():
        service.pause(mailing)
    fed(workspace, mailing)
    assert batches(redis_server, workspace, mailing) == []
    with workspace.inside():
        service.resume(mailing)
    fed(workspace, mailing)
    assert len(batches(redis_server, workspace, mailing)) == 1


def test_outcomes_of_a_workspace_that_is_gone_hold_nothing_up(workspace: Place, redis_server: Redis) -> None:
    said = Outcomes(10**9, "1", "0", [Outcome(1, Status.ACCEPTED, time.time(), 1)])
    redis_server.xadd("mta:outcomes", {"o": pack(said)})
    ingest.drain()
    assert redis_server.xlen("mta:outcomes") == 0
