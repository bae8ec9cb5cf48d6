"""Contact cards as telephones and programs write them."""

from __future__ import annotations

import pytest

from app.lists.importer import cards
from app.lists.importer import queries as staged
from app.lists.importer.table import Nothing
from tests.lists.test_import_files import begin, zipped
from tests.support.workspaces import Place

IPHONE = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:홍;길동;;;\r\nFN:홍길동\r\nORG:한빛출판;편집부\r\n"
    "item1.EMAIL;type=INTERNET:old@example.com\r\nitem2.EMAIL;type=INTERNET;type=pref:hong@exam\r\n ple.com\r\n"
    "TEL;type=CELL:010-1234-5678\r\nBDAY:1980-03-01\r\nPHOTO;ENCODING=b:" + "A" * 70 + "\r\n " + "B" * 70 + "\r\n"
    "END:VCARD\r\n"
)
OLD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=EA=B9=80;=EC=98=81=ED=9D=AC=\r\n;;;\r\n"
    "EMAIL;PREF:kim@example.com\r\nEND:VCARD\r\n"
)
NEW = (
    "BEGIN:VCARD\nVERSION:4.0\nN:Kim;Ann;;;\nEMAIL;PREF=2:b@example.com\nEMAIL;PREF=1:mailto:ann@example.com\n"
    "TITLE:Editor\\, chief\nBDAY:--0229\nEND:VCARD\n"
)


def test_each_card_becomes_a_line(workspace: Place) -> None:
    with workspace.inside():
        entry = begin((IPHONE + OLD + NEW).encode(), "contacts.vcf")
        assert entry.mapping[:2] == ["name", "email"]
        people = staged.people(entry.id)
        assert [(row.line, row.name, row.address) for row in people] == [
            (2, "홍길동", "hong@example.com"), (3, "김영희", "kim@example.com"), (4, "Ann Kim", "ann@example.com"),
        ]  # fmt: skip
        assert people[0].cells[2:] == ["010-1234-5678", "한빛출판 편집부", "", "1980-03-01", "old@example.com"]
        assert people[2].cells[4:6] == ["Editor, chief", "02-29"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
def test_cards_come_in_any_encoding(workspace: Place, encoding: str) -> None:
    with workspace.inside():
        entry = begin(zipped(**{"contacts.vcf": IPHONE.encode(encoding)}), "contacts.zip")
        assert [row.name for row in staged.people(entry.id)] == ["홍길동"]


def test_a_card_that_is_cut_off_is_taken_as_far_as_it_goes() -> None:
    lines = list(cards.lines_of(["BEGIN:VCARD\n", "FN:Ann\n", "EMAIL:ann@example.com\n", "nonsense\n"]))
    assert lines[1].cells[:2] == ["Ann", "ann@example.com"]


def test_a_file_without_a_card_holds_nothing() -> None:
    with pytest.raises(Nothing):
        list(cards.lines_of(["VERSION:3.0\n"]))
