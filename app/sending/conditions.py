"""Which blocks of a mail a recipient sees: the conditions of its document, asked for many people at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from app.lists.segments.conditions import Unfit
from app.lists.segments.rules import matching

Conditions = Sequence[Mapping[str, Any]]


def met(conditions: Conditions, contact_ids: Sequence[int]) -> dict[int, set[int]]:
    """Return for each contact the numbers, counted from 1, of the conditions that it meets: a query for each."""
    people: dict[int, set[int]] = {contact_id: set() for contact_id in contact_ids}
    for condition, numbers in _distinct(conditions):
        for contact_id in _matching(condition, contact_ids):
            people[contact_id] |= numbers
    return people


def _distinct(conditions: Conditions) -> list[tuple[Mapping[str, Any], set[int]]]:
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for number, condition in enumerate(conditions, start=1):
        numbers[json.dumps(condition, sort_keys=True)].add(number)
    return [(json.loads(written), those) for written, those in numbers.items()]


def _matching(condition: Mapping[str, Any], contact_ids: Sequence[int]) -> set[int]:
    try:
        return matching(condition, contact_ids)
    except Unfit:
        # What cannot be read decides for nobody: a block too few is better than one that was meant for others.
        return set()
