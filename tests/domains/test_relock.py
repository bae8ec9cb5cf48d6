"""After a change of the master secret all keys are locked anew, or none is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from app import relock
from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.domains import queries
from app.domains.models import DomainKey, ServiceKey
from app.factory import use
from config.settings import Settings
from tests.domains.conftest import Owned
from tests.support.workspaces import Place

NEW = "the secret after the change, long enough for anybody"
Add = Callable[..., Owned]


@pytest.fixture
def environment(settings: Settings, workspace: Place) -> Iterator[dict[str, str]]:
    """What the command reads after the change. Other tests have keys in this database: they get them back as before."""
    given = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "MESSAGEPARK_BASE_URL": settings.base_url,
    }
    yield given | {"MESSAGEPARK_SECRET_KEY": NEW, relock.OLD_SECRET: settings.secret_key}
    assert relock.main(given | {"MESSAGEPARK_SECRET_KEY": settings.secret_key, relock.OLD_SECRET: NEW}) == 0
    use(settings)


def locked(place: Place) -> dict[str, bytes]:
    """Every private key as it is stored, the service's too."""
    with place.inside(), control_plane():
        columns = (DomainKey.tenant_id, DomainKey.domain_id, DomainKey.selector, DomainKey.locked)
        rows = {f"{t}/{d}/{s}": data for t, d, s, data in db.session.execute(sa.select(*columns))}
        ours = {s: data for s, data in db.session.execute(sa.select(ServiceKey.selector, ServiceKey.locked))}  # noqa: C416
    return rows | ours


@pytest.mark.usefixtures("service_keys")
def test_all_keys_of_everybody_open_with_the_new_secret(
    add: Add,
    workspace: Place,
    other_workspace: Place,
    name: str,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    add(workspace, name, ready=True)
    add(other_workspace, f"other-{name}", ready=True)
    with workspace.inside():
        before = queries.signing_keys(f"news@{name}")
    stored = locked(workspace)
    assert relock.main(environment) == 0
    assert capsys.readouterr().out == f"{len(stored)} keys are locked with the new secret.\n"
    after = locked(workspace)
    assert stored.keys() == after.keys()
    assert not set(stored.values()) & set(after.values())
    with workspace.inside():
        assert queries.signing_keys(f"news@{name}") == before
        assert [i.domain for i in queries.signing_keys("no-reply@messagepark.test")] == ["messagepark.test"]
    with other_workspace.inside():
        assert [i.domain for i in queries.signing_keys(f"news@other-{name}")] == [f"other-{name}"]
    # Again: nothing is left to do.
    assert relock.main(environment) == 0
    assert locked(workspace) == after


def test_one_key_that_does_not_open_changes_nothing(
    add: Add, workspace: Place, name: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    owned = add(workspace, name, ready=True)
    whole = keep(owned, b"what nobody locked")
    before = locked(workspace)
    assert relock.main(environment) == 1
    assert "Nothing was changed" in capsys.readouterr().err
    assert locked(workspace) == before
    keep(owned, whole)


def keep(owned: Owned, data: bytes) -> bytes:
    """Put something else in the place of a key; return what was there."""
    with owned.place.app.app_context(), unit_of_work():
        key = db.session.get_one(DomainKey, (owned.place.id, owned.id, "mp2"))
        before, key.locked = key.locked, data
    return before


def test_a_wrong_old_secret_changes_nothing(add: Add, workspace: Place, name: str, environment: dict[str, str]) -> None:
    add(workspace, name)
    before = locked(workspace)
    assert relock.main(environment | {relock.OLD_SECRET: "not what it was"}) == 1
    assert locked(workspace) == before


def test_without_the_old_secret_it_says_what_to_set(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert relock.main(environment | {relock.OLD_SECRET: ""}) == 2
    assert relock.OLD_SECRET in capsys.readouterr().err
