"""The delivery report mail: to those who asked, once, with the numbers and a picture."""

from __future__ import annotations

from collections.abc import Callable
from struct import unpack

import sqlalchemy as sa

from app.core.db import db
from app.core.notices import Attachment, Notice, unpacked
from app.reports import service
from tests.reports.sample import Fate, mailing
from tests.support.workspaces import Place

BOSS = "boss@example.com"


def notices(place: Place) -> list[Notice]:
    with place.inside():
        found = list(db.session.scalars(sa.select(Notice).where(Notice.address == BOSS).order_by(Notice.id)))
        db.session.expunge_all()
        return found


def post(place: Place, mailing_id: int) -> None:
    with place.inside():
        service.post_delivery_report(mailing_id)


def test_the_report_goes_to_those_who_asked_and_only_once(workspace: Place) -> None:
    mailing_id = mailing(workspace, report_to=[BOSS, BOSS])
    post(workspace, mailing_id)
    post(workspace, mailing_id)
    (notice,) = notices(workspace)
    assert notice.subject == "Report: Today, {{name|reader}}"
    for part in (notice.html, notice.text):
        assert "5 of 9 people opened it, 2 clicked." in part
        assert f"{workspace.url}/reports/{mailing_id}" in part
        assert "Mailbox full" in part


def test_its_chart_is_a_picture_inside_the_mail(workspace: Place) -> None:
    mailing_id = mailing(workspace, report_to=[BOSS])
    post(workspace, mailing_id)
    (notice,) = notices(workspace)
    picture: Attachment = unpacked(notice.attachments[0])
    assert f"cid:{picture.content_id}" in notice.html
    assert picture.content_type == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert unpack(">I", picture.content[16:20]) == (1200,)


def test_it_is_written_in_the_workspaces_language(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(locale="ko")
    mailing_id = mailing(place, Fate(), report_to=[BOSS])
    post(place, mailing_id)
    (notice,) = notices(place)
    assert "9명 중 5명이 열었고, 2명이 눌렀습니다." in notice.text
    assert "발송 리포트" in notice.subject


def test_nobody_asked_nobody_is_written_to(workspace: Place) -> None:
    post(workspace, mailing(workspace))
    assert notices(workspace) == []
