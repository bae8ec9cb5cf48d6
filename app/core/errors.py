"""Domain errors: what can go wrong for a person, in words, with what to answer and whether to try again.

`app.web.errors` is the one table that turns them into responses.
"""

from __future__ import annotations


def N_(message: str) -> str:
    """Mark a message for translation without translating it."""
    return message


class DomainError(Exception):
    """A rule was not met. `message` is an English msgid; its ``%(name)s`` parts come from `params`."""

    message = N_("That could not be done.")
    status = 409
    retry = False

    def __init__(self, message: str | None = None, **params: object) -> None:
        self.message = message or type(self).message
        self.params = params
        super().__init__(self.message % params if params else self.message)


class NotFound(DomainError):
    message = N_("This page is not here. It may have been moved or deleted.")
    status = 404


class Forbidden(DomainError):
    message = N_("Your role does not allow this. Ask an administrator of the workspace.")
    status = 403


class Conflict(DomainError):
    message = N_("Somebody else changed this in the meantime. Nothing of yours was lost: look and save again.")
    status = 409


class Invalid(DomainError):
    message = N_("Something here is not right yet.")
    status = 422


class QuotaExceeded(DomainError):
    message = N_("This would go over the month's limit of %(limit)s mails. Nothing was sent.")
    status = 409


class RateLimited(DomainError):
    message = N_("Too many tries. Wait %(minutes)s minutes and try again.")
    status = 429
    retry = True


class Unavailable(DomainError):
    message = N_("A part of the service is not answering. Nothing was lost; try again in a minute.")
    status = 503
    retry = True
