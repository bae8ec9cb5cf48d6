"""Paying through Stripe: recorded events signed anew, and a whole life against a stateful Stripe on this machine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from app.billing import gateway, payment, queries, service, standing
from app.billing.gateway import Bill, Payer, Standing, Subscription
from app.billing.models import BillingAccount, Invoice, PaymentEvent
from app.billing.payment import Buyer, NothingToPay
from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.custody.models import Archive
from app.dispatch import Dispatcher
from app.tenants.plans import plan, plans
from app.tenants.queries import workspace
from config.settings import Settings, SettingsError
from tests.support.localstripe import KEY, LocalStripe, signed
from tests.support.workspaces import HostClient, Place

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
# As Stripe sent it, shortened to what is read and some that is not.
RECORDED = {
    "id": "evt_1R2a3b", "object": "event", "api_version": "2026-10-28.endive", "created": 1773576000,
    "data": {"object": {"id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active"}},
    "livemode": False, "pending_webhooks": 1, "type": "customer.subscription.updated",
}  # fmt: skip


def tell(client: HostClient, event: dict[str, object], **header: object) -> int:
    body = json.dumps(event).encode()
    answer = client.post("/payment-events", data=body, headers={"Stripe-Signature": signed(body, **header)})  # type: ignore[arg-type]
    return answer.status_code


def heard(place: Place, event_id: object) -> list[sa.Row[tuple[str, str | None, datetime | None, str]]]:
    columns = (PaymentEvent.kind, PaymentEvent.customer, PaymentEvent.applied_at, PaymentEvent.problem)
    with place.inside(), control_plane():
        return list(db.session.execute(sa.select(*columns).where(PaymentEvent.id == event_id)))


def fresh_event(place: Place, customer: str | None = None) -> dict[str, object]:
    about = {**RECORDED["data"]["object"], "customer": customer or f"cus_{place.id}"}  # type: ignore[index]
    return {**RECORDED, "id": f"evt_{place.id}", "data": {"object": about}}


# --- what is told -----------------------------------------------------------------------------------------------


def test_an_event_is_kept_once(place: Place, site_client: HostClient, paying: Callable[..., None]) -> None:
    paying()
    event = fresh_event(place)
    assert tell(site_client, event) == 204
    assert tell(site_client, event) == 204
    kept = heard(place, event["id"])
    assert [(one.kind, one.customer) for one in kept] == [("customer.subscription.updated", f"cus_{place.id}")]


def test_only_what_stripe_signed_is_heard(place: Place, site_client: HostClient, paying: Callable[..., None]) -> None:
    paying()
    event = fresh_event(place)
    assert tell(site_client, event, secret="whsec_another") == 403
    assert tell(site_client, event, at=time.time() - 3600) == 403
    body = json.dumps(event).encode()
    for spoilt, header in ((body + b" ", signed(body)), (body, ""), (b"\xff", signed(b"\xff")), (b"[]", signed(b"[]"))):
        answer = site_client.post("/payment-events", data=spoilt, headers={"Stripe-Signature": header})
        assert answer.status_code == 403
    assert heard(place, event["id"]) == []


def test_without_stripe_nothing_is_heard(place: Place, site_client: HostClient) -> None:
    assert tell(site_client, fresh_event(place)) == 404


def test_stripe_without_the_secret_of_its_events_is_refused() -> None:
    with pytest.raises(SettingsError):
        Settings.from_env({"MESSAGEPARK_STRIPE_KEY": KEY})


# --- what is taken over -----------------------------------------------------------------------------------------


def subscription(state: str, code: str = "business", **more: object) -> Subscription:
    given = {"renews_at": NOW + timedelta(days=30), "ends_at": None, "trial_ends_at": None, **more}
    items = {"si_1": gateway.price_id(plan(code), "krw"), "si_2": gateway.price_id(plan(code), "krw", metered=True)}
    return Subscription("sub_1", state, items, **given)  # type: ignore[arg-type]


def see(place: Place, found: Subscription | None, *, at: datetime = NOW, bills: tuple[Bill, ...] = ()) -> bool:
    with place.inside():
        standing.note_customer(f"cus_{place.id}")
        return standing.take_over(Standing(found, bills), asked_at=at)


def state_of(place: Place) -> tuple[str, str]:
    found = workspace(place.id)
    assert found is not None
    return found.plan_code, found.state


def subjects(place: Place) -> list[str]:
    with place.inside():
        return list(db.session.scalars(sa.select(Notice.subject).where(Notice.tenant_id == place.id)))


@pytest.mark.parametrize("state", ["active", "trialing"])
def test_a_running_subscription_gives_the_plan(place: Place, state: str) -> None:
    assert see(place, subscription(state))
    assert state_of(place) == ("business", "active")


def test_one_that_was_never_paid_gives_nothing(place: Place) -> None:
    see(place, subscription("incomplete"))
    see(place, subscription("incomplete_expired"), at=NOW + timedelta(hours=1))
    assert state_of(place) == ("free", "active")


def test_the_newest_look_counts_in_whatever_order_they_come(place: Place) -> None:
    assert see(place, subscription("active", "business"), at=NOW)
    assert not see(place, subscription("active", "starter"), at=NOW - timedelta(seconds=1))
    assert not see(place, subscription("active", "starter"), at=NOW)
    assert state_of(place) == ("business", "active")
    assert see(place, subscription("active", "starter"), at=NOW + timedelta(seconds=1))
    assert state_of(place) == ("starter", "active")


def test_an_unpaid_bill_closes_the_workspace_after_the_days_of_grace_and_payment_opens_it(place: Place) -> None:
    see(place, subscription("active"))
    see(place, subscription("past_due"), at=NOW + timedelta(days=1))
    see(place, subscription("past_due"), at=NOW + timedelta(days=3))
    assert state_of(place) == ("business", "active")
    assert subjects(place).count("A payment did not go through") == 1
    late = NOW + timedelta(days=1) + standing.GRACE + timedelta(minutes=1)
    with place.inside():
        assert place.id not in standing.overdue(late - timedelta(hours=1))
        standing.close_overdue(late - timedelta(hours=1))
    assert state_of(place) == ("business", "active")
    with place.inside():
        assert place.id in standing.overdue(late)
        standing.close_overdue(late)
        standing.close_overdue(late)
    assert state_of(place) == ("business", "read_only")
    assert subjects(place).count("Your workspace can only be read for now") == 1
    see(place, subscription("active"), at=late)
    assert state_of(place) == ("business", "active")


def test_a_workspace_with_an_open_bill_can_be_read_and_paid_for_but_not_changed(
    place: Place, paying: Callable[..., None]
) -> None:
    see(place, subscription("past_due"))
    with place.inside():
        standing.close_overdue(NOW + timedelta(days=30))
    paying()
    client = place.client()
    page = client.get("/lists")
    assert "A bill is open, so this workspace can only be read" in page.text
    answer = client.post("/lists", data={"title": "New", "code": "new"})
    assert answer.status_code == 403
    assert "can only be read until its bill is paid" in answer.text
    assert client.post("/settings/plan/withdrawals").status_code == 303
    with place.inside():
        db.session.add(Archive(member_id=place.member_id, created_at=datetime.now(UTC)))
    being_packed = client.post("/settings/data/archives").status_code
    assert being_packed == 409, "whoever cannot pay may take everything along"
    assert client.post("/settings/data/deletions", data={"typed": "another"}).status_code == 422, "and may leave"
    assert client.post("/profile", data={"name": "Me", "locale": "en", "theme": "auto"}).status_code != 403


def test_the_end_of_a_subscription_leaves_the_free_plan(place: Place) -> None:
    see(place, subscription("active", ends_at=NOW + timedelta(days=9)))
    assert state_of(place) == ("business", "active")
    see(place, subscription("canceled"), at=NOW + timedelta(days=9))
    see(place, subscription("canceled"), at=NOW + timedelta(days=10))
    assert state_of(place) == ("free", "active")
    assert subjects(place).count("Your plan has ended") == 1


def test_invoices_are_kept_and_shown_to_their_workspace_alone(
    place: Place, other_workspace: Place, paying: Callable[..., None]
) -> None:
    bill = Bill("in_1", "MP-0001", NOW, 190000, "krw", "open", "", "https://pay.stripe.com/invoice/in_1/pdf")
    see(place, subscription("active"), bills=(bill,))
    see(place, subscription("active"), at=NOW + timedelta(hours=1), bills=(replace(bill, state="paid"),))
    with place.inside():
        assert [(one.number, one.state) for one in db.session.scalars(sa.select(Invoice))] == [("MP-0001", "paid")]
    paying()
    page = place.client().get("/settings/plan").text
    assert "MP-0001" in page
    assert "₩190,000" in page
    assert "MP-0001" not in other_workspace.client().get("/settings/plan").text


def test_what_is_sent_above_the_plan_is_reported_once(
    new_workspace: Callable[..., Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = new_workspace(plan="starter")
    month, told = date(2026, 3, 1), []
    monkeypatch.setattr(gateway, "tell_overage", lambda *args, reference: told.append((*args, reference)))
    with place.inside():
        standing.note_customer(f"cus_{place.id}")
        service.choose_overage(True)
        service.settle(service.reserve(20_500, NOW), reserved=20_500, sent=20_400)
    with place.app.app_context():
        assert (place.id, month) in payment.untold_overage()
        payment.tell_overage(month)
        payment.tell_overage(month)
        assert (place.id, month) not in payment.untold_overage()
    assert told == [(f"cus_{place.id}", 400, f"{place.id}-2026-03-01-0-400")]


# --- Stripe's pages ---------------------------------------------------------------------------------------------


@dataclass
class Answers:
    """A loopback server that answers as Stripe's documentation shows, and keeps what it was asked."""

    base: str
    asked: list[tuple[str, dict[str, list[str]]]]


