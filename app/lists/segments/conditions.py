"""The condition tree: what is stored as JSON, read strictly, with an error at each place that is not right.

    {"of": {"all": [{"what": "field:town", "is": "is", "value": ["Busan"]}, {"any": […]}, {"none": […]}]},
     "sample": {"count": 1000, "seed": 7}}

A leaf's value is always a list. Groups nest; `sample` takes a random part of those who match, always the same one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

from app.core.errors import N_, Invalid
from app.lists.segments.terms import NUMBERED, OPERATORS, Join, Kind, Op, Shape

DEEPEST = 6
MOST_NODES = 100
MOST_OPTIONS = 200
LONGEST = 1000
LARGEST_COUNT = 36_500

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition: what is asked, how, against which values (as `Shape` says)."""

    what: str
    kind: Kind
    op: Op
    value: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    join: Join
    of: tuple[Node, ...]


Node = Leaf | Group


@dataclass(frozen=True, slots=True)
class Sample:
    """A random part of those who match: `count` people, or `percent` of them."""

    seed: int
    count: int | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    root: Group
    sample: Sample | None = None


class Unfit(Invalid):
    """A condition is not one. `faults`: from the place in the tree (``q.0.1``) to the code of what is wrong there."""

    message = N_("A condition is not complete yet.")

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__()
        self.faults = faults


def read(data: object, kinds: Mapping[str, Kind]) -> Condition:
    """Return the condition that `data` (from JSON) is; `kinds` says what can be asked.

    Raises:
        Unfit: it is not one; its faults say where and why.
    """
    reader = _Reader(kinds)
    stored = data if isinstance(data, dict) else {}
    root = reader.node(stored.get("of", {Join.ALL: []}), "q", 1)
    sample = reader.sample(stored.get("sample"))
    if not isinstance(root, Group):
        reader.faults.setdefault("q", "no_group")
    if reader.faults:
        raise Unfit(reader.faults)
    assert isinstance(root, Group)
    return Condition(root, sample)


class _Reader:
    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.kinds, self.faults, self.nodes = kinds, dict[str, str](), 0

    def node(self, data: object, place: str, depth: int) -> Node | None:
        try:
            return self._node(data, place, depth)
        except _Wrong as wrong:
            self.faults[place] = wrong.code
            return None

    def _node(self, data: object, place: str, depth: int) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise _Wrong("too_many")
        if not isinstance(data, dict):
            raise _Wrong("no_condition")
        if "what" in data:
            return self._leaf(data)
        joins = [join for join in Join if join in data]
        if len(joins) != 1 or not isinstance(data[joins[0]], list):
            raise _Wrong("no_condition")
        return self._group(joins[0], data[joins[0]], place, depth)

    def _group(self, join: Join, items: list[Any], place: str, depth: int) -> Group:
        if depth > DEEPEST:
            raise _Wrong("too_deep")
        if not items and place != "q":
            raise _Wrong("empty_group")
        nodes = [self.node(item, f"{place}.{number}", depth + 1) for number, item in enumerate(items)]
        return Group(join, tuple(node for node in nodes if node is not None))

    def _leaf(self, data: Mapping[str, Any]) -> Leaf:
        kind = self.kinds.get(str(data["what"]))
        if kind is None:
            raise _Wrong("unknown_target")
        if data.get("is") not in list(OPERATORS[kind]):
            raise _Wrong("unknown_operator")
        op, raw = Op(data["is"]), data.get("value", [])
        shape = OPERATORS[kind][op]
        value = _READERS[shape](raw if isinstance(raw, list) else [raw])
        chosen = shape in (Shape.OPTIONS, Shape.SOME_OPTIONS)
        return Leaf(str(data["what"]), kind, op, _fit(kind, value) if chosen else value)

    def sample(self, data: object) -> Sample | None:
        if data is None:
            return None
        try:
            return _sample(data if isinstance(data, dict) else {})
        except _Wrong as wrong:
            self.faults["sample"] = wrong.code
            return None


class _Wrong(Exception):
    def __init__(self, code: str) -> None:
        self.code = code


