"""A workspace with an audience and a mailing, made in one process of the product: ``python -m bench.audience``.

Prints ``{"tenant": …, "mailing": …}``. The mail has the size, links and merge values that MEASURED figures are about.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass

import sqlalchemy as sa

from app.compose.models import Mailing
from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane, tenant_scope
from app.core.unit import unit_of_work
from app.factory import create_site_app
from app.lists.models import ContactList
from app.lists.recipients import Audience
from app.sending import service
from app.sending.orders import LaunchOrder
from app.sending.terms import Lane
from app.tenants.models import Tenant, TenantState
from config.settings import Settings

SENTENCE = "The harbour bridge opens again on Monday after repairs, and the ferries return to their summer hours. "
LINK = '<p><a href="https://news.example.com/2026/story-{n}?from=mail">Story {n}: what changed at the harbour</a></p>\n'
FIELDS = ("name", "city", "grade", "team", "code")
GREETING = "<p>" + ", ".join(f"{{{{{name}|reader}}}}" for name in FIELDS) + "</p>\n"


@dataclass(frozen=True)
class Shape:
    """How big a mailing is: people, bytes of HTML, tracked links."""

    recipients: int
    size: int = 16 * 1024
    links: int = 15


def html_of(shape: Shape) -> str:
    """Return a mail of about `shape.size` bytes with its links and five merge tags."""
    links = "".join(LINK.format(n=n) for n in range(1, shape.links + 1))
    rest = max(0, shape.size - len(links) - len(GREETING) - 200)
    body = "".join(f"<p>{SENTENCE}</p>\n" for _ in range(rest // (len(SENTENCE) + 8)))
    return f"<html><body>{GREETING}{links}{body}</body></html>"


def make(slug: str, shape: Shape, *, domain: str, lane: Lane) -> tuple[int, int]:
    """Make the workspace, its people and the mailing, and send it; return (tenant, mailing). The last commit sends."""
    with control_plane(), unit_of_work():
        tenant = Tenant(
            slug=slug, name="Bench", locale="en", timezone="UTC", state=TenantState.ACTIVE, plan_code="newspaper"
        )
        db.session.add(tenant)
        db.session.flush()
        tenant_id = tenant.id
    with tenant_scope(tenant_id), unit_of_work():
        list_id = people(shape.recipients, domain)
    with tenant_scope(tenant_id), unit_of_work():
        return tenant_id, _send(list_id, shape, lane)


def people(count: int, domain: str) -> int:
    """Make a list of so many people and return its number."""
    made = ContactList(code="everyone", title="Everyone")
    db.session.add(made)
    db.session.flush()
    person = "'reader' || n || '@' || :domain"
    values = "jsonb_build_object('city', 'Busan', 'grade', n % 5, 'team', 'Team ' || n % 30, 'code', 'C' || n)"
    db.session.execute(
        sa.text(
            "INSERT INTO contacts (address, address_key, name, fields)"
            f" SELECT {person}, {person}, 'Reader ' || n, {values} FROM generate_series(1, :count) n"
        ),
        {"count": count, "domain": domain},
    )
    db.session.execute(
        sa.text(
            "INSERT INTO subscriptions (list_id, contact_id, state) SELECT :list_id, id, 'subscribed' FROM contacts"
        ),
        {"list_id": made.id},
    )
    return made.id


def _send(list_id: int, shape: Shape, lane: Lane) -> int:
    html = html_of(shape)
    mailing = Mailing(subject="Harbour news for {{name|reader}}", html=html, list_ids=[list_id])
    db.session.add(mailing)
    db.session.flush()
    service.schedule_launch(
        LaunchOrder(
            mailing_id=mailing.id,
            kind="newsletter",
            lane=lane,
            subject=mailing.subject,
            sender_name="Harbour News",
            sender_address="news@bench.example",
            reply_to="",
            html=html,
            audience=Audience.of_lists([list_id]),
            report_to=[],
            author_id=None,
            planned_at=clock.now(),
        )
    )
    return mailing.id


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a workspace with an audience, and send it one mailing.")
    parser.add_argument("--slug", default="bench")
    parser.add_argument("--recipients", type=int, required=True)
    parser.add_argument("--size", type=int, default=16 * 1024)
    parser.add_argument("--links", type=int, default=15)
    parser.add_argument("--domain", default="readers.example")
    parser.add_argument("--lane", default=Lane.NORMAL, type=Lane)
    options = parser.parse_args()
    app = create_site_app(Settings.from_env())
    with app.app_context():
        shape = Shape(options.recipients, options.size, options.links)
        tenant, mailing = make(options.slug, shape, domain=options.domain, lane=options.lane)
    print(json.dumps({"tenant": tenant, "mailing": mailing}))


if __name__ == "__main__":
    main()
