"""Things done to many people at once, taken back, and written into files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.core import clock
from app.core.errors import Conflict, NotFound
from app.lists import bulk, exports, fields, jobs, queries, selection, service
from app.lists.bulk import Order
from app.lists.fields import Wanted
from app.lists.segments import saved
from app.lists.segments.rules import Rule
from app.lists.selection import Selection
from app.lists.service import Person
from app.lists.states import BulkKind, BulkState, ExportFormat, FieldKind, SubscriptionState
from app.lists.suppression import erased_key
from tests.support.workspaces import Place


def a_list_of(*names: str) -> int:
    list_id = service.create_list("", title="News").id
    for name in names:
        service.add_person(list_id, Person(f"{name}@example.com", name=name.title()), consent="asked")
    return list_id


def states_in(list_id: int) -> dict[str, str]:
    return {row.address.partition("@")[0]: row.state.value for row in queries.members_of(list_id)}


def done(place: Place, order: Order, monkeypatch: pytest.MonkeyPatch) -> int:
    """Do it in slices of two; return the action's id."""
    monkeypatch.setattr(bulk, "SLICE", 2)
    with place.inside():
        action_id = bulk.begin(order).id
    with place.app.app_context():
        jobs.run_bulk_action(action_id)
    return action_id


def undone(place: Place, action_id: int) -> None:
    with place.inside():
        bulk.undo(action_id)
    with place.app.app_context():
        jobs.run_bulk_action(action_id)


