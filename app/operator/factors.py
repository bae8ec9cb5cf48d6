"""The second factor of operators: nobody comes in with a password alone. Control plane throughout."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core import crypto
from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.second_factor import matching_step, new_recovery_codes, recovery_hash
from app.core.tenancy import control_plane
from app.operator.models import OperatorFactor


class WrongCode(Invalid):
    about = "code"
    message = N_("This code is not right, or was used already. Wait for the next one.")


def is_set_up(account_id: int) -> bool:
    with control_plane():
        return db.session.scalar(sa.select(OperatorFactor.account_id).filter_by(account_id=account_id)) is not None


def set_up(account_id: int, secret: str, code: str, *, now: datetime) -> list[str]:
    """Store a secret whose first code is right, and return the recovery codes, which are shown this once.

    Raises:
        WrongCode: not the secret's, or the account has another one by now.
    """
    step = matching_step(secret, code, after=0, now=now)
    if step is None:
        raise WrongCode
    codes = new_recovery_codes()
    fresh = insert(OperatorFactor).values(
        account_id=account_id, secret=crypto.seal(secret, purpose=_purpose(account_id)), last_step=step,
        recovery=[recovery_hash(each) for each in codes],
    ).on_conflict_do_nothing()  # fmt: skip
    with control_plane():
        if db.session.scalar(fresh.returning(OperatorFactor.account_id)) is None:
            raise WrongCode
    return codes


def check(account_id: int, code: str, *, now: datetime) -> None:
    """Let a code of the app pass, or a recovery code; each opens once.

    Raises:
        WrongCode: it does not, or did before.
    """
    mine = OperatorFactor.account_id == account_id
    with control_plane():
        factor = db.session.scalar(sa.select(OperatorFactor).where(mine))
        if factor is None:
            raise WrongCode
        secret = crypto.unseal(factor.secret, purpose=_purpose(account_id))
        step = matching_step(secret, code, after=factor.last_step, now=now)
        used = recovery_hash(code)
        if step is not None:
            opened = sa.update(OperatorFactor).where(mine, OperatorFactor.last_step < step).values(last_step=step)
        else:
            left = sa.func.array_remove(OperatorFactor.recovery, used)
            opened = sa.update(OperatorFactor).where(mine, OperatorFactor.recovery.contains([used]))
            opened = opened.values(recovery=left)
        if db.session.scalar(opened.returning(OperatorFactor.account_id)) is None:
            raise WrongCode


def forget(account_id: int) -> bool:
    """Forget a second factor that is lost: the next sign-in sets up another. False: there is none."""
    gone = sa.delete(OperatorFactor).where(OperatorFactor.account_id == account_id)
    with control_plane():
        return db.session.scalar(gone.returning(OperatorFactor.account_id)) is not None


def _purpose(account_id: int) -> str:
    return f"second factor of operator {account_id}"
