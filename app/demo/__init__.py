"""The demonstration workspace: Daily Park, a newspaper with lists, a template, and mailings past, waiting and unwritten.

The same every time but for the dates, which are counted from the day it is made.
"""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core import clock, queue
from app.core.access import Role
from app.core.crypto import hash_password
from app.core.db import db
from app.core.tenancy import control_plane, tenant_scope
from app.core.unit import unit_of_work
from app.demo import content, past
from app.demo.content import page
from app.demo.past import Edition
from app.factory import create_site_app
from app.lists.models import ContactList
from app.sending.terms import Lane
from app.templates_mgmt.models import Template
from app.tenants.models import Account, Member, Tenant, TenantState
from config.settings import Settings

SLUG = "daily-park"
LOGIN = "demo@daily-park.example"
SENDER = "news@daily-park.example"
ZONE = ZoneInfo("Asia/Seoul")
READERS = 1_200
DAYS = 12


def seed(settings: Settings, *, anew: bool = False) -> None:
    """Make the workspace where it is missing; with `anew`, remove it first with all it holds."""
    app = create_site_app(settings)
    with app.app_context():
        if anew:
            remove()
        elif _is_there():
            return
        _make(clock.now())


def remove() -> None:
    """Remove the workspace with all it holds."""
    with control_plane(), unit_of_work():
        db.session.execute(sa.delete(Tenant).where(Tenant.slug == SLUG))
        db.session.execute(sa.delete(Account).where(Account.email == LOGIN))


def _is_there() -> bool:
    with control_plane(), unit_of_work():
        return db.session.scalar(sa.select(Tenant.id).where(Tenant.slug == SLUG)) is not None


def _make(now: datetime) -> None:
    tenant_id, member_id = workspace()
    with tenant_scope(tenant_id), unit_of_work():
        morning, evening = _lists()
        db.session.add(
            Template(title="아침판", subject="[데일리 파크] 오늘 아침", html=page("아침판", content.MORNING[:3]))
        )
        _history(now, morning, evening, member_id)
        usage()
        # What happened in the past has been reported in the past.
        queue.discard()


def workspace() -> tuple[int, int]:
    """Make the empty workspace and its owner; return their numbers."""
    with control_plane(), unit_of_work():
        tenant = Tenant(
            slug=SLUG, name="데일리 파크", locale="ko", timezone="Asia/Seoul", state=TenantState.ACTIVE,
            plan_code="newspaper", brand_color=content.BRAND, sender_name="데일리 파크", sender_address=SENDER,
        )  # fmt: skip
        account = Account(
            email=LOGIN, name="데일리 파크 편집부", password_hash=hash_password(_password()), verified_at=clock.now()
        )
        db.session.add_all([tenant, account])
        db.session.flush()
        member = Member(tenant_id=tenant.id, account_id=account.id, role=Role.OWNER)
        db.session.add(member)
        db.session.flush()
        return tenant.id, member.id


def _password() -> str:
    """The password was made by whoever starts the service, and is kept in a file of this machine."""
    path = os.environ.get("MESSAGEPARK_DEMO_PASSWORD_FILE")
    if not path:
        raise RuntimeError("MESSAGEPARK_DEMO_PASSWORD_FILE: name the file that holds the demo's password")
    return Path(path).read_text(encoding="utf-8").strip()


def _lists() -> tuple[int, int]:
    morning = ContactList(code="morning", title="아침판 독자", description="매일 아침 여섯 시에 받는 독자")
    evening = ContactList(code="evening", title="저녁판 독자", description="하루를 정리하는 저녁 소식")
    db.session.add_all([morning, evening])
    db.session.flush()
    address = "'reader' || lpad(n::text, 4, '0') || '@' || :domain"
    db.session.execute(
        sa.text(
            "INSERT INTO contacts (address, address_key, name, created_at) "
            f"SELECT {address}, {address}, '독자 ' || n, now() - interval '60 days' FROM generate_series(1, :count) n"
        ),
        {"count": READERS, "domain": content.READERS_DOMAIN},
    )
    for made, condition in ((morning, "true"), (evening, "c.id % 3 <> 0")):
        db.session.execute(
            sa.text(
                "INSERT INTO subscriptions (list_id, contact_id, state, source, consent, created_at, changed_at)"
                " SELECT :list, c.id, 'subscribed', 'demo', '구독 신청서에서 동의', c.created_at, c.created_at"
                f" FROM contacts c WHERE {condition}"
            ),
            {"list": made.id},
        )
    return morning.id, evening.id


