"""Conditions in SQL: one expression about a row of `contact`, read into a tree in which everything must be on a list.

What runs is written anew from that tree, never the text that was typed. Whatever is not named here is refused: other
tables, functions, types, system columns, comments, several statements. It runs as the tenant's role, reading only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, SqlglotError

from app.core.errors import N_, Invalid
from app.lists.segments.views import COLUMNS

LONGEST = 4000
MOST_NODES = 400
DEEPEST = 40
MOST_SELECTS = 6

_POSTGRES = Postgres()
_ALIAS = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_OPERATORS = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.NullSafeEQ,
    exp.NullSafeNEQ, exp.Between, exp.In, exp.Like, exp.ILike, exp.Escape, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod,
    exp.Neg, exp.DPipe, exp.Any, exp.ArrayContainsAll, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONPath,
    exp.JSONPathRoot, exp.JSONPathKey, exp.Bracket, exp.Case, exp.If, exp.Tuple,
)  # fmt: skip
_VALUES = (
    exp.Literal, exp.Null, exp.Boolean, exp.Interval, exp.Var, exp.Column, exp.Identifier, exp.Cast, exp.DataType,
)  # fmt: skip
_QUERIES = (
    exp.Exists, exp.Subquery, exp.Select, exp.From, exp.Table, exp.TableAlias, exp.Where, exp.Group, exp.Having,
    exp.Order, exp.Ordered, exp.Limit, exp.Join, exp.Distinct, exp.Star,
)  # fmt: skip
_FUNCTIONS = (
    exp.Coalesce, exp.Nullif, exp.Lower, exp.Upper, exp.Length, exp.Trim, exp.Substring, exp.Left, exp.Right,
    exp.SplitPart, exp.StrPosition, exp.MD5, exp.Abs, exp.Round, exp.Greatest, exp.Least, exp.Extract,
    exp.TimestampTrunc, exp.CurrentDate, exp.CurrentTimestamp, exp.Count, exp.Min, exp.Max, exp.Sum, exp.Avg,
)  # fmt: skip
_NAMED_FUNCTIONS = frozenset({"jsonb_typeof"})
_ALLOWED = frozenset(_OPERATORS + _VALUES + _QUERIES + _FUNCTIONS)
_TYPES = frozenset({
    "TEXT", "VARCHAR", "INT", "BIGINT", "DECIMAL", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "JSONB",
})  # fmt: skip
_SELECT_PARTS = frozenset({"expressions", "from_", "joins", "where", "group", "having", "order", "limit", "distinct"})
_COLUMN_NAMES = frozenset(name for columns in COLUMNS.values() for name in columns)

# Shown on the page about SQL conditions.
FUNCTIONS = (
    "coalesce", "nullif", "lower", "upper", "length", "trim", "substring", "left", "right", "split_part", "position",
    "md5", "abs", "round", "greatest", "least", "extract", "date_trunc", "current_date", "now", "count", "min", "max",
    "sum", "avg", "jsonb_typeof",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A word in the text: from `start` to before `end`, and where a person finds it (both from 1)."""

    start: int
    end: int
    line: int
    column: int


class NotAllowed(Invalid):
    """The text is no condition that may run. `spot` is the word that is to blame."""

    message = N_("Line %(line)s, column %(column)s: “%(word)s” cannot be used here.")

    def __init__(self, message: str, spot: Spot, word: str) -> None:
        super().__init__(message, line=spot.line, column=spot.column, word=word[:60])
        self.spot = spot


UNREADABLE = N_("Line %(line)s, column %(column)s: this cannot be read near “%(word)s”.")
UNKNOWN_COLUMN = N_("Line %(line)s, column %(column)s: there is no column “%(word)s”.")
UNKNOWN_TABLE = N_("Line %(line)s, column %(column)s: there is no view “%(word)s” to read from.")
NO_FUNCTION = N_("Line %(line)s, column %(column)s: the function “%(word)s” cannot be used.")
NO_COMMENT = N_("Line %(line)s, column %(column)s: comments and several statements are not possible here.")
TOO_LONG = N_("Line %(line)s, column %(column)s: the condition is too long or too deep from “%(word)s” on.")
EMPTY = N_("Line %(line)s, column %(column)s: write a condition.")


def clause(text: str) -> sa.ColumnElement[bool]:
    """Return a typed condition as a clause about a row of `contact`.

    Raises:
        NotAllowed: something in it may not run; its spot says where.
    """
    return sa.literal_column(f"({checked(text)})", sa.Boolean())


def checked(text: str) -> str:
    """Return the condition, written anew. Raises as `clause`."""
    tree = _parsed(text)
    nodes = list(tree.walk())
    if len(nodes) > MOST_NODES or max(node.depth for node in nodes) > DEEPEST:
        raise _refusal(TOO_LONG, text, tree)
    if sum(isinstance(node, exp.Select) for node in nodes) > MOST_SELECTS:
        raise _refusal(TOO_LONG, text, tree)
    for node in nodes:
        _check(node, text)
    return tree.sql(dialect="postgres", comments=False)


