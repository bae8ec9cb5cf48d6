"""Templates that come with the product: files in this package, one for each language."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.core.errors import N_, NotFound
from app.document.render import render
from app.document.schema import read_document
from app.document.theme import Look

FOLDER = Path(__file__).parent / "starters"
LANGUAGES = ("ko", "en")
# What stands in the foot of every starter until a workspace's own name and address do.
IMPRINTS = frozenset({"보내는 곳 이름 · 주소 · 전화번호", "Your name · address · telephone"})


@dataclass(frozen=True, slots=True)
class Starter:
    """A mail to start from. `title` and `purpose` are msgids; what is in it is in `language`."""

    code: str
    title: str
    purpose: str
    language: str

    @property
    def subject(self) -> str:
        return str(_read(self.code, self.language)["subject"])

    @property
    def document(self) -> dict[str, Any]:
        return copy.deepcopy(_read(self.code, self.language)["document"])

    @property
    def html(self) -> str:
        """The starter as it looks without a workspace's brand."""
        return _rendered(self.code, self.language)


_TITLES = {
    "newsletter": (N_("Newsletter"), N_("A greeting and three stories, each with its link.")),
    "digest": (N_("Morning digest"), N_("Five things in a sentence each, and today's calendar.")),
    "breaking": (N_("Breaking news"), N_("One headline, two sentences, one button.")),
    "notice": (N_("Notice"), N_("What changes, from when, and whom to ask.")),
    "product": (N_("Product update"), N_("What got better, and what was mended.")),
    "sale": (N_("Sale"), N_("Three things with their prices, and until when.")),
    "invitation": (N_("Event invitation"), N_("When, where, and a button to say yes.")),
    "welcome": (N_("Welcome"), N_("Three first steps for somebody new.")),
    "birthday": (N_("Birthday"), N_("Good wishes and a small present.")),
    "survey": (N_("Survey invitation"), N_("What you ask, how long it takes, one button.")),
    "receipt": (N_("Confirmation"), N_("What was ordered, how much, and when.")),
    "letter": (N_("Plain letter"), N_("Words only, as from one person to another.")),
}


def starters(language: str) -> list[Starter]:
    """Return the starter templates in a language; English where it is not one of ours."""
    spoken = language if language in LANGUAGES else "en"
    return [Starter(code, *words, spoken) for code, words in _TITLES.items()]


def starter(code: str, language: str) -> Starter:
    """Return one starter template.

    Raises:
        NotFound: there is none of this code.
    """
    for each in starters(language):
        if each.code == code:
            return each
    raise NotFound


def addressed(document: dict[str, Any], imprint: str) -> dict[str, Any]:
    """Return a starter's document with who sends it in the place of the line that stands for that."""
    if document.get("text") in IMPRINTS:
        return document | {"text": imprint}
    content = document.get("content")
    return document if content is None else document | {"content": [addressed(each, imprint) for each in content]}


@cache
def _read(code: str, language: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / f"{code}.{language}.json").read_text(encoding="utf-8"))
    return read


@cache
def _rendered(code: str, language: str) -> str:
    return render(read_document(_read(code, language)["document"]), Look(locale=language)).html
