"""Nobody comes in to the console with a password alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.core.limits import forgive
from app.core.second_factor import STEP_SECONDS
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.operator import factors
from app.operator.models import OperatorFactor
from tests.support.console import EMAIL, operator_account, stranger_at_console
from tests.support.workspaces import PASSWORD


@pytest.fixture
def account_id(dispatcher: Dispatcher) -> int:
    """The operator, without a second factor, and with no try counted."""
    account = operator_account(dispatcher)
    with dispatcher.site.app_context(), unit_of_work(), control_plane():
        db.session.execute(sa.delete(OperatorFactor))
        forgive("operator-code", str(account.id))
    return account.id


def half_way(dispatcher: Dispatcher) -> FlaskClient:
    client = stranger_at_console(dispatcher)
    assert client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}).location == "/second-factor"
    return client


def secret_on(page: str) -> str:
    found = re.search(r'data-copy="([A-Z2-7]{32})"', page)
    assert found, page
    return found[1]


def set_up(dispatcher: Dispatcher) -> tuple[FlaskClient, str, list[str]]:
    """Set the factor up as a person does; returns the browser, the secret and the recovery codes."""
    client = half_way(dispatcher)
    secret = secret_on(client.get("/second-factor").text)
    page = client.post("/second-factor", data={"code": pyotp.TOTP(secret).now()}).text
    return client, secret, re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", page)


def later(secret: str, steps: int = 1) -> str:
    """A code that the app shows a moment later: the present one was used to set it up."""
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=steps * STEP_SECONDS))


def test_the_first_time_it_is_set_up_and_recovery_codes_are_shown_once(dispatcher: Dispatcher, account_id: int) -> None:
    client, _secret, codes = set_up(dispatcher)
    assert len(codes) == 10
    assert client.get("/").status_code == 200
    assert codes[0] not in client.get("/second-factor").text


def test_the_next_time_a_code_is_asked_for(dispatcher: Dispatcher, account_id: int) -> None:
    _client, secret, _codes = set_up(dispatcher)
    client = half_way(dispatcher)
    assert "data-copy" not in client.get("/second-factor").text, "the secret is not shown again"
    assert client.post("/second-factor", data={"code": "000000"}).status_code == 422
    assert client.get("/").status_code == 302
    assert client.post("/second-factor", data={"code": later(secret)}).location == "/"
    assert client.get("/").status_code == 200


def test_a_code_opens_once(dispatcher: Dispatcher, account_id: int) -> None:
    _client, secret, codes = set_up(dispatcher)
    code = later(secret)
    for answer in (303, 422):
        assert half_way(dispatcher).post("/second-factor", data={"code": code}).status_code == answer
    for answer in (303, 422):
        assert half_way(dispatcher).post("/second-factor", data={"code": codes[3].upper()}).status_code == answer


def test_a_wrong_first_code_sets_nothing_up(dispatcher: Dispatcher, account_id: int) -> None:
    client = half_way(dispatcher)
    assert client.post("/second-factor", data={"code": "12345"}).status_code == 422
    with dispatcher.site.app_context():
        assert not factors.is_set_up(account_id)


def test_codes_cannot_be_guessed(dispatcher: Dispatcher, account_id: int) -> None:
    set_up(dispatcher)
    client = half_way(dispatcher)
    tried = [client.post("/second-factor", data={"code": f"{n:06}"}).status_code for n in range(11)]
    assert tried[-1] == 429


def test_without_the_password_there_is_no_second_step(stranger: FlaskClient, account_id: int) -> None:
    assert stranger.get("/second-factor").location == "/sign-in"
    assert stranger.post("/second-factor", data={"code": "123456"}).location == "/sign-in"


def test_the_secret_is_sealed(dispatcher: Dispatcher, account_id: int) -> None:
    _client, secret, codes = set_up(dispatcher)
    with dispatcher.site.app_context(), control_plane():
        (kept,) = db.session.scalars(sa.select(OperatorFactor))
        assert secret.encode() not in kept.secret
        assert not set(codes) & set(kept.recovery)
