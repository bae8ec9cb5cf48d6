"""bin/translate keeps what translators wrote, and says what is not complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher import translate

CATALOGUE = """
msgid "Save"
msgstr "저장"

msgid "Gone"
msgstr "없어짐"
"""


@pytest.fixture
def domain(tmp_path: Path) -> Path:
    domain = tmp_path / "app" / "lists"
    (domain / "templates" / "lists").mkdir(parents=True)
    (domain / "__init__.py").touch()
    (domain / "errors.py").write_text('message = N_("The list is full: %(count)s people.")\n')
    (domain / "templates" / "lists" / "index.html").write_text(
        "{{ _('Save') }} {{ ngettext('%(num)d person', '%(num)d people', n) }}"
    )
    path = translate.catalogue_path(domain)
    path.parent.mkdir(parents=True)
    path.write_text(translate.HEADER + CATALOGUE)
    return domain


def test_code_and_templates_are_read(domain: Path) -> None:
    gaps = translate.gaps_of(domain)
    assert gaps.missing == ["The list is full: %(count)s people.", "%(num)d person"]
    assert gaps.stale == ["Gone"]


def test_merge_keeps_translations_and_drops_what_is_gone(domain: Path) -> None:
    translate.merge(domain)
    text = translate.catalogue_path(domain).read_text()
    assert 'msgid "Save"\nmsgstr "저장"' in text
    assert "Gone" not in text
    assert "#:" not in text
    assert sorted(translate.gaps_of(domain).missing) == ["%(num)d person", "The list is full: %(count)s people."]


def test_merging_twice_changes_nothing(domain: Path) -> None:
    translate.merge(domain)
    once = translate.catalogue_path(domain).read_text()
    translate.merge(domain)
    assert translate.catalogue_path(domain).read_text() == once


def test_translation_with_another_placeholder_is_reported(domain: Path) -> None:
    path = translate.catalogue_path(domain)
    path.write_text(
        translate.HEADER
        + 'msgid "The list is full: %(count)s people."\nmsgstr "명단이 가득 찼습니다: %(number)s명."\n\n'
        + 'msgid "%(num)d person"\nmsgid_plural "%(num)d people"\nmsgstr[0] "%(num)d명"\n\n'
        + 'msgid "Save"\nmsgstr "저장"\n'
    )
    gaps = translate.gaps_of(domain)
    assert gaps.placeholders == ["The list is full: %(count)s people."]
    assert (gaps.missing, gaps.stale) == ([], [])


def test_only_packages_with_texts_are_domains(domain: Path) -> None:
    (domain.parent / "empty").mkdir()
    (domain.parent / "empty" / "__init__.py").touch()
    assert translate.domains(domain.parent.parent) == [domain]
