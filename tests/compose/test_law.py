from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from app.core.db import db
from app.lists.models import Subscription
from app.sending import queries as sending
from app.sending import service
from app.sending.plan import make_plan
from app.tenants.queries import current_workspace
from tests.compose.conftest import Desk
from tests.support.workspaces import Place

SENDER = {
    "law": "korea", "legal_name": "데일리 파크", "postal_address": "서울시 중구 1", "phone": "02-1",
    "contact_address": "a@b.example",
}  # fmt: skip


def agree(desk: Desk) -> None:
    with desk.place.inside():
        db.session.execute(sa.update(Subscription).values(consent="I agree."))


def test_advertising_waits_for_sender_and_consent(desk: Desk) -> None:
    mailing_id = desk.draft(kind="advertising")
    page = desk.client.get(f"/mailings/{mailing_id}/send").text
    assert "fill in legal name and postal address" in page
    assert desk.send(mailing_id).status_code == 422
    assert desk.client.post("/settings/sender", data=SENDER).status_code == 303
    page = desk.client.get(f"/mailings/{mailing_id}/send").text
    assert "names the sender as the law wants it" in page
    assert "The consent of 3 people is not on record" in page
    assert desk.send(mailing_id).status_code == 422
    assert desk.launch(mailing_id) is None
    agree(desk)
    assert "consent is on record" in desk.client.get(f"/mailings/{mailing_id}/send").text
    assert desk.send(mailing_id).status_code == 303


def test_elsewhere_a_name_and_an_address_are_enough(desk: Desk) -> None:
    mailing_id = desk.draft(kind="advertising")
    data = {"law": "elsewhere", "legal_name": "Daily", "postal_address": "1 Park Lane"}
    assert desk.client.post("/settings/sender", data=data).status_code == 303
    assert desk.send(mailing_id).status_code == 303


def test_other_kinds_wait_for_nothing(desk: Desk) -> None:
    assert desk.send(desk.draft(kind="newsletter")).status_code == 303


def test_law_follows_the_language_until_it_is_chosen(
    new_workspace: Callable[..., Place], desk_of: Callable[..., Desk]
) -> None:
    desk = desk_of(new_workspace(locale="ko"))
    mailing_id = desk.draft(kind="advertising", subject="할인")
    assert "(광고) 할인" in desk.client.get(f"/mailings/{mailing_id}/preview").text
    frame = desk.client.get(f"/mailings/{mailing_id}/preview/mail").text
    assert "무료 수신거부" in frame
    assert "Unsubscribe free of charge" in frame
    desk.client.post("/settings/sender", data=SENDER | {"law": "elsewhere"})
    assert "(광고)" not in desk.client.get(f"/mailings/{mailing_id}/preview").text


def test_mails_that_go_out_carry_it_and_a_change_is_a_new_plan(desk: Desk) -> None:
    desk.client.post("/settings/sender", data=SENDER)
    agree(desk)
    mailing_id = desk.draft(kind="advertising", subject="Sale")
    desk.send(mailing_id)
    with desk.place.inside():
        service.claim_due(timedelta(days=365))
    with desk.place.inside():
        service.launch_mailing(mailing_id)

    def plan() -> tuple[str, str, str]:
        with desk.place.inside():
            launch = sending.launch(mailing_id)
            assert launch is not None
            made = make_plan(launch, current_workspace())
            subject = next(value for name, value in made.headers if name == "Subject")
            return made.id, "".join(map(str, subject)), "".join(map(str, made.mail.html))

    first, subject, html = plan()
    assert subject == "(광고) Sale"
    assert "서울시 중구 1" in html
    desk.client.post("/settings/sender", data=SENDER | {"postal_address": "서울시 종로구 2"})
    second, _subject, html = plan()
    assert first != second
    assert "서울시 종로구 2" in html
