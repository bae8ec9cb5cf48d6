"""Pasted text: what is recognised, what is told, what is taken in."""

from __future__ import annotations

from typing import Any

import pytest

from app.core import clock
from app.core.db import db
from app.core.errors import Conflict
from app.lists import queries, service
from app.lists.importer import imports, undoing
from app.lists.importer import queries as staged
from app.lists.importer.imports import Reading
from app.lists.importer.table import Nothing, layout_of
from app.lists.models import Import
from app.lists.service import Person
from app.lists.states import ImportPolicy, ImportState
from tests.support.workspaces import Place

EXCEL = (
    "이름\t이메일\t전화번호\r\n홍길동\thong@example.com\t010-1234-5678\r\n김영희\tKim@Example.com\t010-2222-3333\r\n"
)


def new_list() -> int:
    return service.create_list("", title="News").id


def run(entry: Import, *, policy: ImportPolicy = ImportPolicy.UPDATE, size: int = 10_000) -> Import:
    imports.run(entry, consent="Asked at the counter", policy=policy, now=clock.now())
    while imports.merge_next(entry.id, now=clock.now(), size=size):
        pass
    db.session.refresh(entry)
    return entry


def undo(entry: Import, *, size: int = 10_000) -> None:
    undoing.undo(entry.id)
    while undoing.undo_next(entry.id, size=size):
        pass
    db.session.expire_all()


def audience(list_id: int) -> list[tuple[str, str]]:
    return [(row.address, row.name) for row in reversed(queries.members_of(list_id))]


def counts(entry: Import) -> tuple[int, ...]:
    return entry.added, entry.updated, entry.unchanged, entry.kept_out, entry.rejected


@pytest.mark.parametrize(
    ("text", "mapping", "people"),
    [
        (EXCEL, ["name", "email", "ignore"], [("hong@example.com", "홍길동"), ("Kim@Example.com", "김영희")]),
        ("a@example.com, Ann\nb@example.com, Bob", ["email", "name"],
         [("a@example.com", "Ann"), ("b@example.com", "Bob")]),
        ("Name;Mail\nAnn;a@example.com", ["name", "email"], [("a@example.com", "Ann")]),
        ("a@example.com\nb@example.com\n", ["email"], [("a@example.com", ""), ("b@example.com", "")]),
        ("홍길동 <hong@example.com>", ["name", "email"], [("hong@example.com", "홍길동")]),
        (
            'Ann <a@example.com>, "Lee, Bob" <b@example.com>; c@example.com',
            ["name", "email"],
            [("a@example.com", "Ann"), ("b@example.com", "Lee, Bob"), ("c@example.com", "")],
        ),
        ("a@example.com; b@example.com", ["name", "email"], [("a@example.com", ""), ("b@example.com", "")]),
        ("회원이메일,성명\na@example.com,안나", ["email", "name"], [("a@example.com", "안나")]),
        ('name,email\n"Kim ""Ace""\nLee",a@example.com', ["name", "email"], [("a@example.com", 'Kim "Ace"\nLee')]),
        ("서울\t홍길동\ta@example.com\n서울\t김영희\tb@example.com\n서울\t박철수\tc@example.com",
         ["ignore", "name", "email"],
         [("a@example.com", "홍길동"), ("b@example.com", "김영희"), ("c@example.com", "박철수")]),
    ],
)  # fmt: skip
def test_what_is_pasted_is_recognised(
    workspace: Place, text: str, mapping: list[str], people: list[tuple[str, str]]
) -> None:
    with workspace.inside():
        list_id = new_list()
        entry = imports.paste(list_id, text)
        assert entry.state == ImportState.PREVIEWED
        assert entry.mapping == mapping
        run(entry)
        assert audience(list_id) == people


def test_nothing_is_saved_before_the_yes(workspace: Place) -> None:
    with workspace.inside():
        list_id = new_list()
        imports.paste(list_id, EXCEL)
        assert audience(list_id) == []
        assert queries.everybody() == []


def test_invalid_and_duplicate_rows_are_told_with_line_and_reason(workspace: Place) -> None:
    text = "\n".join([
        "email,name", "a@example.com,Ann", "not an address,Bob", "A@Example.com,Ann again", "", "c@@example.com,C",
        "d@gmial.com,Dee", "noreply@example.com,Robot",
    ])  # fmt: skip
    with workspace.inside():
        list_id = new_list()
        entry = imports.paste(list_id, text)
        told = [(row.line, row.verdict.value, row.reason) for row in staged.rejected(entry.id)]
        assert told == [(3, "invalid", "no_at"), (4, "duplicate", "same:2"), (6, "invalid", "many_at")]
        assert [(row.line, row.reason) for row in staged.warned(entry.id)] == [(7, "typo:gmail.com"), (8, "role")]
        assert (entry.rows, entry.rejected, entry.findings["new"], entry.findings["warned"]) == (6, 3, 3, 2)
        run(entry)
        assert counts(entry) == (3, 0, 0, 0, 3)


