"""What goes over the wire: the shapes of requests and answers. Their names and fields are the contract: none goes away.

The descriptions are English msgids; those who read them in Korean get them in Korean.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from app.core.errors import N_
from app.lists.states import SubscriptionState
from app.reports.people import Group

MOST_ON_A_PAGE = 200
Number = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Cell = str | int | float | bool | None


class Given(Struct, forbid_unknown_fields=True):
    """What a request carries: a field that we do not know is a mistake, and is said to be one."""


class Page(Given):
    """Which piece of something long."""

    limit: Annotated[int, Meta(ge=1, le=MOST_ON_A_PAGE, description=N_("How many at most."))] = 50
    after: Annotated[
        Number | None, Meta(description=N_("Where the last piece ended: its “next”. Without it, the first piece."))
    ] = None


class MailingList(Struct):
    """A list, and how many people are in which state on it."""

    id: int
    code: str
    title: str
    description: str
    subscribed: int
    unconfirmed: int
    unsubscribed: int
    bounced: int
    complained: int
    created_at: datetime


class Lists(Struct):
    items: list[MailingList]
    next: int | None = None


class Contact(Struct):
    """A person. `fields` by the keys of the workspace's fields."""

    id: int
    address: str
    name: str
    fields: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Contacts(Struct):
    items: list[Contact]
    next: int | None = None


class Subscription(Struct):
    """A person's place on a list, how it came to be, and who or what moved it last."""

    list_id: int
    title: str
    state: str
    source: str
    consent: str
    changed_by: str
    changed_at: datetime


class Subscriber(Struct):
    """A person as a line of a list."""

    contact_id: int
    address: str
    name: str
    state: str
    changed_at: datetime
    suppressed: bool


class Subscribers(Struct):
    items: list[Subscriber]
    next: int | None = None


class ContactWhole(Struct):
    """A person with all their places on lists. Mail to a suppressed address is never sent."""

    contact: Contact
    suppressed: str | None
    subscriptions: list[Subscription]


class ContactsAsked(Page):
    address: Annotated[
        Annotated[str, Meta(max_length=254)] | None,
        Meta(description=N_("Only the person of this address, however it is written.")),
    ] = None


class SubscribersAsked(Page):
    state: Annotated[SubscriptionState | None, Meta(description=N_("Only people in this state."))] = None


class ContactGiven(Given):
    address: Annotated[str, Meta(min_length=3, max_length=254)]
    name: Annotated[str, Meta(max_length=200, description=N_("An empty name leaves the known one as it is."))] = ""
    fields: Annotated[
        dict[str, str],
        Meta(description=N_("By the keys of the workspace’s fields, as text. An empty text forgets the value.")),
    ] = {}


class SubscriptionGiven(ContactGiven, kw_only=True):
    consent: Annotated[
        str, Meta(min_length=1, max_length=1000, description=N_("How the person agreed to get mail: where and when."))
    ]


class AddressGiven(Given):
    address: Annotated[str, Meta(min_length=3, max_length=254)]


State = Literal[
    "draft", "asked", "scheduled", "held", "launching", "running", "paused", "cancelling", "cancelled", "finished"
]


class Mailing(Struct):
    """A mail. One that is `asked` waits for a second person's yes, one that is `held` for something that it lacks."""

    id: int
    state: State
    subject: str
    kind: str
    sender_name: str
    sender_address: str
    reply_to: str
    list_ids: list[int]
    segment_ids: list[int]
    excluded_list_ids: list[int]
    excluded_segment_ids: list[int]
    created_at: datetime
    updated_at: datetime
    planned_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class Mailings(Struct):
    items: list[Mailing]
    next: int | None = None


class MailingGiven(Given):
    subject: Annotated[str, Meta(max_length=200, description=N_("Empty: that of the template."))] = ""
    html: Annotated[
        Annotated[str, Meta(max_length=2_000_000)] | UnsetType,
        Meta(description=N_("The body. Either this, or a template.")),
    ] = UNSET
    template_id: Annotated[
        Number | UnsetType, Meta(description=N_("A template of the workspace that the mail begins with."))
    ] = UNSET
    kind: Literal["newsletter", "notice", "advertising"] = "newsletter"
    sender_name: Annotated[str, Meta(max_length=100, description=N_("Empty: the workspace’s."))] = ""
    sender_address: Annotated[str, Meta(max_length=254, description=N_("Empty: the workspace’s."))] = ""
    reply_to: Annotated[str, Meta(max_length=254)] = ""
    list_ids: list[Number] = []
    segment_ids: list[Number] = []
    excluded_list_ids: list[Number] = []
    excluded_segment_ids: list[Number] = []


class LaunchGiven(Given):
    at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description=N_("When, with an offset, as in 2026-12-24T09:00:00+09:00. Without it: at once.")),
    ] = None
    recipients: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(
            description=N_(
                "How many people you expect. Where it is noticeably another number by now, nothing is sent. Some"
                " workspaces want it for large mailings."
            )
        ),
    ] = None
    note: Annotated[
        str, Meta(max_length=500, description=N_("For whoever must approve, where the workspace wants that."))
    ] = ""


class Cancellation(Struct):
    """What a cancellation came to. `draft`: nothing had begun, and the mail can be changed again."""

    sent: int
    in_flight: int
    not_sent: int
    draft: bool


class Link(Struct):
    """A link of a mail, and how often people and machines clicked it."""

    number: int
    url: str
    label: str
    clicks: int
    machine_clicks: int


class Hour(Struct):
    """Opens and clicks of people in the hour that begins `at`."""

    at: datetime
    opens: int
    clicks: int


class Report(Struct):
    """What became of a mailing. Openers, clickers, unsubscribers and complainers are people; machines stand beside."""

    mailing_id: int
    state: str
    subject: str
    planned_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    recipients: int
    suppressed: int
    waiting: int
    deferred: int
    accepted: int
    bounced: int
    expired: int
    cancelled: int
    openers: int
    clickers: int
    unsubscribers: int
    complainers: int
    opens: int
    clicks: int
    machine_opens: int
    machine_clicks: int
    glanced: int
    skimmed: int
    studied: int
    forwarders: int
    bounces: dict[str, int]
    links: list[Link]
    hours: list[Hour]


class Recipient(Struct):
    """Somebody a mailing went to, and what they did first and how often."""

    number: int
    contact_id: int
    address: str
    name: str
    state: str
    bounce: str
    reply: str
    answered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    unsubscribed_at: datetime | None
    complained_at: datetime | None
    opens: int
    clicks: int
    forwards: int


class Recipients(Struct):
    items: list[Recipient]
    next: int | None = None


class RecipientsAsked(Page):
    group: Annotated[Group, Meta(description=N_("Only those of whom this is true."))] = Group.ALL


class Table(Struct):
    """Rows under a head, as the page shows them. Shares are numbers from 0 to 1, days are texts (ISO 8601)."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]


class Tables(Struct):
    items: list[Table]


class Fault(Struct):
    """What is wrong with one part of a request; `pointer` leads there (RFC 6901)."""

    pointer: str
    detail: str


class Problem(Struct):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | UnsetType = UNSET


class Usage(Struct):
    """The month so far. Reserved mails belong to mailings under way."""

    plan: str
    limit: int
    reserved: int
    sent: int
    left: int
    overage: int
