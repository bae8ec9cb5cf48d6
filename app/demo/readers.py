"""The readers of the demonstration's year: where they have their mail, what they read with, how faithful they are.

Everything about a reader follows from the address, so the same year comes out every time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zlib import crc32

DOMAINS = (
    ("naver.example", 46), ("gmail.example", 22), ("daum.example", 12), ("hanmail.example", 6), ("kakao.example", 5),
    ("nate.example", 4), ("outlook.example", 3), ("company.example", 1), ("school.example", 1),
)  # fmt: skip
SLOW_DOMAINS = {"daum.example": 0.25, "hanmail.example": 0.25, "company.example": 0.4}
REGIONS = (("서울", 40), ("경기", 25), ("부산", 12), ("대전", 8), ("광주", 7), ("제주", 3), ("해외", 5))
GRADES = (("무료", 70), ("후원", 22), ("평생", 8))
AGENTS = (
    ("Mozilla/5.0 (Linux; Android 15; SM-S928N) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 NAVER(inapp)", 26),
    ("Mozilla/5.0 (Linux; Android 15; SM-A546S) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", 20),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1",
        18,
    ),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 KAKAOTALK 10.9.0", 10),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", 18),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0 Safari/537.36 Edg/129.0", 4),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", 4),
)
LANGUAGES = (("ko", 93), ("en", 5), ("ja", 2))


@dataclass(frozen=True, slots=True)
class Reader:
    """How one reader takes the paper. `keen` is the chance that a morning's mail is opened at all."""

    keen: float
    agent: str
    language: str
    late: float
    guarded: bool
    dead: bool


@lru_cache(maxsize=50_000)
def reader(address: str) -> Reader:
    chance = random.Random(crc32(address.encode()))  # noqa: S311 - the same reader every time
    return Reader(
        keen=min(0.97, chance.betavariate(1.5, 1.6)),
        agent=_drawn(chance, AGENTS),
        language=_drawn(chance, LANGUAGES),
        late=chance.choice((0.3, 1.0, 1.0, 3.0)),
        guarded=chance.random() < 0.15,
        dead=chance.random() < 0.012,
    )


def address(number: int) -> str:
    return f"reader{number:05}@{_drawn(random.Random(number), DOMAINS)}"  # noqa: S311


def fields(number: int, today: date) -> dict[str, str]:
    chance = random.Random(-number)  # noqa: S311
    born = date(today.year - int(chance.triangular(18, 79, 44)), chance.randint(1, 12), chance.randint(1, 28))
    return {"region": _drawn(chance, REGIONS), "grade": _drawn(chance, GRADES), "birthday": born.isoformat()}


def _drawn(chance: random.Random, weighted: Sequence[tuple[str, int]]) -> str:
    return chance.choices([word for word, _ in weighted], [weight for _, weight in weighted])[0]
