"""What follows from how a workspace behaved, and what is found in a mail."""

from __future__ import annotations

import pytest

from app.conduct import checks
from app.conduct.checks import Letter
from app.conduct.rules import Answers, Reason, allowance, fault, rules
from app.dispatch import Dispatcher

GOOD, QUIET, BAD = Answers(100, 0, 0), Answers(5, 0, 0), Answers(90, 10, 0)


def test_numbers_are_multiples_of_the_step_and_grow() -> None:
    numbers = [*rules().days, rules().from_our_domain]
    assert all(number % rules().step == 0 for number in numbers)
    assert list(rules().days) == sorted(set(rules().days))


@pytest.mark.parametrize(
    ("past", "level"),
    [
        ([], 0),
        ([QUIET] * 30, 0),
        ([GOOD], 1),
        ([GOOD] * 3, 3),
        ([GOOD] * 3 + [BAD], 1),
        ([BAD] * 3 + [GOOD], 1),
        ([Answers(100, 0, 1)], 0),
    ],
    ids=["new", "too quiet", "a good day", "three", "a bad one takes two back", "never below", "complaints are bad"],
)
def test_the_daily_number_grows_with_good_days(past: list[Answers], level: int) -> None:
    assert allowance(past) == rules().days[level]


def test_after_the_last_number_there_is_none() -> None:
    assert allowance([GOOD] * len(rules().days)) is None


@pytest.mark.parametrize(
    ("lately", "reason"),
    [
        (Answers(190, 10, 0), None),
        (Answers(189, 11, 0), Reason.HARD_BOUNCES),
        (Answers(10, 11, 0), None),
        (Answers(1000, 0, 1), None),
        (Answers(1000, 0, 2), Reason.COMPLAINTS),
        (Answers(100, 0, 9), None),
        (Answers(0, 0, 5), None),
    ],
    ids=["exactly so many", "one more", "too few to tell", "one in a thousand", "two", "too few", "none at all"],
)
def test_the_brake_needs_a_least_number_and_more_than_the_share(lately: Answers, reason: Reason | None) -> None:
    assert fault(lately) is reason


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://evil.example/login">https://bank.example</a>',
        '<a href="https://evil.example">www.bank.example/<b>login</b></a>',
        '<a href="https://bank.example.evil.example">http://bank.example</a>',
        '<a href="http://203.0.113.9/x">Look</a>',
        '<a href="http://[2001:db8::1]/x">Look</a>',
        '<a href="http://3405803785/">Look</a>',
    ],
)
def test_links_that_deceive_are_found(dispatcher: Dispatcher, link: str) -> None:
    with dispatcher.site.app_context():
        assert len(checks.findings(Letter("", f"<p>{link}</p>", "a@example.com"))) == 1


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://news.example/story">the story</a>',
        '<a href="https://www.news.example/story">https://news.example</a>',
        '<a href="https://m.news.example/story">www.news.example</a>',
        '<a href="{{unsubscribe_url}}">https://news.example</a>',
        '<a href="mailto:me@example.com">me@example.com</a>',
        '<a href="https://news.example">see www.other.example for more</a>',
        '<a href="http://[broken">https://news.example</a>',
        "<a>nothing</a>",
    ],
)
def test_honest_links_pass(link: str) -> None:
    assert checks.findings(Letter("", f"<p>{link}</p>", "a@example.com")) == []


def test_a_check_of_ones_own_can_be_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CHECKS", [])
    checks.check(lambda letter: "shouting" if letter.subject.isupper() else None)
    assert checks.findings(Letter("BUY NOW", "", "")) == ["shouting"]
    assert checks.findings(Letter("Today", "", "")) == []
