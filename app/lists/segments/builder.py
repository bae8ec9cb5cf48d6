"""The builder between page and tree: what a form says, what a button changes, and what the page then shows.

Any page may carry it: ``lists/_builder.html`` draws a `Draft`, and `from_form` reads it back. A node's inputs are named
by its place: ``q.join``, ``q.0.what``, ``q.0.is``, ``q.0.value``, ``q.1.join``, ``q.1.0.what`` …
"""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.lists.segments.conditions import DEEPEST
from app.lists.segments.targets import Target
from app.lists.segments.terms import OPERATORS, Join, Op

MOST_CHILDREN = 60
_PLACE = re.compile(r"q(\.\d{1,2}){0,7}")

Tree = dict[str, Any]
Form = MultiDict[str, str]


@dataclass(slots=True)
class Draft:
    """A condition on the page, finished or not; `faults` by place."""

    of: Tree = field(default_factory=lambda: {Join.ALL.value: []})
    sample: Tree | None = None
    faults: dict[str, str] = field(default_factory=dict)

    def stored(self) -> Tree:
        return {"of": self.of, **({"sample": self.sample} if self.sample else {})}

    @staticmethod
    def of_stored(data: Mapping[str, Any]) -> Draft:
        kept = copy.deepcopy(dict(data))
        return Draft(kept.get("of") or {Join.ALL.value: []}, kept.get("sample"))


def from_form(form: Form) -> Draft:
    """Return the draft that a form holds. A target whose kind does not know the operator gets the first that fits."""
    root = _node(form, "q", 1)
    return Draft(root if "what" not in root else {Join.ALL.value: [root]}, _sample(form))


def _node(form: Form, place: str, depth: int) -> Tree:
    if f"{place}.what" in form:
        values = [value for value in form.getlist(f"{place}.value") if value != ""]
        return {"what": form.get(f"{place}.what", ""), "is": form.get(f"{place}.is", ""), "value": values}
    join = form.get(f"{place}.join", Join.ALL.value)
    join = join if join in list(Join) else Join.ALL.value
    if depth > DEEPEST:
        return {join: []}
    places = [f"{place}.{number}" for number in range(MOST_CHILDREN)]
    return {join: [_node(form, each, depth + 1) for each in places if f"{each}.what" in form or f"{each}.join" in form]}


def _sample(form: Form) -> Tree | None:
    kind = form.get("sample.kind", "")
    if kind not in ("count", "percent"):
        return None
    seed = form.get("sample.seed", "")
    return {
        kind: form.get("sample.value", ""),
        "seed": int(seed) if seed.isdecimal() and len(seed) < 10 else new_seed(),
    }


def new_seed() -> int:
    """Return what a sample is drawn by; it stays with the segment, so the sample stays the same people."""
    return secrets.randbelow(10**9)


def change(draft: Draft, action: str, known: Mapping[str, Target], favourites: Mapping[int, Tree]) -> Draft:
    """Return the draft after a button: ``add``, ``group``, ``remove``, ``duplicate`` or ``insert`` at a place."""
    verb, _colon, rest = action.partition(":")
    place, _colon, number = rest.partition(":")
    changed = copy.deepcopy(draft)
    if not _PLACE.fullmatch(place):
        return changed
    if verb in ("add", "group", "insert"):
        _put(changed, place, _new(verb, known, favourites.get(int(number) if number.isdecimal() else 0)))
    elif verb in ("remove", "duplicate") and place != "q":
        parent, _dot, last = place.rpartition(".")
        siblings = _children(_at(changed, parent))
        if int(last) < len(siblings):
            siblings[int(last) : int(last) + 1] = [] if verb == "remove" else [copy.deepcopy(siblings[int(last)])] * 2
    return changed


def _put(draft: Draft, place: str, node: Tree | None) -> None:
    group = _at(draft, place)
    if node is not None and "what" not in group:
        _children(group).append(node)


def _new(verb: str, known: Mapping[str, Target], favourite: Tree | None) -> Tree | None:
    if verb == "insert":
        return copy.deepcopy(favourite.get("of")) if favourite else None
    first = next(iter(known.values()), None)
    leaf: Tree | None = {"what": first.key, "is": first.ops[0].value, "value": []} if first else None
    return {Join.ANY.value: [leaf] if leaf else []} if verb == "group" else leaf


def _at(draft: Draft, place: str) -> Tree:
    node = draft.of
    for part in place.split(".")[1:]:
        children = _children(node)
        if int(part) >= len(children):
            return {Join.ALL.value: []}
        node = children[int(part)]
    return node


def _children(node: Tree) -> list[Tree]:
    found: list[Tree] = next((node[join.value] for join in Join if join.value in node), [])
    return found


def settle(node: Tree, known: Mapping[str, Target]) -> None:
    """Let every operator fit its target: another target was chosen, and the old operator may mean nothing there."""
    if "what" not in node:
        for each in _children(node):
            settle(each, known)
        return
    target = known.get(node["what"])
    if target is not None and node.get("is") not in list(OPERATORS[target.kind]):
        node["is"], node["value"] = target.ops[0].value, []


def shape_of(target: Target, op: str) -> str:
    return OPERATORS[target.kind][Op(op)].value
