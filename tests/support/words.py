"""What pages say in a language, found by the English that stands in the code."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from babel.support import NullTranslations, Translations

from config.settings import ROOT

Say = Callable[..., str]


def speaker(language: str) -> Say:
    """Return a function that says an English text of the code in a language, its ``%(name)s`` filled in."""

    def say(text: str, **params: object) -> str:
        said = str(_catalogue(language).gettext(text))
        return said % params if params else said

    return say


@cache
def _catalogue(language: str) -> NullTranslations:
    whole = Translations()
    for folder in sorted((ROOT / "app").glob("*/translations")):
        found = Translations.load(str(folder), [language])
        if isinstance(found, Translations):
            whole.merge(found)
    return whole