def _parsed(text: str) -> exp.Expr:
    start = Spot(0, 1, 1, 1)
    if not text.strip():
        raise NotAllowed(EMPTY, start, "")
    if len(text) > LONGEST:
        raise NotAllowed(TOO_LONG, _spot(text, LONGEST, LONGEST + 1), text[LONGEST : LONGEST + 20])
    _no_tricks(text)
    try:
        tokens = _POSTGRES.tokenize(text)
        trees = _POSTGRES.parser().parse_into(exp.Condition, tokens, text)
    except ParseError as error:
        raise _unreadable(error, text) from error
    except (SqlglotError, RecursionError, ValueError) as error:
        raise NotAllowed(UNREADABLE, start, text[:20]) from error
    if len(trees) != 1 or trees[0] is None:
        raise NotAllowed(NO_COMMENT, start, "")
    tree: exp.Expr = trees[0]
    return tree


_TEXTS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_TRICKS = re.compile(r"--|/\*|\*/|;|\$|\\|\x00|[^\S \t\r\n]")


def _no_tricks(text: str) -> None:
    """Refuse comments, semicolons, dollar quotes and escapes wherever they stand outside a quoted text."""
    bare = _TEXTS.sub(lambda found: "'" * len(found[0]), text)
    found = _TRICKS.search(bare)
    if found:
        raise NotAllowed(NO_COMMENT, _spot(text, found.start(), found.end()), found[0])


def _unreadable(error: ParseError, text: str) -> NotAllowed:
    details = error.errors[0] if error.errors else {}
    before, word = details.get("start_context") or "", details.get("highlight") or ""
    at = text.find(before + word) + len(before) if word and before + word in text else 0
    return NotAllowed(UNREADABLE, _spot(text, at, at + max(1, len(word))), word or text[:20])


def _check(node: exp.Expr, text: str) -> None:
    if isinstance(node, exp.Anonymous):
        if node.name.lower() not in _NAMED_FUNCTIONS:
            raise _refusal(NO_FUNCTION, text, node, node.name)
    elif type(node) not in _ALLOWED:
        raise _refusal(NO_FUNCTION if isinstance(node, exp.Func) else NotAllowed.message, text, node)
    check = _PARTICULAR.get(type(node))
    if check is not None:
        check(node, text)


def _check_column(node: exp.Expr, text: str) -> None:
    if node.args.get("db") or node.args.get("catalog"):
        raise _refusal(UNKNOWN_COLUMN, text, node)
    if isinstance(node.this, exp.Star) or node.name not in _COLUMN_NAMES:
        raise _refusal(UNKNOWN_COLUMN, text, node, node.name)
    if node.args.get("join_mark"):
        raise _refusal(NotAllowed.message, text, node)


def _check_table(node: exp.Expr, text: str) -> None:
    if node.name not in COLUMNS or _parts(node) - {"this", "alias"}:
        raise _refusal(UNKNOWN_TABLE, text, node, node.name)


def _check_alias(node: exp.Expr, text: str) -> None:
    if node.args.get("columns") or not _ALIAS.fullmatch(node.name):
        raise _refusal(NotAllowed.message, text, node)


def _check_select(node: exp.Expr, text: str) -> None:
    if _parts(node) - _SELECT_PARTS or not node.args.get("from_"):
        raise _refusal(NotAllowed.message, text, node)


def _check_join(node: exp.Expr, text: str) -> None:
    sides = {str(node.args.get(part) or "").upper() for part in ("side", "kind", "method")}
    plain = isinstance(node.this, exp.Table) and node.args.get("on") and not node.args.get("using")
    if not plain or sides - {"", "LEFT", "INNER", "OUTER"}:
        raise _refusal(NotAllowed.message, text, node)


def _check_type(node: exp.Expr, text: str) -> None:
    if node.this.name not in _TYPES or node.args.get("nested"):
        raise _refusal(NotAllowed.message, text, node.parent or node, node.sql("postgres"))


def _check_star(node: exp.Expr, text: str) -> None:
    if not isinstance(node.parent, exp.Count):
        raise _refusal(NotAllowed.message, text, node, "*")


def _check_subquery(node: exp.Expr, text: str) -> None:
    """A sub-select is compared with, looked into or asked whether it is empty; nothing is read from it as a table."""
    if isinstance(node.parent, exp.From | exp.Join) or _parts(node) - {"this"}:
        raise _refusal(NotAllowed.message, text, node)


_PARTICULAR: dict[type[exp.Expr], Callable[[exp.Expr, str], None]] = {
    exp.Column: _check_column,
    exp.Table: _check_table,
    exp.TableAlias: _check_alias,
    exp.Select: _check_select,
    exp.Join: _check_join,
    exp.DataType: _check_type,
    exp.Star: _check_star,
    exp.Subquery: _check_subquery,
}


def _parts(node: exp.Expr) -> set[str]:
    return {name for name, value in node.args.items() if value}


def _refusal(message: str, text: str, node: exp.Expr, word: str = "") -> NotAllowed:
    places = [place.meta for place in _nearest(node) if "start" in place.meta]
    if not places:
        return NotAllowed(message, Spot(0, 1, 1, 1), word or text[:20])
    start, end = places[0]["start"], places[0]["end"] + 1
    return NotAllowed(message, _spot(text, start, end), word or text[start:end])


def _nearest(node: exp.Expr) -> Iterator[exp.Expr]:
    yield from node.walk()
    parent = node.parent
    while parent is not None:
        yield from parent.walk()
        parent = parent.parent


def _spot(text: str, start: int, end: int) -> Spot:
    before = text[:start]
    return Spot(start, end, before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1)
