"""A killed worker's import goes on where it was, in each of its stages, and nothing is done twice."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.unit import unit_of_work
from app.lists.address import is_plain
from app.lists.importer import chunks, imports
from app.lists.importer import queries as staged
from app.lists.importer.imports import Handed
from app.lists.states import ImportSource, ImportState
from tests.lists.test_import_paste import new_list
from tests.support.workspaces import Place

PEOPLE = 3000


@pytest.fixture
def large(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> int:
    """An import that a job has to read."""
    monkeypatch.setattr(imports, "READ_AT_ONCE", 1000)
    lines = [f"person{n}@example.com,Person {n}" for n in range(PEOPLE)] + ["person7@example.com,Again"]
    with workspace.inside():
        handed = Handed(new_list(), ImportSource.FILE, chunks.cut("\n".join(lines).encode()), None, "people.csv")
        return imports.begin(handed).id


def test_a_reading_goes_on_behind_the_last_slice(workspace: Place, large: int) -> None:
    with workspace.app.app_context():
        with unit_of_work():
            killed = imports.reading_of(large)
        assert killed is not None
        with unit_of_work():
            assert imports.read_next(_slow(killed))
        with unit_of_work():
            heir = imports.reading_of(large)
        assert heir is not None
        assert heir.through == heir.count == 1000
        with unit_of_work():
            assert imports.read_next(_slow(heir))
        with unit_of_work():
            assert not imports.read_next(killed), "who was taken for dead comes back and changes nothing"
        with unit_of_work():
            while imports.read_next(heir):
                pass
            entry = staged.entry(large)
            assert entry is not None
            assert (entry.state, entry.rows) == (ImportState.PREVIEWED, PEOPLE + 1)
            assert (entry.findings["new"], entry.findings["duplicate"]) == (PEOPLE, 1)
            assert [row.reason for row in staged.rejected(large)] == ["same:8"]


def _slow(reader: imports.Reader) -> imports.Reader:
    stage = type(reader).stage
    reader.stage = lambda: stage(reader, 1000)  # type: ignore[method-assign, misc, assignment]
    return reader


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"[a-z0-9_%+.-]{1,40}@([a-z0-9-]{1,8}\.){1,3}(com|kr|test|local|onion|museum|x1)", fullmatch=True))
def test_what_is_plainly_an_address_is_one_for_the_validator(text: str) -> None:
    if is_plain(text):
        assert validate_email(text, check_deliverability=False).normalized.lower() == text.lower()


@pytest.mark.parametrize("local", ["a" * 64, "a" * 31 + ".bbbbbbbbbb" * 3, "a" * 65])
def test_a_long_local_part_is_judged_as_the_validator_does(local: str) -> None:
    try:
        validate_email(f"{local}@example.com", check_deliverability=False)
    except EmailNotValidError:
        assert not is_plain(f"{local}@example.com")
