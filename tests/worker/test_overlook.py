"""Between the operator's page and the MTA."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from redis import Redis

from app.core import clock
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.operator import mail_traffic
from app.tenants import mail_orders
from config.settings import Settings
from mta.client import Client
from mta.orders import Orders, read_orders
from mta.scripts import ORDERS
from tests.support.workspaces import Place
from worker import feed, job, overlook


@pytest.fixture
def orders(dispatcher: Dispatcher, redis_server: Redis) -> Iterator[Client]:
    job.use_dispatcher(dispatcher)
    redis_server.delete(ORDERS)
    yield Client(redis_server)
    redis_server.delete(ORDERS)


def followed(redis_server: Redis) -> Orders:
    return read_orders({key.decode(): value.decode() for key, value in redis_server.hgetall(ORDERS).items()})


def test_orders_are_heard_when_they_are_committed_and_carried_to_the_mta(
    dispatcher: Dispatcher, settings: Settings, redis_server: Redis, orders: Client, workspace: Place
) -> None:
    with psycopg.connect(settings.database_url, autocommit=True) as listening:
        listening.execute(f"LISTEN {mail_orders.CHANNEL}")
        with dispatcher.site.app_context(), unit_of_work():
            mail_orders.stop_tenant(workspace.id, reason="spam")
            mail_orders.suspend_destination("mx.example", reason="they asked")
        for word in listening.notifies(timeout=5, stop_after=1):
            overlook.hear(word.payload)
    assert followed(redis_server).stopped[workspace.id] == "spam"
    assert followed(redis_server).suspended["mx.example"] == "they asked"
    with dispatcher.site.app_context(), unit_of_work():
        mail_orders.release_tenant(workspace.id)
        mail_orders.resume_destination("mx.example")
    overlook.hear(mail_orders.STANDING)
    assert workspace.id not in followed(redis_server).stopped
    assert "mx.example" not in followed(redis_server).suspended
    assert "mx.example" in followed(redis_server).flushed


def test_a_redis_that_forgot_everything_learns_the_orders_anew(
    dispatcher: Dispatcher, redis_server: Redis, orders: Client, workspace: Place
) -> None:
    with dispatcher.site.app_context(), unit_of_work():
        mail_orders.stop_tenant(workspace.id, reason="spam")
    overlook.carry_orders()
    redis_server.delete(ORDERS)
    overlook.carry_orders()
    assert followed(redis_server).stopped[workspace.id] == "spam"
    with dispatcher.site.app_context(), unit_of_work():
        mail_orders.release_tenant(workspace.id)


def test_logs_are_carried_with_their_end_and_forgotten_after_it(
    dispatcher: Dispatcher, redis_server: Redis, orders: Client, workspace: Place
) -> None:
    now = clock.now()
    for begun, lasting in ((now, True), (now - mail_orders.LOGGED_FOR, False)):
        with dispatcher.site.app_context(), unit_of_work():
            mail_orders.log_attempts(workspace.id, reason="me", now=begun)
        overlook.carry_orders()
        assert (str(workspace.id) in followed(redis_server).logged_now(now.timestamp())) is lasting
    with dispatcher.site.app_context(), unit_of_work():
        mail_orders.log_attempts(None, reason="me", now=now)
    overlook.carry_orders()
    assert followed(redis_server).logged == {"*": round((now + mail_orders.LOGGED_FOR).timestamp())}
    with dispatcher.site.app_context(), unit_of_work():
        mail_orders.stop_logging(None)
    overlook.carry_orders()
    assert followed(redis_server).logged == {}


def test_a_word_to_try_at_once_reaches_the_mta(redis_server: Redis, orders: Client) -> None:
    overlook.hear("destination:mx.example:25")
    assert "mx.example:25" in followed(redis_server).flushed
    overlook.hear("tenant:7")


def test_the_picture_that_the_mta_gives_can_be_shown(dispatcher: Dispatcher, orders: Client) -> None:
    orders.stop_tenant(987, "spam")
    overlook.publish_traffic()
    with dispatcher.site.app_context():
        traffic = mail_traffic.traffic()
    assert traffic is not None
    assert not traffic.stale
    assert [(one.tenant, one.stopped) for one in traffic.tenants if one.stopped] == [(987, "spam")]


def test_the_plan_says_what_share_of_the_line_a_workspace_gets(
    redis_server: Redis, orders: Client, new_workspace: Callable[..., Place]
) -> None:
    small, big = new_workspace(plan="free"), new_workspace(plan="newspaper")
    for place in (small, big):
        with place.inside():
            feed._share_out(orders, place.id)
    said = [redis_server.hmget(name, [small.id, big.id]) for name in ("mta:quotas", "mta:weights")]
    assert said == [[b"1000", None], [None, b"4"]]
