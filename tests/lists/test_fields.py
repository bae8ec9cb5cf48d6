"""Fields of every kind: what is understood, how it reads, and how imports and pages fill them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.lists import fields, kinds, queries
from app.lists.fields import Wanted
from app.lists.kinds import FieldFault
from app.lists.states import FieldKind
from tests.lists.test_pages import contact_id, made, text
from tests.support.workspaces import Place

K = FieldKind


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (K.TEXT, " 서울 ", "서울"), (K.TEXT, "", None),
        (K.NUMBER, "1,234,567", 1234567), (K.NUMBER, "-0.5", -0.5), (K.NUMBER, "12,000원", 12000),
        (K.NUMBER, "15%", 15),
        (K.DATE, "2026-11-23", "2026-11-23"), (K.DATE, "2026. 1. 3.", "2026-01-03"),
        (K.DATE, "2026년 1월 3일", "2026-01-03"),
        (K.DATE, "20260103", "2026-01-03"), (K.DATE, "2026/1/3 14:00", "2026-01-03"),
        (K.DATE, "03.01.2026", "2026-01-03"),
        (K.DATE, "12/25/2026", "2026-12-25"), (K.DATE, "25/12/2026", "2026-12-25"), (K.DATE, "46349", "2026-11-23"),
        (K.BIRTHDAY, "3월 1일", "03-01"), (K.BIRTHDAY, "1980-03-01", "03-01"), (K.BIRTHDAY, "02/29", "02-29"),
        (K.BIRTHDAY, "0301", "03-01"),
        (K.YES_NO, "예", True), (K.YES_NO, "No", False), (K.YES_NO, "TRUE", True),
        (K.CHOICE, "gold", "Gold"), (K.CHOICES, "gold; SILVER,gold", ["Gold", "Silver"]),
        (K.URL, "example.com/a", "https://example.com/a"), (K.URL, "http://한국.kr", "http://한국.kr"),
    ],
)  # fmt: skip
def test_what_is_typed_is_understood(kind: FieldKind, typed: str, value: object) -> None:
    assert kinds.parse(kind, typed, ["Gold", "Silver"]) == value


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (K.NUMBER, "12a"), (K.NUMBER, "1,23,4"), (K.NUMBER, "-"), (K.DATE, "2026-02-30"), (K.DATE, "01/02/2026"),
        (K.DATE, "soon"), (K.BIRTHDAY, "13-40"), (K.YES_NO, "maybe"), (K.CHOICE, "Bronze"), (K.CHOICES, "Gold, Bronze"),
        (K.URL, "javascript:alert(1)"), (K.URL, "no address"), (K.URL, "ftp://example.com"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(kind: FieldKind, typed: str) -> None:
    with pytest.raises(FieldFault):
        kinds.parse(kind, typed, ["Gold", "Silver"])


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["12", "7", ""], K.NUMBER), (["01012345678", "0212345678"], K.TEXT), (["+82 10", "x"], K.TEXT),
        (["2026-01-03", "1980.3.1"], K.DATE), (["19800301", "20260103"], K.NUMBER), (["https://example.com"], K.URL),
        (["서울", "부산"], K.TEXT), ([], K.TEXT),
    ],
)  # fmt: skip
def test_the_kind_of_a_column_is_guessed(cells: list[str], kind: FieldKind) -> None:
    assert kinds.guess(cells) is kind


def test_keys_are_made_of_titles_and_stay_apart(workspace: Place) -> None:
    with workspace.inside():
        keys = [fields.create_field(Wanted(title, K.TEXT)).key for title in ("Name", "회원 번호", "회원 번호", "!?")]
        assert keys == ["name_2", "회원_번호", "회원_번호_2", "field"]


def make(client: FlaskClient, **data: Any) -> None:
    assert client.post("/fields", data=data).status_code == 303


def test_a_contact_is_edited_with_fields(workspace: Place, client: FlaskClient) -> None:
    make(client, title="Town", kind="text")
    make(client, title="Birthday", kind="birthday")
    make(client, title="Member", kind="yes_no")
    make(client, title="Interests", kind="choices", choices="Arts, music\nSports\n")
    made(workspace, "ann@example.com")
    ann = contact_id(workspace, "ann@example.com")
    with workspace.inside():
        ids = {each.title: f"field_{each.id}" for each in fields.fields()}
    data = {
        "address": "ann@example.com", "name": "Ann", ids["Town"]: "서울", ids["Birthday"]: "3/1", ids["Member"]: "yes",
        ids["Interests"]: ["Arts, music", "Sports"],
    }  # fmt: skip
    wrong = client.post(f"/contacts/{ann}", data={**data, ids["Birthday"]: "99/99"})
    assert wrong.status_code == 422
    assert "This is not a date" in text(wrong)
    assert client.post(f"/contacts/{ann}", data=data).status_code == 303
    page = text(client.get(f"/contacts/{ann}"))
    assert all(value in page for value in ("서울", "03-01", "Yes", "Arts, music, Sports"))
    with workspace.inside():
        assert queries.contact_values([ann])[ann]["town"] == "서울"
    edit = text(client.get(f"/contacts/{ann}/edit"))
    assert 'value="03-01"' in edit
    assert 'value="Sports" checked' in edit


def test_an_import_makes_and_fills_fields(workspace: Place, client: FlaskClient, run_tasks: Callable[[], None]) -> None:
    list_id = made(workspace)
    pasted = "이메일\t가입일\t점수\na@example.com\t2026-01-03\t7\nb@example.com\t어제\t\n"
    page = client.post(f"/lists/{list_id}/imports", data={"text": pasted}).location
    client.post(f"{page}/readings", data={"mapping": ["email", "new", "new"], "delimiter": "\t", "header": "1"})
    with workspace.inside():
        assert [(each.title, each.kind) for each in fields.fields()] == [("가입일", "text"), ("점수", "number")]
    client.post(f"{page}/runs", data={"consent": "asked", "policy": "update"})
    run_tasks()
    with workspace.inside():
        found = queries.contact_by_address("a@example.com")
        assert found is not None
        assert found.fields == {"가입일": "2026-01-03", "점수": 7}
    again = client.post(f"/lists/{list_id}/imports", data={"text": "이메일\t점수\na@example.com\tmany\n"}).location
    assert "“점수” is not a number" in text(client.get(again))


def test_an_archived_field_keeps_what_is_in_it(workspace: Place, client: FlaskClient) -> None:
    make(client, title="Town", kind="text")
    with workspace.inside():
        field_id = fields.fields()[0].id
    assert client.post(f"/fields/{field_id}", data={"title": "City"}).status_code == 303
    client.post(f"/fields/{field_id}/archivings")
    assert "Put away" in text(client.get("/fields"))
    client.post(f"/fields/{field_id}/restorations")
    with workspace.inside():
        assert [(each.title, each.key) for each in fields.fields()] == [("City", "town")]


def test_a_choice_needs_choices(client: FlaskClient) -> None:
    assert client.post("/fields", data={"title": "Grade", "kind": "choice", "choices": " \n"}).status_code == 422


def test_another_workspace_has_other_fields(workspace: Place, client: FlaskClient, other_client: FlaskClient) -> None:
    make(client, title="Secret", kind="text")
    with workspace.inside():
        field_id = fields.fields()[0].id
    assert "Secret" not in text(other_client.get("/fields"))
    assert other_client.get(f"/fields/{field_id}/edit").status_code == 404
    assert other_client.post(f"/fields/{field_id}/archivings").status_code == 404
