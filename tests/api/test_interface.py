"""What programs ask for: by the rules that hold for people, in a contract that is described."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from app.api.operations import OPERATIONS
from app.api.service import SCOPES
from app.compose.models import Mailing
from app.core import clock
from app.core.access import Guard, Permission, Role
from app.core.db import db
from app.lists import service as lists
from app.lists.fields import Wanted, create_field
from app.lists.models import Contact, ContactEdit, Subscription
from app.lists.states import FieldKind
from app.sending.models import Launch
from app.templates_mgmt.models import Template
from tests.api.test_keys import member_of
from tests.architecture.test_routes import rules
from tests.compose.conftest import Desk
from tests.compose.test_approval import ask_for, join
from tests.support.mailings import make_list, people
from tests.support.programs import BASE, Program, program
from tests.support.workspaces import Place

PERSON = {"address": "Reader@Example.com", "name": "Reader", "consent": "asked at the counter"}
MAIL = {"subject": "Today", "html": "<p>Hello</p><script>x</script>", "sender_address": "news@example.com"}


@pytest.fixture
def list_id(workspace: Place) -> int:
    return make_list(workspace, people(3))


@pytest.fixture
def asking(workspace: Place) -> Program:
    return program(workspace)


def count(place: Place, model: Any) -> int:
    with place.inside():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


# --- the door ---------------------------------------------------------------------------------------------------------


def operations(app: Flask) -> Iterator[Rule]:
    return (rule for rule in rules(app) if app.extensions["guards"][rule.endpoint.partition(".")[0]] is Guard.KEY)


def test_every_operation_asks_for_its_scope(workspace: Place) -> None:
    assert {rule.endpoint for rule in operations(workspace.app)} == {f"api.{each.name}" for each in OPERATIONS}
    for each in OPERATIONS:
        others = [scope for scope in SCOPES if scope is not each.scope]
        path = each.template.replace("{table}", "usage").replace("{list_id}", "1")
        path = path.replace("{mailing_id}", "1").replace("{contact_id}", "1")
        limited = program(workspace, others)
        answer = limited.get(path) if each.method == "GET" else limited.post(path, {})
        assert answer.status_code == 403, each.name
        assert answer.json["status"] == 403


def test_an_address_that_is_not_there_is_a_problem(asking: Program) -> None:
    for path in ("/nothing", "/lists/999999999", "/contacts/1", "/mailings/1", "/reports/x"):
        answer = asking.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), path
    assert asking.client.delete(f"{BASE}/lists").status_code == 405


def test_a_workspace_that_has_not_paid_is_read_and_not_changed(workspace: Place, list_id: int) -> None:
    from app.core.tenancy import control_plane
    from app.tenants.models import Tenant

    asking = program(workspace)
    with workspace.inside(), control_plane():
        db.session.execute(
            sa.update(Tenant).where(Tenant.id == workspace.id).values(state="read_only", version=Tenant.version + 1)
        )
    fresh = Program(workspace.anonymous(), asking.headers["Authorization"].partition(" ")[2])
    assert fresh.get("/lists").status_code == 200
    assert fresh.post(f"/lists/{list_id}/subscriptions", PERSON).status_code in (402, 403, 409)


# --- people -----------------------------------------------------------------------------------------------------------


def test_lists_are_read_with_their_counts(asking: Program, list_id: int) -> None:
    answer = asking.get("/lists").json
    assert [(each["id"], each["subscribed"]) for each in answer["items"]] == [(list_id, 3)]
    assert answer["next"] is None
    assert asking.get(f"/lists/{list_id}").json == answer["items"][0]


def test_long_lists_come_in_pieces_without_gaps(asking: Program, workspace: Place) -> None:
    list_id = make_list(workspace, people(7, "seven.example.com"), code="seven")
    for path, name in ((f"/lists/{list_id}/contacts", "contact_id"), ("/contacts", "id")):
        seen, after = [], ""
        while True:
            page = asking.get(f"{path}?limit=3{after}").json
            seen += [each[name] for each in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert len(seen) == 7
        assert seen == sorted(set(seen), reverse=True)


def test_a_person_is_kept_by_address(asking: Program, workspace: Place) -> None:
    with workspace.inside():
        create_field(Wanted("Grade", FieldKind.NUMBER))
    made = asking.post("/contacts", {"address": "Reader@Example.com", "name": "Reader", "fields": {"grade": "3"}}).json
    again = asking.post("/contacts", {"address": "reader@example.com", "fields": {"grade": "4"}}).json
    assert made["contact"]["id"] == again["contact"]["id"]
    assert (again["contact"]["name"], again["contact"]["fields"]) == ("Reader", {"grade": 4})
    assert asking.get("/contacts?address=READER@example.com").json["items"] == [again["contact"]]
    assert asking.get(f"/contacts/{made['contact']['id']}").json == again
    assert count(workspace, Contact) == 1
    with workspace.inside():
        assert db.session.scalars(sa.select(ContactEdit.changed_by)).all() == ["api"]


def test_a_person_subscribes_with_consent_and_leaves(asking: Program, workspace: Place, list_id: int) -> None:
    joined = asking.post(f"/lists/{list_id}/subscriptions", PERSON)
    assert joined.status_code == 200
    place = joined.json["subscriptions"][0]
    assert (place["list_id"], place["state"], place["source"], place["consent"]) == (
        list_id, "subscribed", "api", "asked at the counter",
    )  # fmt: skip
    left = asking.post(f"/lists/{list_id}/unsubscriptions", {"address": "reader@example.com"}).json
    assert [each["state"] for each in left["subscriptions"]] == ["unsubscribed"]
    back = asking.post(f"/lists/{list_id}/subscriptions", PERSON)
    assert back.status_code == 422
    assert "has left this list" in back.json["detail"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"address": 7}, "/address"),
        ({"address": "nobody"}, ""),
        ({"consent": ""}, "/consent"),
        ({"nonsense": 1}, "/nonsense"),
        ({"fields": {"age": "x"}}, "/fields/age"),
        ({"fields": {"shoe": "44"}}, "/fields/shoe"),
        ({"fields": []}, "/fields"),
        ({"name": "x\x00y"}, ""),
    ],
    ids=["type", "address", "empty", "unknown", "value", "field", "shape", "nul"],
)
def test_what_does_not_fit_is_named_and_nothing_is_kept(
    asking: Program, workspace: Place, list_id: int, change: dict[str, object], pointer: str
) -> None:
    with workspace.inside():
        create_field(Wanted("Age", FieldKind.NUMBER))
    before = count(workspace, Contact)
    answer = asking.post(f"/lists/{list_id}/subscriptions", PERSON | change)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json.get("errors", [])] == ([pointer] if pointer else [])
    assert count(workspace, Contact) == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"address": "\xff"}'])
def test_what_is_no_json_is_refused(asking: Program, body: bytes) -> None:
    headers = asking.headers | {"Content-Type": "application/json"}
    answer = asking.client.post(f"{BASE}/contacts", data=body, headers=headers)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert (
        asking.client.post(f"{BASE}/contacts", data={"address": "a@example.com"}, headers=asking.headers).status_code
        == 415
    )


def test_a_query_that_does_not_fit_is_named(asking: Program) -> None:
    for query, pointer in (("limit=0", "/limit"), ("limit=x", "/limit"), ("after=-1", "/after"), ("sort=x", "/sort")):
        answer = asking.get(f"/contacts?{query}")
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == pointer


# --- once -------------------------------------------------------------------------------------------------------------


def test_the_same_request_again_does_nothing_twice(asking: Program, workspace: Place) -> None:
    first = asking.post("/mailings", MAIL, Idempotency_Key="today")
    again = asking.post("/mailings", MAIL, Idempotency_Key="today")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count(workspace, Mailing) == 1
    assert asking.post("/mailings", MAIL | {"subject": "Else"}, Idempotency_Key="today").status_code == 422
    assert program(workspace).post("/mailings", MAIL, Idempotency_Key="today").status_code == 201
    assert count(workspace, Mailing) == 2


def test_what_failed_may_be_tried_again_under_its_name(asking: Program, workspace: Place) -> None:
    assert asking.post("/contacts", {"address": "nobody"}, Idempotency_Key="one").status_code == 422
    assert asking.post("/contacts", {"address": "somebody@example.com"}, Idempotency_Key="one").status_code == 200
    assert count(workspace, Contact) == 1


# --- mails ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(workspace: Place, list_id: int) -> Desk:
    return Desk(workspace, workspace.client(), list_id)


def test_a_mail_is_written_cleaned_and_sent_by_the_same_checks(asking: Program, workspace: Place, list_id: int) -> None:
    made = asking.post("/mailings", MAIL | {"list_ids": [list_id]}).json
    assert (made["state"], made["sender_name"]) == ("draft", "Tenant News")
    with workspace.inside():
        assert "script" not in db.session.scalars(sa.select(Mailing.html)).one()
    sent = asking.post(f"/mailings/{made['id']}/launches", {})
    assert (sent.status_code, sent.json["state"]) == (202, "scheduled")
    assert asking.get(f"/mailings/{made['id']}").json == sent.json
    assert asking.get("/mailings").json["items"] == [sent.json]
    assert asking.post(f"/mailings/{made['id']}/launches", {}).status_code == 409


def test_a_mail_of_a_template_is_scheduled_and_cancelled(asking: Program, workspace: Place, list_id: int) -> None:
    with workspace.inside():
        template = Template(title="Letter", subject="From the template", html="<p>Letter</p>")
        db.session.add(template)
        db.session.flush()
        template_id = template.id
    made = asking.post("/mailings", {"template_id": template_id, "list_ids": [list_id]}).json
    assert made["subject"] == "From the template"
    at = (clock.now() + timedelta(hours=3)).isoformat()
    scheduled = asking.post(f"/mailings/{made['id']}/launches", {"at": at, "recipients": 3}).json
    assert scheduled["planned_at"][:16] == at[:16]
    receipt = asking.post(f"/mailings/{made['id']}/cancellations")
    assert receipt.json == {"sent": 0, "in_flight": 0, "not_sent": 3, "draft": True}
    assert asking.get(f"/mailings/{made['id']}").json["state"] == "draft"


@pytest.mark.parametrize(
    ("mail", "launch", "status"),
    [
        ({"list_ids": []}, {}, 422),
        ({"subject": ""}, {}, 422),
        ({}, {"recipients": 900}, 409),
        ({}, {"at": "2001-01-01T00:00:00Z"}, 422),
        ({}, {"at": "2040-01-01T00:00:00"}, 422),
    ],
    ids=["nobody", "no subject", "others", "past", "no offset"],
)
def test_what_a_person_could_not_send_a_program_cannot(
    asking: Program, workspace: Place, list_id: int, mail: dict[str, Any], launch: dict[str, Any], status: int
) -> None:
    made = asking.post("/mailings", MAIL | {"list_ids": [list_id]} | mail).json
    assert asking.post(f"/mailings/{made['id']}/launches", launch).status_code == status
    assert count(workspace, Launch) == 0


@pytest.mark.parametrize(
    "change",
    [{"html": None}, {"template_id": 1}, {"list_ids": [999]}, {"kind": "breaking"}, {"segment_ids": [1]}],
    ids=["no body", "two bodies", "list", "kind", "segment"],
)
def test_a_mail_that_cannot_be_meant_is_not_kept(asking: Program, workspace: Place, change: dict[str, Any]) -> None:
    assert asking.post("/mailings", MAIL | change).status_code == 422
    assert count(workspace, Mailing) == 0


def test_where_a_second_person_must_say_yes_a_program_asks(desk: Desk) -> None:
    ask_for(desk, "editor")
    maker = member_of(join(desk.place, Role.EDITOR), desk.place, Role.EDITOR)
    mailing_id, asking = desk.draft(), program(desk.place, member_id=maker)
    asked = asking.post(f"/mailings/{mailing_id}/launches", {"note": "please"})
    assert (asked.status_code, asked.json["state"]) == (202, "asked")
    assert desk.launch(mailing_id) is None
    assert "please" in desk.client.get("/approvals").text or "Today" in desk.client.get("/approvals").text


def test_a_number_that_must_be_typed_must_be_sent(desk: Desk) -> None:
    from app.core.tenancy import control_plane
    from app.tenants.models import Tenant

    with desk.place.inside(), control_plane():
        db.session.execute(
            sa.update(Tenant).where(Tenant.id == desk.place.id).values(typed_over=1, version=Tenant.version + 1)
        )
    mailing_id, asking = desk.draft(), program(desk.place)
    assert asking.post(f"/mailings/{mailing_id}/launches", {}).status_code == 422
    assert asking.post(f"/mailings/{mailing_id}/launches", {"recipients": 3}).status_code == 202


# --- its description --------------------------------------------------------------------------------------------------


def test_the_description_names_every_operation_and_shape(workspace: Place) -> None:
    told = workspace.anonymous().get(f"{BASE}/openapi.json").json
    assert told["openapi"] == "3.1.0"
    assert told["servers"] == [{"url": f"{workspace.url}/api/v1"}]
    described = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    assert described == {(each.method, each.template) for each in OPERATIONS}
    shapes = told["components"]["schemas"]
    assert set(references(told)) <= set(shapes)
    launch = told["paths"]["/mailings/{mailing_id}/launches"]["post"]
    assert [each["name"] for each in launch["parameters"]] == ["mailing_id", "Idempotency-Key"]
    assert shapes["SubscriptionGiven"]["required"] == ["address", "consent"]


def references(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        if isinstance(told.get("$ref"), str):
            yield told["$ref"].rpartition("/")[2]
        for value in told.values():
            yield from references(value)
    elif isinstance(told, list):
        for value in told:
            yield from references(value)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_description_is_there_for_people_too(workspace: Place, language: str) -> None:
    with workspace.inside():
        from app.core.tenancy import control_plane
        from app.tenants.models import Account

        with control_plane():
            db.session.execute(sa.update(Account).where(Account.id == workspace.account_id).values(locale=language))
    page = workspace.client().get("/settings/keys/reference").text
    for each in OPERATIONS:
        assert each.template in page
    assert ("Take a person off a list" in page) is (language == "en")


def test_another_workspaces_people_are_not_found(workspace: Place, other_workspace: Place, asking: Program) -> None:
    theirs = make_list(other_workspace, people(1))
    with other_workspace.inside():
        person = lists.add_person(theirs, lists.Person("theirs@example.com"), consent="asked").id
    assert asking.get("/contacts?address=theirs@example.com").json["items"] == []
    assert asking.get(f"/contacts/{person}").status_code == 404
    assert asking.get(f"/lists/{theirs}/contacts").status_code == 404
    assert asking.post(f"/lists/{theirs}/subscriptions", PERSON).status_code == 404
    assert count(workspace, Subscription) == 0
    assert Permission.VIEW in SCOPES
