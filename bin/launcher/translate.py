"""bin/translate: collects the texts of each domain into its Korean catalogue.

A text is what stands in gettext calls of the domain's Python files and templates. English is the language of the texts
themselves, so only Korean has catalogues. They carry no line numbers: moving code must not change them.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po

from launcher.places import ROOT
from launcher.terminal import say

LOCALE = "ko"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2), "N_": None}
TEMPLATE_SUFFIXES = (".html", ".txt", ".xml", ".svg")
JINJA_OPTIONS = {"silent": "false", "trimmed": "false"}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
HEADER = r"""msgid ""
msgstr ""
"Language: ko\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""


@dataclass
class Gaps:
    """What keeps a catalogue from being complete: texts by what is wrong with them."""

    missing: list[str] = field(default_factory=list)
    fuzzy: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    placeholders: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.fuzzy or self.stale or self.placeholders)

    def lines(self) -> Iterator[str]:
        for name in ("missing", "fuzzy", "stale", "placeholders"):
            for text in getattr(self, name):
                yield f"{name}: {text!r}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("bin/translate", description="Collect the texts of each domain.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if something is not complete")
    options = parser.parse_args(arguments)
    found = False
    for domain in domains():
        if not options.check:
            merge(domain)
        gaps = gaps_of(domain)
        found = found or bool(gaps)
        for line in gaps.lines():
            say(f"{domain.name}: {line}")
    if not found:
        say("All texts are translated.")
    return 1 if found and options.check else 0


def domains(root: Path = ROOT) -> list[Path]:
    """Return the packages of ``app/`` that hold texts or a catalogue."""
    packages = sorted(path.parent for path in (root / "app").glob("*/__init__.py"))
    return [package for package in packages if catalogue_path(package).exists() or len(texts(package))]


def catalogue_path(domain: Path) -> Path:
    return domain / "translations" / LOCALE / "LC_MESSAGES" / "messages.po"


def texts(domain: Path) -> Catalog:
    """Return all texts of a domain, without translations."""
    catalog = Catalog()
    for path, method in _sources(domain):
        options = JINJA_OPTIONS if method == "jinja2.ext:babel_extract" else {}
        for _line, text, comments, context in extract_from_file(method, path, KEYWORDS, ["i18n:"], options):
            catalog.add(text, auto_comments=comments, context=context)
    return catalog


def _sources(domain: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(domain.rglob("*.py")):
        yield path, "python"
    for suffix in TEMPLATE_SUFFIXES:
        for path in sorted((domain / "templates").rglob(f"*{suffix}")):
            yield path, "jinja2.ext:babel_extract"


def catalogue(domain: Path) -> Catalog:
    """Return the domain's Korean catalogue as it stands."""
    path = catalogue_path(domain)
    if not path.exists():
        return Catalog(locale=LOCALE)
    return read_po(BytesIO(path.read_bytes()), locale=LOCALE)


def merge(domain: Path) -> None:
    """Bring the catalogue up to date: new texts come in empty, gone ones leave, translations stay."""
    merged = catalogue(domain)
    merged.update(texts(domain), no_fuzzy_matching=True)
    _write(merged, catalogue_path(domain))


def _write(merged: Catalog, path: Path) -> None:
    for message in merged:
        message.locations = []
    written = BytesIO()
    write_po(written, merged, width=110, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    text = HEADER + written.getvalue().decode().strip() + "\n"
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def gaps_of(domain: Path) -> Gaps:
    """Compare the catalogue with the texts of the domain."""
    wanted, present, gaps = texts(domain), catalogue(domain), Gaps()
    for message in wanted:
        if message.id:
            _judge(message, present.get(message.id, message.context), gaps)
    gaps.stale += [_name(message) for message in present if message.id and message.id not in wanted]
    return gaps


def _judge(message: Message, translated: Message | None, gaps: Gaps) -> None:
    if translated is None or not all(_strings(translated)):
        gaps.missing.append(_name(message))
    elif translated.fuzzy:
        gaps.fuzzy.append(_name(message))
    elif not _same_placeholders(message, translated):
        gaps.placeholders.append(_name(message))


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else [text or "" for text in message.string or [""]]


def _name(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _same_placeholders(message: Message, translated: Message) -> bool:
    """A translation fills in exactly what the text does (its last form, where it has a plural)."""
    text = message.id if isinstance(message.id, str) else message.id[-1]
    return all(_placeholders(string) == _placeholders(text) for string in _strings(translated))


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))
