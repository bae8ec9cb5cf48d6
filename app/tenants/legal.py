"""Who sends, as the law wants it told, and which law that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Law(StrEnum):
    KOREA = "korea"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class LegalSender:
    """The sender of advertising. Korea wants all of it told; elsewhere a name and a postal address are enough."""

    law: Law
    name: str
    address: str
    phone: str
    contact: str

    @property
    def korean(self) -> bool:
        return self.law is Law.KOREA

    @property
    def complete(self) -> bool:
        return bool(self.name and self.address and (not self.korean or (self.phone and self.contact)))

    @property
    def words(self) -> str:
        """All that is known of the sender, in one line."""
        return " · ".join(filter(None, (self.name, self.address, self.phone, self.contact)))
