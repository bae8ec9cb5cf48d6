"""Segments by clicks and in SQL: the builder's buttons, the live count, folders, favourites, what is offered."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.compose.models import Mailing
from app.core.db import db
from app.lists import fields, queries, service
from app.lists.fields import Wanted
from app.lists.recipients import Audience
from app.lists.segments import builder, saved, targets
from app.lists.segments.builder import Draft
from app.lists.service import Person
from app.lists.states import FieldKind, SegmentKind
from tests.support.workspaces import Place

HTMX = {"HX-Request": "true"}
KIM = {"q.join": "all", "q.0.what": "name", "q.0.is": "starts", "q.0.value": "Kim"}


@pytest.fixture
def crowd(workspace: Place) -> Place:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        for name in ("Kim A", "Kim B", "Lee C"):
            service.add_person(list_id, Person(f"{name[-1].lower()}@example.com", name), consent="asked")
    return workspace


def kept(place: Place) -> Any:
    with place.inside():
        (one,) = saved.segments()
        return one.id, one.condition, one.folder, one.sql


def test_a_change_in_the_builder_is_counted_at_once(crowd: Place) -> None:
    page = crowd.client().post("/segments/preview", data=KIM, headers=HTMX).text
    assert "<b>2</b> people fit" in page
    assert "a@example.com" in page
    assert "c@example.com" not in page
    assert "<html" not in page
    assert "lower(contact.name) LIKE" in page or "ILIKE" in page


def test_without_a_script_the_whole_page_answers(crowd: Place) -> None:
    page = crowd.client().post("/segments/preview", data={**KIM, "title": "My people", "do": "add:q"}).text
    assert "<html" in page
    assert 'value="My people"' in page
    assert 'name="q.1.what"' in page


def test_buttons_add_duplicate_nest_and_remove(crowd: Place) -> None:
    client = crowd.client()

    def pressed(action: str, **data: str) -> str:
        return client.post("/segments/preview", data={**KIM, **data, "do": action}, headers=HTMX).text

    assert 'name="q.1.what"' in pressed("add:q")
    assert pressed("duplicate:q.0").count('value="Kim"') == 2
    assert 'name="q.1.join"' in pressed("group:q")
    assert 'name="q.0.what"' not in pressed("remove:q.0")
    assert 'name="q.0.what"' in pressed("remove:q.7")
    assert 'name="q.0.what"' in pressed("remove:../../x")


def test_another_target_brings_operators_that_fit(crowd: Place) -> None:
    data = {**KIM, "q.0.what": "known_since"}
    page = crowd.client().post("/segments/preview", data=data, headers=HTMX).text
    assert 'type="date"' in page
    assert "This is not a date" in page or "Say what to compare with" in page


def test_a_segment_is_kept_in_a_folder_and_aims_a_mail(crowd: Place) -> None:
    client = crowd.client()
    assert client.post("/segments", data={**KIM, "title": "", "folder": "People"}).status_code == 422
    data = {**KIM, "title": "The Kims", "folder": "People", "kind": "segment"}
    assert client.post("/segments", data=data).status_code == 303
    page = client.get("/segments").text
    assert "The Kims" in page
    assert "People" in page
    number, condition, folder, _ = kept(crowd)
    assert (folder, condition["of"]) == ("People", {"all": [{"what": "name", "is": "starts", "value": ["Kim"]}]})
    with crowd.inside():
        assert queries.audience_count(Audience(segments=(number,))).total == 2
    shown = client.get(f"/mailings/audience?segment_ids={number}").text
    assert "<b>2</b>" in shown
    with crowd.inside():
        draft = Mailing(subject="To the Kims", html="<p>Hello</p>")
        db.session.add(draft)
        db.session.flush()
        draft_id = draft.id
    assert "People / The Kims" in client.get(f"/mailings/{draft_id}/audience").text
    client.post(f"/segments/{number}", data={**data, "q.0.value": "Lee"})
    assert kept(crowd)[1]["of"]["all"][0]["value"] == ["Lee"]


def test_an_unfinished_condition_is_not_kept_and_nothing_is_lost(crowd: Place) -> None:
    answer = crowd.client().post("/segments", data={**KIM, "q.0.value": "", "title": "Half"})
    assert answer.status_code == 422
    assert "Say what to compare with" in answer.text
    assert 'value="Half"' in answer.text


def test_sql_is_refused_at_its_word_and_kept_when_it_is_right(crowd: Place) -> None:
    client = crowd.client()
    refused = client.post("/segments", data={"title": "Bad", "sql": "name = 'a' AND pg_sleep(9) IS NULL"})
    assert refused.status_code == 422
    assert "<mark>pg_sleep</mark>" in refused.text
    assert "the function “pg_sleep” cannot be used" in refused.text
    assert client.post("/segments", data={"title": "Good", "sql": "name LIKE 'Kim%'"}).status_code == 303
    number, _, _, sql = kept(crowd)
    assert sql == "name LIKE 'Kim%'"
    assert "<b>2</b> people fit" in client.get(f"/segments/{number}").text


def test_what_clicks_make_can_be_typed_in_as_sql(crowd: Place) -> None:
    with crowd.inside():
        fields.create_field(Wanted("Town", FieldKind.TEXT))
        from app.lists.segments.preview import preview, sql_of
        from app.lists.segments.rules import Rule

        tree = {"any": [{"what": "field:town", "is": "filled", "value": []},
                        {"all": [{"what": "name", "is": "starts", "value": ["Kim"]},
                                 {"none": [{"what": "opened", "is": "last_days", "value": [30]}]}]}]}  # fmt: skip
        by_clicks = Rule(condition={"of": {"all": [tree]}})
        assert preview(Rule(sql=sql_of(by_clicks))).count == preview(by_clicks).count == 2


def test_a_favourite_is_inserted_into_another_segment(crowd: Place) -> None:
    client = crowd.client()
    client.post("/segments", data={**KIM, "title": "Kims", "kind": "favourite"})
    with crowd.inside():
        (favourite,) = saved.segments(SegmentKind.FAVOURITE)
        assert saved.segments() == []
        number = favourite.id
    data = {"q.join": "all", "do": "insert:q:?", "favourite": str(number)}
    page = client.post("/segments/preview", data=data, headers=HTMX).text
    assert 'name="q.0.0.what"' in page
    assert "<b>2</b> people fit" in page


def test_the_builder_offers_what_is_ticked(crowd: Place) -> None:
    client = crowd.client()
    with crowd.inside():
        everything = [each.key for each in targets.targets()]
    client.post("/segments/targets", data={"shown": [key for key in everything if key != "bounced"]})
    page = client.get("/segments/new").text
    page = client.post("/segments/preview", data={"q.join": "all", "do": "add:q"}, headers=HTMX).text
    assert 'value="opened"' in page
    assert 'value="bounced"' not in page
    used = {"q.join": "all", "q.0.what": "bounced", "q.0.is": "never"}
    assert "<b>3</b> people fit" in client.post("/segments/preview", data=used, headers=HTMX).text


def test_a_segment_is_put_away_and_brought_back(crowd: Place) -> None:
    client = crowd.client()
    client.post("/segments", data={**KIM, "title": "The Kims"})
    number = kept(crowd)[0]
    client.post(f"/segments/{number}/archivings")
    assert "The Kims" in client.get("/segments?archived=1").text
    client.post(f"/segments/{number}/restorations")
    assert kept(crowd)[0] == number


def test_the_page_about_sql_names_every_view(client: FlaskClient) -> None:
    page = client.get("/segments/sql").text
    for name in ("contact", "subscription", "delivery_summary", "links_clicked"):
        assert name in page


def test_another_workspace_sees_and_changes_no_segment(crowd: Place, other_client: FlaskClient) -> None:
    crowd.client().post("/segments", data={**KIM, "title": "The Kims"})
    number = kept(crowd)[0]
    assert "The Kims" not in other_client.get("/segments").text
    assert other_client.get(f"/segments/{number}").status_code == 404
    assert other_client.post(f"/segments/{number}", data={**KIM, "title": "Mine"}).status_code == 404
    assert other_client.post(f"/segments/{number}/archivings").status_code == 404
    assert "<b>0</b> people fit" in other_client.post("/segments/preview", data=KIM, headers=HTMX).text


def test_a_draft_survives_the_way_through_the_form() -> None:
    tree = {"any": [{"what": "name", "is": "is", "value": ["a", "b"]}, {"none": [{"all": []}]}]}
    form: dict[str, list[str]] = {}

    def write(node: dict[str, Any], place: str) -> None:
        if "what" in node:
            form[f"{place}.what"], form[f"{place}.is"] = [node["what"]], [node["is"]]
            form[f"{place}.value"] = node["value"]
            return
        ((join, children),) = node.items()
        form[f"{place}.join"] = [join]
        for number, child in enumerate(children):
            write(child, f"{place}.{number}")

    write(tree, "q")
    from werkzeug.datastructures import MultiDict

    assert builder.from_form(MultiDict(form)) == Draft(tree)
