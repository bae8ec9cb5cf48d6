"""Templates that come with the product: files in this package, one for each language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.core.errors import N_, NotFound

FOLDER = Path(__file__).parent / "starters"
LANGUAGES = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Starter:
    """A mail to start from. `title` and `purpose` are msgids; `subject` and `html` are in `language`."""

    code: str
    title: str
    purpose: str
    subject: str
    language: str

    @property
    def html(self) -> str:
        return _read(self.code, self.language)


_TITLES = {
    "newsletter": (N_("Newsletter"), N_("A greeting and three stories, each with its link.")),
    "notice": (N_("Notice"), N_("What changes, from when, and whom to ask.")),
    "breaking": (N_("Breaking news"), N_("One headline, two sentences, one button.")),
    "letter": (N_("Plain letter"), N_("Words only, as from one person to another.")),
}
_SUBJECTS = {
    ("newsletter", "ko"): "[우리 소식지] 2026년 가을호",
    ("newsletter", "en"): "Our newsletter, autumn 2026",
    ("notice", "ko"): "[안내] 이용 시간이 바뀝니다",
    ("notice", "en"): "Our opening hours are changing",
    ("breaking", "ko"): "[속보] 여기에 제목을 씁니다",
    ("breaking", "en"): "Breaking: the news in one line",
    ("letter", "ko"): "{{name|고객}}님께 드리는 편지",
    ("letter", "en"): "A letter to {{name|you}}",
}


def starters(language: str) -> list[Starter]:
    """Return the starter templates in a language; English where it is not one of ours."""
    spoken = language if language in LANGUAGES else "en"
    return [Starter(code, *words, _SUBJECTS[code, spoken], spoken) for code, words in _TITLES.items()]


def starter(code: str, language: str) -> Starter:
    """Return one starter template.

    Raises:
        NotFound: there is none of this code.
    """
    for each in starters(language):
        if each.code == code:
            return each
    raise NotFound


@cache
def _read(code: str, language: str) -> str:
    return (FOLDER / f"{code}.{language}.html").read_text(encoding="utf-8")
