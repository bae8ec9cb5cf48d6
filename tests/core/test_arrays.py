"""Arrays written as text come out of PostgreSQL as they went in."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.core import arrays
from app.core.db import db
from tests.support.workspaces import Place

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])))
EXAMPLES = [[], [""], ["", ""], ['"', "\\", ",", "{}", "NULL", " a ", "한글\n"], ["a\0b", "\0"]]


def read(written: str, kind: str) -> list[object]:
    return list(db.session.scalar(sa.text(f"SELECT CAST(:it AS {kind}[])"), {"it": written}))


def test_texts(workspace: Place) -> None:
    @given(TEXTS)
    def comes_back(values: list[str]) -> None:
        assert read(arrays.texts(values), "text") == [value.replace("\0", "") for value in values]

    with workspace.inside():
        for values in EXAMPLES:
            assert read(arrays.texts(values), "text") == [value.replace("\0", "") for value in values]
        comes_back()


def test_numbers_and_truths(workspace: Place) -> None:
    with workspace.inside():
        assert read(arrays.numbers([1, -2, 2**40]), "bigint") == [1, -2, 2**40]
        assert read(arrays.numbers([1764000000.125]), "double precision") == [1764000000.125]
        assert read(arrays.numbers([]), "integer") == []
        assert read(arrays.truths([True, False]), "boolean") == [True, False]