def _history(now: datetime, morning: int, evening: int, author_id: int) -> None:
    chance = random.Random(2001)  # noqa: S311 - the same past every time
    for edition in _editions(now, morning, evening, chance):
        mailing_id = past.write(edition, author_id=author_id, sender_address=SENDER)
        past.schedule(mailing_id, edition, author_id=author_id, sender_address=SENDER)
        if edition.at < now:
            past.live_through(mailing_id, edition, now, chance)
    read_all_but_the_newest(author_id)
    draft = Edition("[데일리 파크] 주말 산책 지도", page("주말판", content.EVENING), "newsletter", [evening], now)
    past.write(draft, author_id=author_id, sender_address=SENDER)


def read_all_but_the_newest(member_id: int) -> None:
    """Let the owner have read the reports, but for the last two."""
    db.session.execute(
        sa.text(
            "INSERT INTO report_reads (mailing_id, member_id) SELECT mailing_id, :member FROM launches"
            " WHERE finished_at IS NOT NULL ORDER BY finished_at DESC OFFSET 2"
        ),
        {"member": member_id},
    )


def _editions(now: datetime, morning: int, evening: int, chance: random.Random) -> list[Edition]:
    """A morning and an evening edition a day, a notice, a breaking mail; and the next two that wait."""
    today = now.astimezone(ZONE).replace(minute=0, second=0, microsecond=0)
    editions = []
    for days in range(DAYS, -2, -1):
        day = today - timedelta(days=days)
        rate = 0.36 + chance.random() * 0.12
        stories = chance.sample(content.MORNING, 3)
        editions.append(
            Edition(
                f"[아침판] {stories[0].headline}", page("아침판", stories), "newsletter", [morning],
                day.replace(hour=6), rate, rate * 0.27,
            )
        )  # fmt: skip
        if days % 2 == 0:
            stories = chance.sample(content.EVENING, 3)
            editions.append(
                Edition(
                    f"[저녁판] {stories[0].headline}", page("저녁판", stories), "newsletter", [evening],
                    day.replace(hour=18), rate + 0.05, rate * 0.3,
                )
            )  # fmt: skip
    week_ago = today - timedelta(days=7)
    editions.append(
        Edition(
            "배달 시간이 바뀝니다",
            page("알림", content.NOTICE),
            "notice",
            [morning],
            week_ago.replace(hour=10),
            0.55,
            0.08,
        )
    )
    editions.append(
        Edition(
            f"[속보] {content.BREAKING[0].headline}", page("속보", content.BREAKING), "breaking", [morning, evening],
            (today - timedelta(days=3)).replace(hour=14), 0.71, 0.22, Lane.BREAKING,
        )
    )  # fmt: skip
    return sorted((e for e in editions if e.at < now or e.at > now + timedelta(minutes=10)), key=lambda e: e.at)


def usage() -> None:
    """Let each month have what was sent in it, since the past was lived through today."""
    db.session.execute(sa.text("DELETE FROM usage_months"))
    db.session.execute(
        sa.text(
            "INSERT INTO usage_months (month, sent)"
            " SELECT date_trunc('month', finished_at AT TIME ZONE 'Asia/Seoul')::date, sum(accepted)"
            " FROM launches WHERE finished_at IS NOT NULL GROUP BY 1"
        )
    )
    db.session.execute(
        sa.text(
            "UPDATE usage_entries e SET at = l.started_at, settled_at = l.finished_at,"
            " month = date_trunc('month', l.finished_at AT TIME ZONE 'Asia/Seoul')::date"
            " FROM launches l WHERE l.mailing_id = e.mailing_id AND l.finished_at IS NOT NULL"
        )
    )