def test_the_meaning_of_columns_can_be_changed(workspace: Place) -> None:
    with workspace.inside():
        list_id = new_list()
        entry = imports.paste(list_id, "a@example.com\tx@example.com\tAnn\nb@example.com\ty@example.com\tBob")
        layout = layout_of(entry.layout)
        with pytest.raises(imports.TakenTwice):
            imports.read_again(entry, Reading(layout, ["email", "email", "name"]))
    with workspace.inside():
        entry = imports.paste(list_id, "a@example.com\tx@example.com\tAnn\nb@example.com\ty@example.com\tBob")
        imports.read_again(entry, Reading(layout, ["ignore", "email", "name"]))
        run(entry)
        assert audience(list_id) == [("x@example.com", "Ann"), ("y@example.com", "Bob")]


def test_header_and_delimiter_can_be_changed(workspace: Place) -> None:
    with workspace.inside():
        entry = imports.paste(new_list(), "hello;a@example.com\nworld;b@example.com")
        layout = layout_of(entry.layout)
        assert not layout.header
        imports.read_again(entry, Reading(layout_of({**entry.layout, "header": True})))
        assert (entry.rows, entry.columns[0]["title"]) == (1, "hello")
        imports.read_again(entry, Reading(layout_of({**entry.layout, "delimiter": "\t"})))
        assert len(entry.columns) == 1


def test_people_we_know_are_updated_filled_or_left(workspace: Place) -> None:
    expected = {ImportPolicy.UPDATE: ("New", "New"), ImportPolicy.FILL: ("Old", "New"), ImportPolicy.KEEP: ("Old", "")}
    for policy, (named, unnamed) in expected.items():
        with workspace.inside():
            list_id = new_list()
            for name, address in (("Old", f"{policy}-a@example.com"), ("", f"{policy}-b@example.com")):
                service.add_person(list_id, Person(address, name), consent="asked")
            text = f"{policy}-a@example.com,New\n{policy}-b@example.com,New\n{policy}-c@example.com,New"
            entry = run(imports.paste(list_id, text), policy=policy)
            assert [name for _, name in audience(list_id)] == [named, unnamed, "New"]
            changed = (named == "New") + (unnamed == "New")
            assert counts(entry) == (1, changed, 2 - changed, 0, 0)


def test_whoever_left_stays_away(workspace: Place) -> None:
    with workspace.inside():
        list_id = new_list()
        gone = service.add_person(list_id, Person("gone@example.com"), consent="asked")
        service.unsubscribe_contact(gone.id, [list_id], source="link")
        entry = imports.paste(list_id, "gone@example.com\nnew@example.com")
        assert entry.findings["departed"] == 1
        run(entry)
        assert counts(entry) == (1, 0, 0, 1, 0)
        assert queries.audience_count(queries.Audience((list_id,))).total == 1


def test_slices_add_up_and_repeating_a_job_changes_nothing(workspace: Place) -> None:
    text = "\n".join(f"p{n}@example.com\tPerson {n}" for n in range(25))
    with workspace.inside():
        list_id = new_list()
        entry = run(imports.paste(list_id, text), size=10)
        assert counts(entry) == (25, 0, 0, 0, 0)
        assert entry.state == ImportState.FINISHED
        assert not imports.merge_next(entry.id, now=clock.now())
        assert counts(run(imports.paste(list_id, text))) == (0, 0, 25, 0, 0)
        found = queries.contact_list(list_id)
        assert found is not None
        assert found.subscribed == 25


def test_a_killed_worker_goes_on_where_it_was(workspace: Place) -> None:
    text = "\n".join(f"p{n}@example.com" for n in range(30))
    with workspace.inside():
        list_id = new_list()
        entry = imports.paste(list_id, text)
        imports.run(entry, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now())
        import_id = entry.id
    with workspace.inside():
        assert imports.merge_next(import_id, now=clock.now(), size=10)
    with workspace.inside():
        imports.merge_next(import_id, now=clock.now(), size=10)
        db.session.rollback()  # killed before the commit
    with workspace.inside():
        while imports.merge_next(import_id, now=clock.now(), size=10):
            pass
        found = staged.entry(import_id)
        assert found is not None
        assert (found.added, found.state) == (30, ImportState.FINISHED)