@pytest.fixture
def answers() -> Iterator[Answers]:
    asked: list[tuple[str, dict[str, list[str]]]] = []

    ids = {"/v1/customers": "cus_paged", "/v1/billing/meters": "mtr_1"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Nothing of what is asked for is there yet."""
            some = self.path.startswith("/v1/billing/meters")
            self._say(200 if some else 404, {"data": []} if some else {"error": {"message": "No such plan"}})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append((self.path, parse_qs(body)))
            self._say(200, {"id": ids.get(self.path, "cs_1"), "url": "https://checkout.stripe.com/c/1"})

        def _say(self, status: int, said: dict[str, object]) -> None:
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Answers(f"http://127.0.0.1:{server.server_port}", asked)
    server.shutdown()
    server.server_close()


def test_choosing_a_plan_leads_to_stripes_page_and_changes_nothing_by_itself(
    place: Place, paying: Callable[..., None], answers: Answers
) -> None:
    paying(answers.base)
    answer = place.client().post("/settings/plan", data={"plan": "starter"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://checkout.stripe.com/c/1")
    assert state_of(place) == ("free", "active")
    (first, customer), (second, session) = answers.asked
    assert (first, second) == ("/v1/customers", "/v1/checkout/sessions")
    assert customer["metadata[workspace]"] == [str(place.id)]
    assert session["line_items[0][price]"] == ["messagepark_starter_usd"]
    assert session["line_items[1][price]"] == ["messagepark_starter_usd_overage"]
    assert session["subscription_data[trial_period_days]"] == ["14"]
    assert session["tax_id_collection[enabled]"] == ["true"]
    assert session["success_url"] == [f"{place.url}/settings/plan?paid=1"]
    assert place.client().post("/settings/plan/payment").headers["Location"].startswith("https://")
    assert answers.asked[2][1]["customer"] == ["cus_paged"]


def test_a_plan_is_tried_free_of_charge_once(place: Place, paying: Callable[..., None], answers: Answers) -> None:
    see(place, subscription("canceled"))
    paying(answers.base)
    place.client().post("/settings/plan", data={"plan": "starter"})
    ((path, session),) = answers.asked
    assert path == "/v1/checkout/sessions"
    assert "subscription_data[trial_period_days]" not in session


def test_stripe_knows_a_meter_and_its_prices_and_is_told_what_was_sent_above(
    paying: Callable[..., None], answers: Answers, dispatcher: Dispatcher
) -> None:
    """Recorded: localstripe has no meters. What is asked is what Stripe's documentation says."""
    paying(answers.base)
    gateway.put_overage()
    gateway.tell_overage("cus_1", 400, reference="7-2026-03-01-0-400")
    (_path, meter), *prices, (path, told) = answers.asked
    assert meter["event_name"] == told["event_name"] == [gateway.METER]
    assert meter["default_aggregation[formula]"] == ["sum"]
    assert meter["customer_mapping[event_payload_key]"] == ["stripe_customer_id"]
    assert [price["id"] for _path, price in prices] == [
        [gateway.price_id(each, currency, metered=True)] for each in plans().values() for currency in each.overage
    ]
    starter = dict(prices[0][1])
    assert (starter["usage_type"], starter["meter"], starter["amount"]) == (["metered"], ["mtr_1"], ["1500"])
    assert (starter["transform_usage[divide_by]"], starter["transform_usage[round]"]) == (["1000"], ["up"])
    assert path == "/v1/billing/meter_events"
    assert told["payload[stripe_customer_id]"] == ["cus_1"]
    assert (told["payload[value]"], told["identifier"]) == (["400"], ["7-2026-03-01-0-400"])


def test_a_stripe_that_is_away_changes_nothing(place: Place, paying: Callable[..., None]) -> None:
    paying("http://127.0.0.1:9")
    answer = place.client().post("/settings/plan", data={"plan": "starter"})
    assert answer.status_code == 503
    assert "The payment service does not answer. Nothing was changed" in answer.text
    with place.inside():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(BillingAccount)) == 0


