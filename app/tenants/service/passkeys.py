"""Passkeys (WebAuthn level 2): made and checked for the one host that a workspace has.

A challenge is a dated token of ours and is taken once, so nothing needs to be kept while somebody looks at a page.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core import tokens
from app.core.db import db
from app.core.errors import N_, Invalid, NotFound
from app.core.redis import redis
from app.core.tenancy import current_tenant_id
from app.tenants import queries
from app.tenants.models import Passkey
from app.tenants.queries import MemberView
from app.tenants.service.second_factor import factors, must_keep_one

CHALLENGE_SECONDS = 3600


class PasskeyRefused(Invalid):
    message = N_("This passkey was not accepted. Reload the page and try again, or come in another way.")


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A passkey as its owner sees it."""

    id: int
    name: str
    host: str
    created_at: datetime
    used_at: datetime | None


def passkeys_of(account_id: int) -> list[PasskeyView]:
    columns = [getattr(Passkey, name) for name in PasskeyView.__dataclass_fields__]
    query = sa.select(*columns).where(Passkey.account_id == account_id).order_by(Passkey.id)
    return [PasskeyView(*row) for row in db.session.execute(query)]


def creation_options(member: MemberView) -> str:
    """Return, as JSON, what the browser is asked to make for a member of the present workspace."""
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name="messagepark",
        user_id=f"{member.account_id}".encode(),
        user_name=member.email,
        user_display_name=member.display_name,
        challenge=_challenge("create", member.account_id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(member.account_id),
    )
    return options_to_json(options)


def request_options(member: MemberView | None = None) -> str:
    """Return, as JSON, what the browser is asked to sign: by a key of this member, or of whoever has one here."""
    options = webauthn.generate_authentication_options(
        rp_id=_host(),
        challenge=_challenge("get", member.account_id if member else 0),
        allow_credentials=_descriptors(member.account_id) if member else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def _host() -> str:
    return urlsplit(_origin()).hostname or ""


def _origin() -> str:
    return queries.current_workspace().url


def _descriptors(account_id: int) -> list[PublicKeyCredentialDescriptor]:
    query = sa.select(Passkey.credential).where(Passkey.account_id == account_id, Passkey.host == _host())
    return [PublicKeyCredentialDescriptor(id=credential) for credential in db.session.scalars(query)]


def _challenge(use: str, account_id: int) -> bytes:
    return tokens.sign(f"passkey-{use}", [current_tenant_id(), account_id, secrets.token_urlsafe(16)]).encode()


def _take_challenge(use: str, account_id: int, answer: str) -> bytes:
    """Return the challenge that a browser answered, if it is ours, of this use, fresh, and not yet taken."""
    try:
        client = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(client["challenge"])
        tenant, whose, _ = tokens.read(f"passkey-{use}", challenge.decode(), max_age=CHALLENGE_SECONDS)
    except (ValueError, KeyError, TypeError, tokens.BadToken) as error:
        raise PasskeyRefused from error
    taken = redis().set(f"passkey:{challenge.decode()}", 1, ex=CHALLENGE_SECONDS, nx=True)
    if (tenant, whose) != (current_tenant_id(), account_id) or not taken:
        raise PasskeyRefused
    return challenge


def add_passkey(member: MemberView, *, name: str, answer: str) -> None:
    """Keep the key that the browser has made.

    Raises:
        PasskeyRefused: the answer is not one to our question, or the key is kept already.
    """
    challenge = _take_challenge("create", member.account_id, answer)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError) as error:
        raise PasskeyRefused from error
    row = Passkey(
        account_id=member.account_id, host=_host(), name=name, credential=made.credential_id,
        public_key=made.credential_public_key, sign_count=made.sign_count,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except sa.exc.IntegrityError as error:
        raise PasskeyRefused from error


def member_by_passkey(answer: str, *, of: MemberView | None = None) -> MemberView:
    """Return the member of the present workspace whose key has signed; `of`: nobody else's will do.

    The device has asked for a finger, a face or a PIN, so a passkey alone is two factors.

    Raises:
        PasskeyRefused: the key is not known here, or the signature is not right.
    """
    challenge = _take_challenge("get", of.account_id if of else 0, answer)
    passkey = _known(answer)
    member = queries.member_of_account(passkey.account_id) if passkey else None
    if passkey is None or member is None or (of and of.account_id != member.account_id):
        raise PasskeyRefused
    try:
        proven = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError) as error:
        raise PasskeyRefused from error
    passkey.sign_count, passkey.used_at = proven.new_sign_count, sa.func.now()
    return member


def _known(answer: str) -> Passkey | None:
    try:
        credential = base64url_to_bytes(json.loads(answer)["rawId"])
    except (ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused from error
    return db.session.scalar(sa.select(Passkey).where(Passkey.credential == credential, Passkey.host == _host()))


def remove_passkey(passkey_id: int, member: MemberView) -> None:
    """Accept a key no more.

    Raises:
        NotFound: the person has no such key.
        SecondFactorNeeded: the workspace requires a second factor, and this is the last.
    """
    present = factors(member.account_id)
    if present.passkeys == 1 and not present.app:
        must_keep_one()
    own = sa.and_(Passkey.id == passkey_id, Passkey.account_id == member.account_id)
    if db.session.scalar(sa.delete(Passkey).where(own).returning(Passkey.id)) is None:
        raise NotFound
