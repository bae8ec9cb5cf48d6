"""A document to the plan of its mailing, and the values of that plan's slots for one person after the other."""

from __future__ import annotations

import time
from typing import Any

from app.document.compile import Endpoints, MailSource, compile_mail, slot_values
from app.document.compiled import CompiledMail
from app.document.render import render
from app.document.schema import read_document
from app.document.theme import Look
from app.templates_mgmt.starters import starters
from bench import harness

PEOPLE = 20_000


def newsletter() -> dict[str, Any]:
    """All starters of one language in one mail: every block, about 90 KB of HTML, and some blocks for a few only."""
    blocks: list[dict[str, Any]] = []
    for each in starters("en"):
        blocks += each.document["content"]
    for number, block in enumerate(blocks):
        if number % 12 == 5:
            block.setdefault("attrs", {})["condition"] = {"of": {"all": [{"what": "city", "value": [str(number)]}]}}
    return {"type": "doc", "attrs": {}, "content": blocks}


def compiled(document: dict[str, Any]) -> CompiledMail:
    made = render(read_document(document), Look(locale="en"))
    return compile_mail(MailSource("For {{name|you}}", made.html, locale="en"), Endpoints("https://park.example"))


def plans(documents: dict[str, dict[str, Any]], times: int) -> dict[str, float]:
    figures = {}
    for name, document in documents.items():
        start = time.perf_counter()
        for _ in range(times):
            compiled(document)
        figures[name] = (time.perf_counter() - start) / times * 1000
    return figures


def values(mail: CompiledMail, people: int) -> float:
    """Return how many slots are filled a second; half of the people meet each condition."""
    every = sorted(mail.conditions)
    half = frozenset(every[::2])
    start = time.perf_counter()
    for number in range(people):
        person = {"name": f"Reader {number}", "email": f"reader{number}@example.com"}
        slot_values(mail.slots, person, "token", matched=half)
    return people * len(mail.slots) / (time.perf_counter() - start)


def main() -> None:
    options = harness.parser(__doc__).parse_args()
    times, people = (5, PEOPLE // 10) if options.quick else (30, PEOPLE)
    notice = next(each.document for each in starters("en") if each.code == "newsletter")
    large = newsletter()
    documents = {"document_to_plan_ms": notice, "large_document_to_plan_ms": large}
    mail, large_mail = compiled(notice), compiled(large)
    figures = harness.in_turn(
        options.rounds,
        {
            "": lambda: (
                plans(documents, times)
                | {"values_per_s": values(mail, people), "values_and_blocks_per_s": values(large_mail, people // 10)}
            )
        },
    )
    size = len(render(read_document(large), Look(locale="en")).html.encode()) // 1024
    notes = [
        f"the large document has {size} KB of HTML and {len(large_mail.slots)} slots, "
        f"{len(large_mail.conditions)} conditions among them"
    ]
    harness.report("render", figures, notes)


if __name__ == "__main__":
    main()