def test_a_whole_search_is_unsubscribed_and_comes_back(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace.inside():
        list_id = a_list_of("ann", "anna", "anne", "bob")
        left = queries.contact_by_address("anne@example.com")
        assert left is not None
        service.unsubscribe_contact(left.id, [list_id], source="link")
    action_id = done(workspace, Order(BulkKind.UNSUBSCRIBE, Selection(list_id, text="ann")), monkeypatch)
    with workspace.inside():
        assert states_in(list_id)["bob"] == "subscribed"
        found = bulk.action(action_id)
        assert found is not None
        assert (found.state, found.total, found.done, found.changed) == (BulkState.FINISHED, 3, 3, 2)
    undone(workspace, action_id)
    with workspace.inside():
        assert states_in(list_id) == {
            "ann": "subscribed", "anna": "subscribed", "anne": "unsubscribed", "bob": "subscribed",
        }  # fmt: skip


@pytest.mark.parametrize("kind", [BulkKind.COPY, BulkKind.MOVE])
def test_people_go_to_another_list_with_their_consent(
    workspace: Place, kind: BulkKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.inside():
        origin, target = a_list_of("ann", "bob", "cem"), a_list_of("cem")
        left = queries.contact_by_address("bob@example.com")
        assert left is not None
        service.unsubscribe_contact(left.id, [origin], source="link")
    action_id = done(workspace, Order(kind, Selection(origin), list_id=target), monkeypatch)
    with workspace.inside():
        assert sorted(states_in(target)) == ["ann", "cem"]
        assert sorted(states_in(origin)) == (["ann", "bob", "cem"] if kind is BulkKind.COPY else ["bob"])
    undone(workspace, action_id)
    with workspace.inside():
        assert states_in(origin) == {"ann": "subscribed", "bob": "unsubscribed", "cem": "subscribed"}
        assert sorted(states_in(target)) == ["cem"]
        found = queries.contact_list(origin)
        assert found is not None
        assert (found.subscribed, found.unsubscribed) == (2, 1)


def test_a_field_is_set_for_all_and_set_back(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace.inside():
        list_id = a_list_of("ann", "bob")
        key = fields.create_field(Wanted("Points", FieldKind.NUMBER)).key
        ann = queries.contact_by_address("ann@example.com")
        assert ann is not None
        fields.fill(ann, {key: "7"})
        with pytest.raises(fields.FieldsUnfit):
            bulk.begin(Order(BulkKind.EDIT, Selection(list_id), key=key, text="many"))
    action_id = done(workspace, Order(BulkKind.EDIT, Selection(list_id), key=key, text="12"), monkeypatch)

    def points() -> list[object]:
        with workspace.inside():
            return [row.fields.get(key) for row in sorted(queries.everybody(), key=lambda one: one.address)]

    assert points() == [12, 12]
    undone(workspace, action_id)
    assert points() == [7, None]


def test_deleting_many_leaves_marks_and_cannot_be_undone(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace.inside():
        list_id = a_list_of("ann", "bob", "cem")
        chosen = Selection(list_id, state=SubscriptionState.SUBSCRIBED)
    action_id = done(workspace, Order(BulkKind.DELETE, chosen), monkeypatch)
    with workspace.inside():
        assert queries.everybody() == []
        assert queries.entry_with(erased_key("bob@example.com")) is not None
        with pytest.raises(bulk.CannotBeUndone):
            bulk.undo(action_id)


def test_who_comes_later_is_not_meant_and_a_stopped_action_stays_stopped(workspace: Place) -> None:
    with workspace.inside():
        list_id = a_list_of("ann", "bob")
        action = bulk.begin(Order(BulkKind.UNSUBSCRIBE, Selection(list_id)))
        action_id = action.id
        service.add_person(list_id, Person("late@example.com"), consent="asked")
        assert bulk.next_slice(action_id, now=clock.now(), size=1)
        bulk.cancel(action_id, now=clock.now())
        assert not bulk.next_slice(action_id, now=clock.now())
        assert states_in(list_id) == {"ann": "unsubscribed", "bob": "subscribed", "late": "subscribed"}
        with pytest.raises(Conflict):
            bulk.cancel(action_id, now=clock.now())


def exported(place: Place, chosen: Selection, file_format: ExportFormat, *wanted: str) -> tuple[bytes, int]:
    """The file, and how many people could not be written as they are."""
    with place.inside():
        export_id = exports.begin(chosen, wanted, file_format, member_id=place.member_id).id
    with place.app.app_context():
        jobs.run_export(export_id)
    with place.inside():
        found = exports.export(export_id)
        assert found is not None
        assert found.done == found.total
        return b"".join(exports.file_of(found, now=clock.now())), found.unencodable


def test_a_list_becomes_a_csv_file_that_is_harmless(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 2)
    monkeypatch.setattr(exports, "CHUNK", 20)
    with workspace.inside():
        list_id = a_list_of("ann", "bob", "cem")
        key = fields.create_field(Wanted("Note", FieldKind.TEXT)).key
        for name, text in (("ann", "=1+1"), ("bob", "@x"), ("cem", "\tfine")):
            found = queries.contact_by_address(f"{name}@example.com")
            assert found is not None
            found.fields = {key: text}
    file, _ = exported(workspace, Selection(list_id), ExportFormat.CSV_UTF8, f"field:{key}", "name")
    assert file.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(file.decode("utf-8-sig"))))
    assert rows == [
        ["E-mail address", "Name", "Note"],
        ["ann@example.com", "Ann", "'=1+1"],
        ["bob@example.com", "Bob", "'@x"],
        ["cem@example.com", "Cem", "'\tfine"],
    ]


def test_cp949_tells_whom_it_cannot_write(workspace: Place) -> None:
    with workspace.inside():
        list_id = a_list_of("ann")
        service.add_person(list_id, Person("kim@example.com", name="김영희"), consent="동의")
        service.add_person(list_id, Person("ola@example.com", name="Ola 😀"), consent="asked")
    file, unencodable = exported(workspace, Selection(list_id), ExportFormat.CSV_CP949, "name")
    assert "김영희" in file.decode("cp949")
    assert unencodable == 1


def test_everybody_becomes_a_workbook(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "SHEET_ROWS", 2)
    with workspace.inside():
        a_list_of("ann", "bob", "cem")
    file, _ = exported(workspace, Selection(), ExportFormat.XLSX, "name")
    book = CalamineWorkbook.from_filelike(io.BytesIO(file))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [len(sheet) for sheet in sheets] == [3, 2]
    assert sheets[1] == [["E-mail address", "Name"], ["cem@example.com", "Cem"]]


def test_a_file_expires_and_another_workspace_never_sees_it(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        list_id = a_list_of("ann")
    exported(workspace, Selection(list_id), ExportFormat.CSV_UTF8)
    with workspace.inside():
        (found,) = exports.latest(5)
        assert exports.drop_expired(now=clock.now()) == 0
        with pytest.raises(NotFound):
            exports.file_of(found, now=clock.now() + timedelta(days=8))
        export_id = found.id
    with other_workspace.inside():
        assert exports.export(export_id) is None
        assert selection.count(Selection(list_id)) == 0
        assert exports.drop_expired(now=clock.now() + timedelta(days=8)) == 0
    with workspace.inside():
        assert exports.drop_expired(now=clock.now() + timedelta(days=8)) == 1


def test_the_pages_lead_from_a_search_to_a_file(
    workspace: Place, client: FlaskClient, other_client: FlaskClient, run_tasks: Callable[[], None]
) -> None:
    with workspace.inside():
        list_id = a_list_of("ann", "anna", "bob")
    page = client.get(f"/lists/{list_id}?q=ann").text
    assert f"/people?list={list_id}&amp;q=ann" in page
    assert "2 people" in client.get(f"/people?list={list_id}&q=ann").text
    begun = client.post("/people/exports", data={"list": list_id, "q": "ann", "format": "csv_utf8", "columns": "name"})
    run_tasks()
    assert "2 people are in list-" in client.get(begun.location).text
    file = client.get(f"{begun.location}/file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.text.count("@example.com") == 2
    for path in ("", "/file", "/progress"):
        assert other_client.get(begun.location + path).status_code == 404


def test_the_pages_do_and_undo(
    workspace: Place, client: FlaskClient, other_client: FlaskClient, run_tasks: Callable[[], None]
) -> None:
    with workspace.inside():
        list_id = a_list_of("ann", "bob")
        ann = queries.contact_by_address("ann@example.com")
        assert ann is not None
        chosen = ann.id
    to_choose = client.post("/people/choices", data={"list": list_id, "ids": [chosen]})
    assert "1 person" in client.get(to_choose.location).text
    refused = client.post("/people/actions", data={"kind": "delete", "list": list_id, "ids": chosen})
    assert (refused.status_code, "Tick the box" in refused.text) == (422, True)
    begun = client.post("/people/actions", data={"kind": "unsubscribe", "list": list_id, "ids": chosen})
    run_tasks()
    assert "Undo" in client.get(begun.location).text
    with workspace.inside():
        assert states_in(list_id) == {"ann": "unsubscribed", "bob": "subscribed"}
    assert other_client.post(f"{begun.location}/undos").status_code == 404
    client.post(f"{begun.location}/undos")
    run_tasks()
    with workspace.inside():
        assert states_in(list_id) == {"ann": "subscribed", "bob": "subscribed"}


KIMS = {"of": {"all": [{"what": "name", "is": "starts", "value": ["A"]}]}}


def a_segment(condition: dict[str, object]) -> int:
    return saved.create(Rule("A", condition)).id


def test_a_segment_is_unsubscribed_and_exported(
    workspace: Place, other_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.inside():
        list_id = a_list_of("ann", "bob", "anna", "cem", "anne")
        segment_id = a_segment(KIMS)
    done(workspace, Order(BulkKind.UNSUBSCRIBE, Selection(segment_id=segment_id)), monkeypatch)
    with workspace.inside():
        left = {name for name, state in states_in(list_id).items() if state == "unsubscribed"}
        assert left == {"ann", "anna", "anne"}
    client = workspace.client()
    assert "3 people" in client.get(f"/people?segment={segment_id}").text
    assert f"/people?segment={segment_id}" in client.get(f"/segments/{segment_id}").text
    sent = client.post("/people/exports", data={"segment": segment_id, "format": "csv_utf8", "columns": ["name"]})
    export_id = int(sent.location.rsplit("/", 1)[1])
    with workspace.app.app_context():
        jobs.run_export(export_id)
    rows = client.get(f"/people/exports/{export_id}/file").get_data(as_text=True).splitlines()
    assert sorted(rows[1:]) == ["ann@example.com,Ann", "anna@example.com,Anna", "anne@example.com,Anne"]
    assert other_client.get(f"/people?segment={segment_id}").status_code == 404
    assert other_client.post("/people/exports", data={"segment": segment_id}).status_code == 404
    order = {"segment": segment_id, "kind": "unsubscribe"}
    assert other_client.post("/people/actions", data=order).status_code == 404


def test_who_is_drawn_by_lot_is_drawn_once(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace.inside():
        a_list_of("ann", "bob", "anna", "cem", "anne", "abe", "aya", "ari")
        segment_id = a_segment({**KIMS, "sample": {"count": 3, "seed": 7}})
    done(workspace, Order(BulkKind.DELETE, Selection(segment_id=segment_id)), monkeypatch)
    with workspace.inside():
        assert len(queries.everybody()) == 5


def test_nothing_is_called_wrong_before_anything_was_tried(workspace: Place, client: FlaskClient) -> None:
    with workspace.inside():
        list_id = a_list_of("ann")
        a_list_of("bob")
    assert "field-error" not in client.get(f"/people?list={list_id}").text
