"""A workspace that leaves pays no longer, and one that stays after all goes on; Stripe may be away meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.billing import endings, gateway, payment, standing
from app.billing.gateway import Payer, PaymentAway, Standing, Subscription
from app.billing.models import SubscriptionEnding
from app.core.db import db
from app.core.queue import QUEUES
from app.core.tenancy import control_plane
from app.tenants.plans import plan
from tests.support.localstripe import LocalStripe
from tests.support.workspaces import HostClient, Place
from worker import erasing

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_is_left_to_do(redis_server: Redis) -> Iterator[None]:
    """What a test does not carry to Stripe, no other test does."""
    yield
    for name in QUEUES:
        Queue(name, connection=redis_server, serializer=JSONSerializer).empty()


def subscribed(place: Place, *, state: str = "active", ends_at: datetime | None = None) -> str:
    """A workspace that pays, by what Stripe said of it; returns its subscription."""
    number = f"sub_{place.id}"
    said = Subscription(number, state, {"si": gateway.price_id(plan("starter"), "krw")}, NOW, ends_at, None)
    with place.inside():
        standing.note_customer(f"cus_{place.id}")
        standing.take_over(Standing(said, ()), asked_at=NOW)
    return number


def wanted(place: Place, subscription: str) -> str | None:
    with place.dispatcher.site.app_context(), control_plane():
        query = sa.select(SubscriptionEnding.ending).where(SubscriptionEnding.subscription == subscription)
        return db.session.scalar(query)


def leave(client: HostClient, place: Place) -> None:
    assert client.post("/settings/data/deletions", data={"typed": place.slug}).status_code == 303


def stay(client: HostClient) -> None:
    assert client.post("/settings/data/deletions/removals").status_code == 303


def erase(place: Place) -> None:
    with place.dispatcher.site.app_context():
        erasing.erase(place.id)


def bought(place: Place, stripe: LocalStripe) -> str:
    """A workspace that has really subscribed to a plan."""
    gateway.put_plans()
    customer = gateway.make_customer(Payer(str(place.id), "Daily Park", place.email, "en"))
    stripe.give_card(customer)
    number = stripe.subscribe(customer, gateway.price_id(plan("starter"), "usd"))
    with place.inside():
        standing.note_customer(customer)
    with place.app.app_context():
        payment.look_again(customer)
    return number


def test_its_subscription_ends_with_the_period_goes_on_if_it_stays_and_is_over_when_it_is_gone(
    place: Place, stripe: LocalStripe, paying: Callable[..., None], run_tasks: Callable[[], None]
) -> None:
    paying(stripe.base)
    number, client = bought(place, stripe), place.client()

    def there() -> tuple[str, bool]:
        run_tasks()
        found = stripe.call("GET", f"/v1/subscriptions/{number}")
        return found["status"], found["cancel_at_period_end"]

    assert "Your plan ends with the month that is paid" in client.get("/settings/data").text
    leave(client, place)
    assert there() == ("active", True)
    stay(client)
    assert there() == ("active", False)
    assert wanted(place, number) is None
    leave(client, place)
    erase(place)
    assert there()[0] == "canceled"
    assert wanted(place, number) is None
    erase(place)  # a job that runs twice does no harm


def test_while_stripe_is_away_nothing_is_lost_and_nobody_waits(
    place: Place, stripe: LocalStripe, paying: Callable[..., None]
) -> None:
    paying(stripe.base)
    number = bought(place, stripe)
    paying("http://127.0.0.1:9")
    leave(place.client(), place)
    erase(place)
    with place.dispatcher.site.app_context():
        with pytest.raises(PaymentAway):
            endings.carry(number)
        assert number in endings.untold(LATER), "the scheduler asks again"
        assert number not in endings.untold(datetime.now(UTC) - timedelta(minutes=5))
        paying(stripe.base)
        endings.carry(number)
        assert number not in endings.untold(LATER)
    assert stripe.call("GET", f"/v1/subscriptions/{number}")["status"] == "canceled"


def test_one_that_is_over_already_or_unknown_is_told_nothing(
    place: Place, stripe: LocalStripe, paying: Callable[..., None]
) -> None:
    number = subscribed(place)
    leave(place.client(), place)
    paying(stripe.base)
    with place.dispatcher.site.app_context():
        endings.carry(number)
        assert number not in endings.untold(LATER)


def test_what_its_owner_had_ended_before_stays_ended(place: Place) -> None:
    number, client = subscribed(place, ends_at=NOW + timedelta(days=9)), place.client()
    leave(client, place)
    assert wanted(place, number) is None
    stay(client)
    assert wanted(place, number) is None


@pytest.mark.parametrize(("state", "ending"), [("past_due", "now"), ("canceled", None)])
def test_also_one_that_is_not_paid_ends(place: Place, state: str, ending: str | None) -> None:
    number = subscribed(place, state=state)
    leave(place.client(), place)
    erase(place)
    assert wanted(place, number) == ending


def test_a_change_of_mind_that_stripe_has_not_heard_is_the_last_word(place: Place) -> None:
    number, client = subscribed(place), place.client()
    leave(client, place)
    assert wanted(place, number) == "with_period"
    stay(client)
    assert wanted(place, number) == "not"


def test_who_pays_nothing_leaves_nothing_behind(place: Place, other_workspace: Place) -> None:
    other = subscribed(other_workspace)
    assert "Your plan ends with" not in place.client().get("/settings/data").text
    leave(place.client(), place)
    erase(place)
    assert wanted(other_workspace, other) is None, "another's subscription is not touched"
