"""What a compiled mail is made of: literal text, and places for what differs from one recipient to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.document.merge import Form


@dataclass(frozen=True, slots=True)
class SlotRef:
    """A place for a recipient's value: slot 0 is the token, slot n the n-th of `CompiledMail.slots`."""

    n: int
    form: Form


Segments = list[str | SlotRef]


@dataclass(frozen=True, slots=True)
class TrackedLink:
    """A link whose clicks are counted. `url` is unescaped and keeps its merge tags: `merge.render(url, …, "url")`."""

    number: int
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class MergeSlot:
    """A value, with its default, the format it is written in and the language of that."""

    name: str
    default: str
    format: str = ""
    locale: str = "ko"


@dataclass(frozen=True, slots=True)
class BlockSlot:
    """Something that only those see who meet a condition: the n-th of the mail, counted from 1.

    `segments` point to slots before this one.
    """

    condition: int
    segments: Segments


Slots = Sequence[MergeSlot | BlockSlot]


@dataclass(frozen=True, slots=True)
class CompiledMail:
    """`slots` are counted from 1; the token is slot 0 and not among them."""

    subject: Segments
    html: Segments
    text: Segments
    links: list[TrackedLink]
    slots: list[MergeSlot | BlockSlot]

    @property
    def conditions(self) -> set[int]:
        """The numbers of the conditions that decide about something."""
        return {slot.condition for slot in self.slots if isinstance(slot, BlockSlot)}


@dataclass(frozen=True, slots=True)
class RenderedMail:
    subject: str
    html: str
    text: str