def test_there_is_no_payment_page_before_anything_is_paid(place: Place, paying: Callable[..., None]) -> None:
    paying()
    assert place.client().post("/settings/plan/payment").status_code == NothingToPay.status


# --- the operator's page ----------------------------------------------------------------------------------------


def test_an_operator_sees_events_and_has_them_looked_into_again(
    place: Place,
    operator: HostClient,
    site_client: HostClient,
    paying: Callable[..., None],
    run_tasks: Callable[[], None],
) -> None:
    paying()
    tell(site_client, fresh_event(place, "cus_nobody"))
    run_tasks()
    event_id = f"evt_{place.id}"
    assert [one.problem for one in heard(place, event_id)] == ["nobody"]
    assert event_id in operator.get("/plans/events").text
    assert operator.post(f"/plans/events/{event_id}/replays").status_code == 303
    assert [one.applied_at for one in heard(place, event_id)] == [None]
    run_tasks()
    assert heard(place, event_id)[0].applied_at is not None
    assert operator.post("/plans/events/evt_unknown/replays").status_code == 404


def test_an_event_whose_job_was_lost_is_found(
    place: Place, site_client: HostClient, paying: Callable[..., None]
) -> None:
    paying()
    tell(site_client, fresh_event(place))
    with place.inside():
        later = datetime.now(UTC) + timedelta(minutes=2)
        assert (None, f"evt_{place.id}") in payment.forgotten_events(later)
        assert (None, f"evt_{place.id}") not in payment.forgotten_events(later - timedelta(minutes=5))


