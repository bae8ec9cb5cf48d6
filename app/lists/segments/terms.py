"""The words of conditions: kinds of what can be asked, the operators that fit each, and the values they take."""

from __future__ import annotations

from enum import StrEnum

from app.lists.states import FieldKind


class Join(StrEnum):
    """How the conditions of a group belong together."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


class Kind(StrEnum):
    """What a target is like. Fields have the kinds of fields; the others are particular."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BIRTHDAY = "birthday"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    MOMENT = "moment"
    LIST = "list"
    CONSENT = "consent"
    REACTION = "reaction"
    LINK = "link"
    BOUNCE = "bounce"
    IMPORT = "import"


KIND_OF_FIELD: dict[FieldKind, Kind] = {
    FieldKind.TEXT: Kind.TEXT,
    FieldKind.NUMBER: Kind.NUMBER,
    FieldKind.DATE: Kind.DATE,
    FieldKind.BIRTHDAY: Kind.BIRTHDAY,
    FieldKind.YES_NO: Kind.YES_NO,
    FieldKind.CHOICE: Kind.CHOICE,
    FieldKind.CHOICES: Kind.CHOICES,
    FieldKind.URL: Kind.TEXT,
}


class Shape(StrEnum):
    """What an operator wants to be told."""

    NOTHING = "nothing"
    TEXT = "text"
    TEXTS = "texts"
    NUMBER = "number"
    RANGE = "range"
    DAY = "day"
    DAYS = "days"
    COUNT = "count"
    MONTH_DAY = "month_day"
    MONTH = "month"
    OPTIONS = "options"
    SOME_OPTIONS = "some_options"


class Op(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    CONTAINS = "contains"
    CONTAINS_NOT = "contains_not"
    STARTS = "starts"
    ENDS = "ends"
    EMPTY = "empty"
    FILLED = "filled"
    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    BETWEEN = "between"
    ON = "on"
    BEFORE = "before"
    AFTER = "after"
    FROM_TO = "from_to"
    LAST_DAYS = "last_days"
    NOT_LAST_DAYS = "not_last_days"
    NEXT_DAYS = "next_days"
    ANNIVERSARY = "anniversary"
    ON_DAY = "on_day"
    IN_MONTH = "in_month"
    YES = "yes"
    NO = "no"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    HAS_NONE = "has_none"
    SUBSCRIBED = "subscribed"
    NOT_SUBSCRIBED = "not_subscribed"
    UNCONFIRMED = "unconfirmed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    LISTED = "listed"
    NOT_LISTED = "not_listed"
    EVER = "ever"
    NEVER = "never"
    MAILING = "mailing"
    NOT_MAILING = "not_mailing"
    SOME_OF_LAST = "some_of_last"
    NONE_OF_LAST = "none_of_last"


_EMPTINESS = {Op.FILLED: Shape.NOTHING, Op.EMPTY: Shape.NOTHING}
_CALENDAR = {Op.ON: Shape.DAY, Op.BEFORE: Shape.DAY, Op.AFTER: Shape.DAY, Op.FROM_TO: Shape.DAYS}

# Kind → operator → shape of its value, in the order in which they are offered.
OPERATORS: dict[Kind, dict[Op, Shape]] = {
    Kind.TEXT: {
        Op.IS: Shape.TEXT,
        Op.IS_NOT: Shape.TEXT,
        Op.ONE_OF: Shape.TEXTS,
        Op.CONTAINS: Shape.TEXT,
        Op.CONTAINS_NOT: Shape.TEXT,
        Op.STARTS: Shape.TEXT,
        Op.ENDS: Shape.TEXT,
        **_EMPTINESS,
    },
    Kind.NUMBER: {
        **dict.fromkeys((Op.EQ, Op.NE, Op.GT, Op.GE, Op.LT, Op.LE), Shape.NUMBER),
        Op.BETWEEN: Shape.RANGE,
        **_EMPTINESS,
    },
    Kind.DATE: {
        **_CALENDAR,
        Op.LAST_DAYS: Shape.COUNT,
        Op.NEXT_DAYS: Shape.COUNT,
        Op.ANNIVERSARY: Shape.COUNT,
        Op.IN_MONTH: Shape.MONTH,
        **_EMPTINESS,
    },
    Kind.BIRTHDAY: {Op.ANNIVERSARY: Shape.COUNT, Op.ON_DAY: Shape.MONTH_DAY, Op.IN_MONTH: Shape.MONTH, **_EMPTINESS},
    Kind.YES_NO: {Op.YES: Shape.NOTHING, Op.NO: Shape.NOTHING, Op.EMPTY: Shape.NOTHING},
    Kind.CHOICE: {Op.ANY_OF: Shape.OPTIONS, Op.NONE_OF: Shape.OPTIONS, **_EMPTINESS},
    Kind.CHOICES: {
        Op.HAS_ANY: Shape.OPTIONS,
        Op.HAS_ALL: Shape.OPTIONS,
        Op.HAS_NONE: Shape.OPTIONS,
        **_EMPTINESS,
    },
    Kind.MOMENT: {**_CALENDAR, Op.LAST_DAYS: Shape.COUNT, Op.NOT_LAST_DAYS: Shape.COUNT},
    Kind.LIST: dict.fromkeys(
        (
            Op.SUBSCRIBED,
            Op.NOT_SUBSCRIBED,
            Op.UNCONFIRMED,
            Op.UNSUBSCRIBED,
            Op.BOUNCED,
            Op.COMPLAINED,
            Op.LISTED,
            Op.NOT_LISTED,
        ),
        Shape.SOME_OPTIONS,
    ),
    Kind.CONSENT: {Op.ANY_OF: Shape.OPTIONS, Op.NONE_OF: Shape.OPTIONS},
    Kind.REACTION: {
        Op.MAILING: Shape.OPTIONS,
        Op.NOT_MAILING: Shape.OPTIONS,
        Op.EVER: Shape.NOTHING,
        Op.NEVER: Shape.NOTHING,
        Op.LAST_DAYS: Shape.COUNT,
        Op.NOT_LAST_DAYS: Shape.COUNT,
        Op.SOME_OF_LAST: Shape.COUNT,
        Op.NONE_OF_LAST: Shape.COUNT,
    },
    Kind.LINK: {Op.ANY_OF: Shape.OPTIONS, Op.NONE_OF: Shape.OPTIONS},
    Kind.BOUNCE: {
        Op.EVER: Shape.NOTHING,
        Op.NEVER: Shape.NOTHING,
        Op.ANY_OF: Shape.OPTIONS,
        Op.LAST_DAYS: Shape.COUNT,
    },
    Kind.IMPORT: {Op.ANY_OF: Shape.OPTIONS, Op.NONE_OF: Shape.OPTIONS},
}

# What can be asked of every workspace; fields come on top as ``field:<key>``.
FIXED: dict[str, Kind] = {
    "address": Kind.TEXT,
    "domain": Kind.TEXT,
    "name": Kind.TEXT,
    "known_since": Kind.MOMENT,
    "list": Kind.LIST,
    "consent_source": Kind.CONSENT,
    "consent_date": Kind.MOMENT,
    "meant": Kind.REACTION,
    "sent": Kind.REACTION,
    "unreached": Kind.REACTION,
    "opened": Kind.REACTION,
    "clicked": Kind.REACTION,
    "left": Kind.REACTION,
    "link": Kind.LINK,
    "bounced": Kind.BOUNCE,
    "import": Kind.IMPORT,
}
FIELD = "field:"
# Their options are numbers.
NUMBERED = frozenset({Kind.LIST, Kind.REACTION, Kind.IMPORT})
