"""Between the operator's page and the MTA: orders go there, a picture of what it does comes back."""

from __future__ import annotations

import msgspec

from app.core import unit
from app.operator import mail_traffic
from app.tenants import mail_orders
from app.tenants.mail_orders import STANDING, Kind
from worker import job
from worker.carrier import client


def carry_orders() -> None:
    """Have the MTA follow all orders that stand, and no others. Safe to repeat."""
    with job.inside(None), unit.unit_of_work():
        standing = mail_orders.standing()
    logged = {whose: end.timestamp() for whose, end in standing.logged.items()}
    client().stand_by(standing.stopped, standing.suspended, logged)


def hear(word: str) -> None:
    """Act on a word of `app.tenants.mail_orders`."""
    kind, _, name = word.partition(":")
    if word == STANDING:
        carry_orders()
    elif kind == Kind.TENANT:
        client().flush_tenant(int(name))
    elif kind == Kind.DESTINATION:
        client().flush_destination(name)


def publish_traffic() -> None:
    mail_traffic.publish(msgspec.json.encode(client().overview()))