def _sample(data: Mapping[str, Any]) -> Sample:
    seed = data.get("seed", 0)
    if not isinstance(seed, int) or ("count" in data) == ("percent" in data):
        raise _Wrong("no_sample")
    if "count" in data:
        return Sample(seed, count=_whole(data["count"], least=1, most=100_000_000))
    percent = _number(data["percent"])
    if not 0 < percent <= 100:
        raise _Wrong("no_percent")
    return Sample(seed, percent=percent)


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or (isinstance(value, float) and not isfinite(value)):
        raise _Wrong("no_number")
    if isinstance(value, int | float):
        return value
    text = str(value).replace(",", "").strip()
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", text):
        raise _Wrong("no_number")
    return float(text) if "." in text else int(text)


def _whole(value: Any, *, least: int = 0, most: int = LARGEST_COUNT) -> int:
    number = _number(value)
    if number != int(number) or not least <= number <= most:
        raise _Wrong("no_count")
    return int(number)


def _only(values: Sequence[Any], count: int) -> Sequence[Any]:
    if len(values) < count or any(value is None or value == "" for value in values):
        raise _Wrong("no_value")
    return values[:count]


def _text(values: Sequence[Any]) -> tuple[str]:
    text = str(_only(values, 1)[0]).strip()
    if not text:
        raise _Wrong("no_value")
    if len(text) > LONGEST or "\x00" in text:
        raise _Wrong("too_long")
    return (text,)


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    """Several, as a list or with commas between them."""
    parts = [part.strip() for value in values for part in str(value).split(",")]
    return tuple(_text([part])[0] for part in dict.fromkeys(filter(None, parts))) or _text([])


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise _Wrong("no_day") from error


def _month_day(values: Sequence[Any]) -> tuple[str]:
    text = str(_only(values, 1)[0])
    # A leap year: somebody is born on 29 February.
    return (_day(f"2024-{text}")[5:],)


def _ordered(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if values[0] > values[1]:
        raise _Wrong("turned_round")
    return values


def _options(values: Sequence[Any]) -> tuple[str, ...]:
    return _some_options(values) or _text([])


def _some_options(values: Sequence[Any]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(str(value)[:LONGEST] for value in values if value not in ("", None)))
    if len(found) > MOST_OPTIONS:
        raise _Wrong("too_many")
    return found


def _fit(kind: Kind, options: tuple[Value, ...]) -> tuple[Value, ...]:
    """Options as they are compared: numbers of lists, mailings and imports; ``mailing:number`` of links."""
    texts = [str(option) for option in options]
    shape = r"\d{1,15}" if kind in NUMBERED else r"\d{1,15}:\d{1,6}" if kind is Kind.LINK else r"[^\x00]+"
    if not all(re.fullmatch(shape, text) for text in texts):
        raise _Wrong("no_option")
    return tuple(int(text) if kind in NUMBERED else text for text in texts)


_READERS: dict[Shape, Callable[[Sequence[Any]], tuple[Value, ...]]] = {
    Shape.NOTHING: lambda _values: (),
    Shape.TEXT: _text,
    Shape.TEXTS: _texts,
    Shape.NUMBER: lambda values: (_number(_only(values, 1)[0]),),
    Shape.RANGE: lambda values: _ordered(tuple(map(_number, _only(values, 2)))),
    Shape.DAY: lambda values: (_day(_only(values, 1)[0]),),
    Shape.DAYS: lambda values: _ordered(tuple(map(_day, _only(values, 2)))),
    Shape.COUNT: lambda values: (_whole(_only(values, 1)[0]),),
    Shape.MONTH_DAY: _month_day,
    Shape.MONTH: lambda values: (_whole(_only(values, 1)[0], least=1, most=12),),
    Shape.OPTIONS: _options,
    Shape.SOME_OPTIONS: _some_options,
}


def stored(node: Node) -> dict[str, Any]:
    """Return a node as JSON keeps it: what `read` takes."""
    if isinstance(node, Group):
        return {node.join.value: [stored(each) for each in node.of]}
    return {"what": node.what, "is": node.op.value, "value": list(node.value)}
