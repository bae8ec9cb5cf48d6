"""Who gives the yes where somebody must ask before a mailing goes."""

from __future__ import annotations

from enum import StrEnum


class Approvers(StrEnum):
    """Administrators and owners, or any second person who may send. Never whoever asks."""

    ADMINS = "admins"
    ANYBODY = "anybody"
