"""What a refusal means: one of five classes, hard or soft, by the rules of a file in the form of `bounces.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mta.contract import Bounce
from mta.settings import SettingsError

RULES = Path(__file__).with_name("bounces.toml")
_FIELDS = frozenset({"class", "hard", "reason", "text", "enhanced", "code"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Fits where each of `text`, `enhanced` and `code` does, as far as it is there."""

    bounce: Bounce
    hard: bool
    reason: str
    text: re.Pattern[str] | None = None
    enhanced: tuple[str, ...] = ()
    code: tuple[int, ...] = ()

    def fits(self, code: int, enhanced: str, text: str) -> bool:
        return (
            (not self.code or code in self.code)
            and (not self.enhanced or any(enhanced == e or enhanced.startswith(e + ".") for e in self.enhanced))
            and (self.text is None or self.text.search(text) is not None)
        )


class Classifier:
    """Rules in order; the last one fits everything."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules

    @lru_cache(maxsize=4096)  # noqa: B019 - there is one for the process
    def classify(self, code: int, enhanced: str, text: str) -> Rule:
        """Return the rule that says what a refusal means. Code 0: no server answered."""
        return next(rule for rule in self.rules if rule.fits(code, enhanced, text))


def load(path: Path | None = None) -> Classifier:
    """Read the rules, by default the package's.

    Raises:
        SettingsError: the file cannot be read, or a rule makes no sense; the message says which.
    """
    file = path or RULES
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8")).get("rule", [])
        rules = tuple(_rule(number, table) for number, table in enumerate(tables, 1))
        if not rules or any((rules[-1].text, rules[-1].enhanced, rules[-1].code)):
            raise ValueError("the last rule must fit everything: it has no text, enhanced or code")
    except (OSError, UnicodeError, TypeError, ValueError) as error:
        raise SettingsError(f"MTA_BOUNCES: {file}: {error}") from error
    return Classifier(rules)


def _rule(number: int, table: dict[str, Any]) -> Rule:
    try:
        if unknown := table.keys() - _FIELDS:
            raise ValueError(f"what is {', '.join(sorted(unknown))}?")
        if not isinstance(table["hard"], bool) or not str(table["reason"]).strip():
            raise ValueError("hard is true or false, and reason a sentence")
        texts, codes = _strings(table, "text"), tuple(table.get("code", ()))
        if not all(isinstance(code, int) and (code == 0 or 400 <= code < 600) for code in codes):
            raise ValueError("code is a list of reply codes, 400 to 599, or 0")
        pattern = re.compile("|".join(texts), re.IGNORECASE) if texts else None
        return Rule(
            Bounce(table["class"]), table["hard"], str(table["reason"]), pattern, _strings(table, "enhanced"), codes
        )
    except KeyError as error:
        raise ValueError(f"rule {number}: {error.args[0]} is missing") from error
    except (TypeError, ValueError, re.error) as error:
        raise ValueError(f"rule {number}: {error}") from error


def _strings(table: dict[str, Any], name: str) -> tuple[str, ...]:
    values = table.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise ValueError(f"{name} is a list of texts")
    return tuple(values)
