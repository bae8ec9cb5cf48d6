"""Two texts compared: the pieces are both texts, whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.document.compare import Fate, Piece, compare

TEXTS = st.text(alphabet="ab \n가", max_size=60)


@given(TEXTS, TEXTS)
def test_pieces_hold_both_texts_and_nothing_else(before: str, after: str) -> None:
    pieces = compare(before, after)
    assert "".join(each.text for each in pieces if each.fate is not Fate.ADDED) == before
    assert "".join(each.text for each in pieces if each.fate is not Fate.REMOVED) == after


def test_words_are_told_apart_and_the_rest_is_kept() -> None:
    assert compare("다리가 오늘 열립니다\n끝", "다리가 내일 열립니다\n끝") == [
        Piece(Fate.KEPT, "다리가 "),
        Piece(Fate.REMOVED, "오늘"),
        Piece(Fate.ADDED, "내일"),
        Piece(Fate.KEPT, " 열립니다\n끝"),
    ]