def test_an_import_needs_consent_an_address_column_and_somebody(workspace: Place) -> None:
    def start(text: str, consent: str = "asked") -> None:
        entry = imports.paste(new_list(), text)
        imports.run(entry, consent=consent, policy=ImportPolicy.UPDATE, now=clock.now())

    with workspace.inside():
        with pytest.raises(imports.ConsentMissing):
            start("a@example.com", "  ")
        with pytest.raises(imports.NoEmailColumn):
            start("Ann\tBob")
        with pytest.raises(imports.NobodyToImport):
            start("a@@example.com\n@b.com")
        with pytest.raises(Nothing):
            start(" \n\t\n")


def test_an_import_runs_once(workspace: Place) -> None:
    with workspace.inside():
        entry = imports.paste(new_list(), "a@example.com")
        run(entry)
        with pytest.raises(Conflict):
            imports.run(entry, consent="asked", policy=ImportPolicy.UPDATE, now=clock.now())


def test_an_import_is_undone(workspace: Place) -> None:
    with workspace.inside():
        list_id = new_list()
        service.add_person(list_id, Person("known@example.com", "Old"), consent="asked")
        entry = run(imports.paste(list_id, "known@example.com,New\nnew@example.com,N\nleft@example.com,L"))
        left = queries.contact_by_address("left@example.com")
        assert left is not None
        service.unsubscribe_contact(left.id, [list_id], source="link")
        undo(entry, size=1)
        assert (entry.state, entry.undone, entry.left_again) == (ImportState.UNDONE, 3, 1)
        assert audience(list_id) == [("known@example.com", "Old"), ("left@example.com", "L")]
        assert queries.contact_by_address("new@example.com") is None
        with pytest.raises(Conflict):
            undoing.undo(entry.id)


def test_undo_leaves_what_a_later_import_touched(workspace: Place) -> None:
    with workspace.inside():
        list_id, other = new_list(), new_list()
        first = run(imports.paste(list_id, "a@example.com,First"))
        run(imports.paste(other, "a@example.com,Second"))
        undo(first)
        assert audience(list_id) == []
        assert audience(other) == [("a@example.com", "Second")]


def test_replacing_empties_what_the_source_leaves_empty_in_the_columns_it_has(workspace: Place) -> None:
    with workspace.inside():
        list_id = new_list()
        service.add_person(list_id, Person("a@example.com", "Old"), consent="asked")
        pasted = imports.paste(list_id, "email,name\na@example.com,\nb@example.com,Bob")
        entry = run(pasted, policy=ImportPolicy.REPLACE)
        assert counts(entry) == (1, 1, 0, 0, 0)
        assert audience(list_id) == [("a@example.com", ""), ("b@example.com", "Bob")]
        run(imports.paste(list_id, "b@example.com"), policy=ImportPolicy.REPLACE)
        assert audience(list_id)[1] == ("b@example.com", "Bob"), "a column that is not there empties nothing"


def test_undo_finds_people_whose_address_was_corrected(workspace: Place) -> None:
    with workspace.inside():
        list_id = new_list()
        entry = run(imports.paste(list_id, "a@example.com,Ann\nb@example.com,Bob"))
        ann = queries.contact_by_address("a@example.com")
        assert ann is not None
        service.update_contact(ann, Person("ann@example.com", "Ann"))
        undo(entry)
        assert (entry.left_again, audience(list_id)) == (2, [])
        assert queries.contact_by_address("ann@example.com") is not None, "a person wrote this: it stays"
        assert queries.contact_by_address("b@example.com") is None


def test_undo_keeps_what_a_person_wrote_by_hand(workspace: Place) -> None:
    with workspace.inside():
        list_id = new_list()
        service.add_person(list_id, Person("old@example.com", "Before"), consent="asked")
        entry = run(imports.paste(list_id, "old@example.com,Imported\nnew@example.com,Imported"))
        for address in ("old@example.com", "new@example.com"):
            found = queries.contact_by_address(address)
            assert found is not None
            service.update_contact(found, Person(address, "By hand"))
        undo(entry)
        assert audience(list_id) == [("old@example.com", "By hand")]
        kept = queries.contact_by_address("new@example.com")
        assert kept is not None
        assert kept.name == "By hand"


def test_another_workspace_sees_no_import(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        entry_id = imports.paste(new_list(), EXCEL).id
    with other_workspace.inside():
        assert staged.entry(entry_id) is None
        assert staged.people(entry_id) == []
        assert not imports.merge_next(entry_id, now=clock.now())
        assert not undoing.undo_next(entry_id)
        with pytest.raises(Conflict):
            undoing.undo(entry_id)


def sniffed(text: str) -> dict[str, Any]:
    from app.lists.importer.delimited import sniff

    return sniff(text).to_json()


def test_a_lone_quotation_mark_does_not_swallow_the_rest() -> None:
    assert sniffed('a@example.com\t24" screen\nb@example.com\tx') == {"delimiter": "\t", "quoted": False}