# --- the whole life ---------------------------------------------------------------------------------------------


def wait_for_events(place: Place, customer: str, stripe: LocalStripe) -> None:
    """Until every event of a customer that Stripe has was told to us."""
    until = time.monotonic() + 20
    while True:
        there = {
            event["id"] for event in stripe.events()
            if customer in (event["data"]["object"].get("customer"), event["data"]["object"]["id"])
        }  # fmt: skip
        with place.inside(), control_plane():
            known = set(db.session.scalars(sa.select(PaymentEvent.id).where(PaymentEvent.customer == customer)))
        if there and there <= known:
            return
        assert time.monotonic() < until, there - known
        time.sleep(0.1)


def test_a_whole_life_of_a_subscription(
    place: Place,
    stripe: LocalStripe,
    paying: Callable[..., None],
    run_tasks: Callable[[], None],
    settings: Settings,
) -> None:
    paying(stripe.base)
    gateway.put_plans()
    assert gateway.put_plans() == [], "what is there already stays"
    assert {one["id"] for one in stripe.call("GET", "/v1/plans?limit=99")["data"]} >= {
        gateway.price_id(each, currency) for each in plans().values() if not each.is_free for currency in each.price
    }
    server = make_server("127.0.0.1", 0, place.dispatcher.site, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        stripe.webhook(f"http://127.0.0.1:{server.server_port}/payment-events")
        _live(place, stripe, run_tasks)
    finally:
        server.shutdown()


def _live(place: Place, stripe: LocalStripe, run_tasks: Callable[[], None]) -> None:
    customer = gateway.make_customer(Payer(str(place.id), "Daily Park", place.email, "en"))
    with place.inside():
        standing.note_customer(customer)

    def settle() -> tuple[str, str]:
        wait_for_events(place, customer, stripe)
        run_tasks()
        return state_of(place)

    # Bought, as Stripe's checkout ends.
    stripe.give_card(customer)
    stripe.subscribe(customer, gateway.price_id(plan("starter"), "usd"))
    assert settle() == ("starter", "active")
    with place.inside():
        assert [(one.total, one.state) for one in queries.invoices()] == [(1500, "paid")]
        assert queries.account().renews_at is not None

    # A larger plan: changed in place, the days reckoned up.
    with place.app.app_context():
        payment.choose("business", Buyer(place.email, "en"))
    assert state_of(place)[0] == "business"
    assert settle() == ("business", "active")
    assert "messagepark_starter_usd" in json.dumps(stripe.call("GET", f"/v1/invoiceitems?customer={customer}"))

    # A card that fails: the workspace goes on, and is told. The next one pays, and all is well again.
    stripe.give_card(customer, "4000000000000341")
    with place.inside():
        subscription_id = queries.account().subscription
    yearly = {"id": "yearly", "amount": "200000", "currency": "usd", "interval": "year", "product[name]": "A year"}
    stripe.call("POST", "/v1/plans", **yearly)  # it bills at once only when the interval changes
    stripe.call("POST", f"/v1/subscriptions/{subscription_id}", **{"items[0][plan]": "yearly"})
    assert settle() == ("business", "active")
    with place.inside():
        assert queries.account().past_due_since is not None
    assert "A payment did not go through" in subjects(place)
    stripe.give_card(customer)
    with place.inside():
        (bill,) = [one.id for one in queries.invoices() if one.state == "open"]
    stripe.call("POST", f"/v1/invoices/{bill}/pay")
    assert settle() == ("business", "active")
    with place.inside():
        assert queries.account().past_due_since is None

    # Ended with the period, and then over.
    with place.app.app_context():
        payment.choose("free", Buyer(place.email, "en"))
    with place.inside():
        assert queries.account().ends_at is not None
    assert state_of(place) == ("business", "active")
    stripe.call("DELETE", f"/v1/subscriptions/{subscription_id}")
    assert settle() == ("free", "active")


def test_what_stripe_says_today_of_a_trial_is_read() -> None:
    """Recorded: since 2025 the period stands at the items, and prices have taken the place of plans."""
    until = int((NOW + timedelta(days=14)).timestamp())
    item = {"id": "si_1", "current_period_end": until, "price": {"id": "messagepark_business_krw", "object": "price"}}
    said = {
        "id": "sub_1", "object": "subscription", "status": "trialing", "created": 1773576000, "trial_end": until,
        "cancel_at_period_end": True, "cancel_at": None, "ended_at": None, "items": {"object": "list", "data": [item]},
    }  # fmt: skip
    found = gateway.subscription_of(said)
    moment = NOW + timedelta(days=14)
    assert (found.plan_code, found.state, found.over) == ("business", "trialing", False)
    assert (found.renews_at, found.trial_ends_at, found.ends_at) == (moment, moment, moment)
