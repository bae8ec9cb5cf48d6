"""Stripe, as billing speaks to it: plain facts go in and come out, and nothing here touches the database.

What Stripe says in an event is never believed beyond whom it is about: the customer is asked for anew (`look`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import structlog

from app.billing.terms import OVER
from app.core.errors import N_, Forbidden, Unavailable
from app.core.site import settings
from app.tenants.plans import Currency, Plan, plans

if TYPE_CHECKING:
    from stripe import StripeClient

log = structlog.get_logger(__name__)

METER = "messagepark_overage"
ZERO_DECIMAL = frozenset({Currency.KRW})
METERED = "_overage"
MAILS_A_UNIT = 1000


class PaymentAway(Unavailable):
    message = N_("The payment service does not answer. Nothing was changed; try again in a minute.")


class NotFromStripe(Forbidden):
    message = N_("This did not come from the payment service.")


@dataclass(frozen=True, slots=True)
class Payer:
    """Who is to pay, when they are made known to Stripe. `reference`: our own number, so that it happens once."""

    reference: str
    name: str
    email: str
    locale: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """A plan that somebody is about to buy; the addresses are where Stripe's page leads back to."""

    customer: str
    plan: Plan
    currency: str
    trial_days: int
    done_url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice. `total` is in the currency's smallest unit."""

    id: str
    number: str
    created_at: datetime
    total: int
    currency: str
    state: str
    url: str
    pdf: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """The newest subscription of a customer. `items`: its prices by the ids of its items."""

    id: str
    state: str
    items: Mapping[str, str]
    renews_at: datetime | None
    ends_at: datetime | None
    trial_ends_at: datetime | None

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def plan_code(self) -> str | None:
        """The plan that is subscribed to, as its price is named."""
        return next((code for code in map(_plan_of, self.items.values()) if code), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What Stripe says of a customer."""

    subscription: Subscription | None
    bills: Sequence[Bill]


def configured() -> bool:
    """Tell whether plans are paid through Stripe here; otherwise the operator confirms them."""
    return bool(settings().stripe_key)


def price_id(plan: Plan, currency: str, *, metered: bool = False) -> str:
    return f"messagepark_{plan.code}_{currency}{METERED if metered else ''}"


def _plan_of(price: str) -> str | None:
    found = [plan.code for plan in plans().values() for one in plan.price if price == price_id(plan, one)]
    return found[0] if found else None


# --- what is done -----------------------------------------------------------------------------------------------


def make_customer(payer: Payer) -> str:
    """Make somebody known to Stripe, once however often it is asked for; return the customer's id."""
    made = _call(
        "post", "/v1/customers", name=payer.name, email=payer.email, preferred_locales=[payer.locale],
        metadata={"workspace": payer.reference}, idempotency_key=f"customer-{payer.reference}",
    )  # fmt: skip
    return str(made["id"])


def checkout(purchase: Purchase) -> str:
    """Return the address of Stripe's page where the plan is paid. A tax number may be given there."""
    lines: list[dict[str, Any]] = [{"price": price_id(purchase.plan, purchase.currency), "quantity": 1}]
    if purchase.currency in purchase.plan.overage:
        lines.append({"price": price_id(purchase.plan, purchase.currency, metered=True)})
    trial = {"trial_period_days": purchase.trial_days} if purchase.trial_days else {}
    session = _call(
        "post", "/v1/checkout/sessions", mode="subscription", customer=purchase.customer, line_items=lines,
        success_url=purchase.done_url, cancel_url=purchase.back_url, tax_id_collection={"enabled": True},
        customer_update={"name": "auto", "address": "auto"}, billing_address_collection="required",
        subscription_data={"metadata": {"plan": purchase.plan.code}, **trial},
    )  # fmt: skip
    return str(session["url"])


def portal(customer: str, back_url: str) -> str:
    """Return the address of Stripe's page for cards, addresses, tax numbers and invoices."""
    return str(_call("post", "/v1/billing_portal/sessions", customer=customer, return_url=back_url)["url"])


def change_plan(subscription: Subscription, plan: Plan, currency: str) -> None:
    """Let a subscription be for another plan from now on; Stripe reckons up the days (its default: prorations)."""
    items = [
        {"id": item, "plan": price_id(plan, currency, metered=price.endswith(METERED))}
        for item, price in subscription.items.items()
    ]
    _call("post", _path(subscription.id), items=items, cancel_at_period_end=False)


def end_with_period(subscription_id: str) -> None:
    """Let a subscription go on to the end of what is paid, and no further."""
    _call("post", _path(subscription_id), cancel_at_period_end=True)


def go_on(subscription_id: str) -> None:
    """Let a subscription not end with the period after all."""
    _call("post", _path(subscription_id), cancel_at_period_end=False)


def end_now(subscription_id: str) -> None:
    """End a subscription at once; what was sent above the plan and not billed yet is billed."""
    _call("delete", _path(subscription_id), invoice_now=True)


def is_over(subscription_id: str) -> bool:
    """Tell whether a subscription has ended, or is none that Stripe knows."""
    found = _found(_path(subscription_id))
    return found is None or found["status"] in OVER


def _path(subscription_id: str) -> str:
    return f"/v1/subscriptions/{subscription_id}"


def tell_overage(customer: str, mails: int, *, reference: str) -> None:
    """Report mails above the plan's number. Stripe counts each `reference` once."""
    payload = {"stripe_customer_id": customer, "value": str(mails)}
    _call("post", "/v1/billing/meter_events", event_name=METER, payload=payload, identifier=reference)


# --- what is asked ----------------------------------------------------------------------------------------------


def look(customer: str) -> Standing:
    """Return how a customer stands now."""
    found = _call("get", "/v1/subscriptions", customer=customer, status="all")["data"]
    newest = max(found, key=lambda one: (one["status"] not in OVER, one["created"]), default=None)
    bills = _call("get", "/v1/invoices", customer=customer)["data"]
    return Standing(subscription_of(newest) if newest else None, [_bill(one) for one in bills])


def subscription_of(said: Mapping[str, Any]) -> Subscription:
    """Read a subscription as Stripe writes it, in this year's way or that of years ago."""
    items = said["items"]["data"]
    # Since 2025 the period stands at the items; before, at the subscription.
    until = said.get("current_period_end") or max((item.get("current_period_end") or 0 for item in items), default=0)
    ends = said.get("cancel_at") or (until if said.get("cancel_at_period_end") else None)
    return Subscription(
        id=said["id"],
        state=said["status"],
        items={item["id"]: (item.get("price") or item.get("plan") or {}).get("id", "") for item in items},
        renews_at=_moment(until),
        ends_at=_moment(said.get("ended_at") or ends),
        trial_ends_at=_moment(said.get("trial_end")),
    )


def _bill(said: Mapping[str, Any]) -> Bill:
    return Bill(
        id=said["id"],
        number=said.get("number") or "",
        created_at=datetime.fromtimestamp(said["created"], UTC),
        total=said["total"],
        currency=said["currency"],
        state=said.get("status") or "",
        url=said.get("hosted_invoice_url") or "",
        pdf=said.get("invoice_pdf") or "",
    )


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at Stripe: its number there, what it was, and whom it is about."""

    id: str
    kind: str
    customer: str | None
    created_at: datetime


def read_event(body: bytes, signature: str) -> Event:
    """Read an event as it was sent, byte for byte, after checking who sent it.

    Raises:
        NotFromStripe: it is not signed with our secret, or too old to be new.
    """
    from stripe import SignatureVerificationError, WebhookSignature

    try:
        WebhookSignature.verify_header(body, signature, settings().stripe_webhook_secret, tolerance=300)
        said = json.loads(body)
        about = said["data"]["object"]
        customer = about["id"] if about.get("object") == "customer" else about.get("customer")
        created = datetime.fromtimestamp(said["created"], UTC)
        return Event(str(said["id"]), str(said["type"]), customer, created)
    except (SignatureVerificationError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise NotFromStripe from error


# --- what Stripe must know of our plans -------------------------------------------------------------------------


def put_plans() -> list[str]:
    """Make every plan that costs something known to Stripe in every currency; return the ids of the new ones."""
    return [
        price_id(plan, currency)
        for plan in plans().values()
        for currency, price in plan.price.items()
        if price and _put(price_id(plan, currency), plan, currency, amount=smallest(price, currency))
    ]


def put_overage() -> list[str]:
    """The same for the prices of mails above a plan's number, which are counted by a meter."""
    meter = _meter()
    unit = {"divide_by": MAILS_A_UNIT, "round": "up"}
    return [
        price_id(plan, currency, metered=True)
        for plan in plans().values()
        for currency, price in plan.overage.items()
        if _put(
            price_id(plan, currency, metered=True), plan, currency,
            amount=smallest(price, currency), usage_type="metered", meter=meter, transform_usage=unit,
        )
    ]  # fmt: skip


def smallest(amount: Decimal, currency: str) -> int:
    """Return an amount in the currency's smallest unit: won has none below itself."""
    return int(amount if currency in ZERO_DECIMAL else amount * 100)


def _put(price: str, plan: Plan, currency: str, **values: Any) -> bool:
    """Make a price unless it is there: what is bought at a price is never changed behind the buyer's back."""
    if _found(f"/v1/plans/{price}"):
        return False
    product = {"name": f"messagepark {plan.names['en']}"}
    _call("post", "/v1/plans", id=price, currency=currency, interval="month", product=product, **values)
    return True


def _meter() -> str:
    known = [one["id"] for one in _call("get", "/v1/billing/meters")["data"] if one["event_name"] == METER]
    if known:
        return str(known[0])
    made = _call(
        "post", "/v1/billing/meters", display_name="Mails above the plan", event_name=METER,
        default_aggregation={"formula": "sum"}, value_settings={"event_payload_key": "value"},
        customer_mapping={"type": "by_id", "event_payload_key": "stripe_customer_id"},
    )  # fmt: skip
    return str(made["id"])


# --- the wire ---------------------------------------------------------------------------------------------------


def _call(method: str, path: str, **params: Any) -> dict[str, Any]:
    """Ask Stripe for something.

    Raises:
        PaymentAway: it does not answer, or does not do it.
    """
    from stripe import StripeError

    try:
        return _request(method, path, **params)
    except StripeError as error:
        log.error("stripe_refused", path=path, status=error.http_status, code=error.code, detail=str(error)[:200])
        raise PaymentAway from error


def _found(path: str) -> dict[str, Any] | None:
    """Ask for one thing; None where Stripe knows none of that name. Raises as `_call`."""
    from stripe import StripeError

    try:
        return _request("get", path)
    except StripeError as error:
        if error.http_status == 404:
            return None
        raise PaymentAway from error


def _request(method: str, path: str, **params: Any) -> dict[str, Any]:
    answer = _client(settings().stripe_key, settings().stripe_base).raw_request(method, path, **params)
    return cast(dict[str, Any], answer.data)


@lru_cache(maxsize=1)
def _client(key: str, base: str) -> StripeClient:
    """Made at the first use: the library takes a second and much memory to load, and few processes need it."""
    from stripe import StripeClient

    elsewhere = {"base_addresses": {"api": base}} if base else {}
    return StripeClient(key, max_network_retries=2, **cast(dict[str, Any], elsewhere))
