"""A person's second factor: an app that shows six digits, passkeys, and recovery codes for when both are gone."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from app.core import second_factor
from app.core.crypto import seal, unseal
from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.tenancy import current_tenant_id
from app.tenants.models import Account, Passkey, RecoveryCode, Tenant
from app.tenants.queries import MemberView


class WrongCode(Invalid):
    about = "code"
    message = N_("This code is not right, or it was used before. Wait for the next one and enter that.")


class SecondFactorNeeded(Invalid):
    message = N_("This workspace asks everybody for a second step. Add another one before you remove this.")


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has beside the password."""

    app: bool
    passkeys: int
    recovery_codes: int

    @property
    def any(self) -> bool:
        return self.app or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Offered:
    """A new secret for an app: sealed for the form that carries it, as text, and as a picture."""

    sealed: str
    secret: str
    svg: str


def factors(account_id: int) -> Factors:
    """Return what a member of the present workspace has beside the password."""
    codes = sa.select(sa.func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    keys = sa.select(sa.func.count()).where(Passkey.account_id == account_id)
    app = sa.select(Account.totp_secret.is_not(None)).where(Account.id == account_id)
    query = sa.select(app.scalar_subquery(), keys.scalar_subquery(), codes.scalar_subquery())
    row = db.session.execute(query).one()
    return Factors(bool(row[0]), row[1], row[2])


def offer_app(member: MemberView, *, issuer: str, sealed: str = "") -> Offered:
    """Return a secret for the person's app: a new one, or the one that an earlier form carried."""
    secret = _opened(member, sealed) or second_factor.new_secret()
    uri = second_factor.provisioning_uri(secret, account=member.email, issuer=issuer)
    closed = urlsafe_b64encode(seal(secret, purpose=_purpose(member.account_id))).decode()
    return Offered(closed, secret, second_factor.qr_svg(uri))


def _opened(member: MemberView, sealed: str) -> str | None:
    try:
        return unseal(urlsafe_b64decode(sealed), purpose=_purpose(member.account_id))
    except (InvalidTag, NotBase64, ValueError):
        return None


def _purpose(account_id: int) -> str:
    return f"second factor of {account_id}"


class WrongOldCode(WrongCode):
    about = "old"


def add_app(member: MemberView, *, sealed: str, code: str, old: str, now: datetime) -> None:
    """Keep the app that shows the right code; it is asked for from now on. Who has one already shows its code (`old`)
    or a recovery code too: a password and an open browser are not enough to take it away.

    Raises:
        WrongCode: the code is not that of the secret offered.
        WrongOldCode: not that of the app so far, nor a recovery code.
    """
    secret = _opened(member, sealed)
    step = second_factor.matching_step(secret, code, after=0, now=now) if secret else None
    if secret is None or step is None:
        raise WrongCode
    show_app(member, old, now=now)
    values = {"totp_secret": seal(secret, purpose=_purpose(member.account_id)), "totp_step": step}
    db.session.execute(sa.update(Account).where(Account.id == member.account_id).values(**values))


def show_app(member: MemberView, old: str, *, now: datetime) -> None:
    """Let pass who has no app, or shows the code of theirs or a recovery code.

    Raises:
        WrongOldCode: another one.
    """
    if not factors(member.account_id).app:
        return
    try:
        check_code(member, old, now=now)
    except WrongCode as error:
        raise WrongOldCode from error


def remove_app(member: MemberView, *, old: str, now: datetime) -> None:
    """Ask for the app's digits no more.

    Raises:
        WrongOldCode: not the app's, nor a recovery code.
        SecondFactorNeeded: the workspace requires one, and this is the last.
    """
    show_app(member, old, now=now)
    present = factors(member.account_id)
    if present.passkeys == 0:
        must_keep_one()
    db.session.execute(sa.update(Account).where(Account.id == member.account_id).values(totp_secret=None))


def must_keep_one() -> None:
    """Refuse to remove the last second factor where the workspace requires one."""
    if db.session.scalar(sa.select(Tenant.second_factor_required).where(Tenant.id == current_tenant_id())):
        raise SecondFactorNeeded


def renew_recovery_codes(member: MemberView) -> list[str]:
    """Return new recovery codes, to be shown now and never again; the old ones no longer open anything."""
    codes = second_factor.new_recovery_codes()
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == member.account_id))
    rows = [{"account_id": member.account_id, "hash": second_factor.recovery_hash(code)} for code in codes]
    db.session.execute(sa.insert(RecoveryCode), rows)
    return codes


def check_code(member: MemberView, code: str, *, now: datetime) -> None:
    """Let somebody pass who knows the app's digits or a recovery code; either works once.

    Raises:
        WrongCode: neither.
    """
    if not (_app_says(member.account_id, code, now) or _use_recovery_code(member.account_id, code)):
        raise WrongCode


def _app_says(account_id: int, code: str, now: datetime) -> bool:
    """The row is locked, so that a code cannot be used in two windows at the same moment."""
    query = sa.select(Account.totp_secret, Account.totp_step).where(Account.id == account_id).with_for_update()
    sealed, last = db.session.execute(query).one()
    if sealed is None:
        return False
    step = second_factor.matching_step(unseal(sealed, purpose=_purpose(account_id)), code, after=last, now=now)
    if step is None:
        return False
    db.session.execute(sa.update(Account).where(Account.id == account_id).values(totp_step=step))
    return True


def _use_recovery_code(account_id: int, code: str) -> bool:
    change = (
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.hash == second_factor.recovery_hash(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=sa.func.now())
        .returning(RecoveryCode.account_id)
    )
    return db.session.scalar(change) is not None


def require_second_factor(required: bool) -> None:
    """Ask everybody in the present workspace for a second factor, or leave it to them."""
    change = {"second_factor_required": required, "version": Tenant.version + 1}
    db.session.execute(sa.update(Tenant).where(Tenant.id == current_tenant_id()).values(**change))
