"""All workspaces: finding one, seeing how it is, suspending it, stopping its mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.domains import service as domains
from app.operator import queries as console
from app.operator.queries import Show, WorkspaceRow
from app.reports.models import DayCount
from app.tenants import mail_orders, queries, service, support
from app.tenants.support import Act
from tests.support.content import fill
from tests.support.workspaces import Place


def row(place: Place) -> WorkspaceRow:
    with place.inside():
        found = console.workspace_row(place.id)
        assert found is not None
        return found


def found(place: Place, text: str, show: Show = Show.ALL) -> list[int]:
    with place.inside():
        return [one.id for one in console.workspaces(text, show)]


@pytest.mark.parametrize("by", ["name", "slug", "member", "domain", "number"])
def test_a_workspace_is_found(workspace: Place, other_workspace: Place, by: str) -> None:
    with workspace.inside():
        domains.add_domain(f"{workspace.slug}.example")
    text = {
        "name": workspace.workspace.name.upper(), "slug": workspace.slug, "member": workspace.email,
        "domain": f"{workspace.slug}.example", "number": str(workspace.id),
    }[by]  # fmt: skip
    assert workspace.id in found(workspace, text)
    assert by == "number" or other_workspace.id not in found(workspace, text)


def test_what_is_searched_for_is_no_pattern(workspace: Place) -> None:
    assert found(workspace, "%") == []
    assert found(workspace, "nobody's name\\") == []


def test_the_page_lists_them_with_their_state(operator: FlaskClient, workspace: Place) -> None:
    page = operator.get("/", query_string={"q": workspace.slug}).text
    assert workspace.workspace.name in page
    assert f'/workspaces/{workspace.id}"' in page
    assert "No workspace is found" in operator.get("/?q=nobody-at-all").text
    assert operator.get("/?show=nonsense&before=x").status_code == 200


def test_more_than_a_page_is_reached_by_its_end(
    monkeypatch: pytest.MonkeyPatch, operator: FlaskClient, workspace: Place, other_workspace: Place
) -> None:
    monkeypatch.setattr(console, "PAGE", 1)
    first = operator.get("/", query_string={"q": "tenant-"}).text
    assert 'rel="next"' in first
    with workspace.inside():
        newest = console.workspaces("tenant-")[0].id
    second = operator.get("/", query_string={"q": "tenant-", "before": newest}).text
    assert f'/workspaces/{newest}"' not in second


def test_many_bounces_are_seen(workspace: Place, other_workspace: Place) -> None:
    today = clock.now().date()
    with workspace.inside():
        db.session.add(DayCount(day=today - timedelta(days=1), accepted=900, bounced=100))
    with other_workspace.inside():
        db.session.add(DayCount(day=today - timedelta(days=1), accepted=9, bounced=1))
    assert row(workspace).bounces_badly
    assert row(other_workspace).bounce_rate is None, "ten mails say nothing yet"
    shown = found(workspace, "", Show.BOUNCING)
    assert workspace.id in shown
    assert other_workspace.id not in shown


def test_the_page_of_a_workspace_shows_what_is_in_it(
    operator: FlaskClient, workspace: Place, other_workspace: Place
) -> None:
    fill(workspace)
    page = operator.get(f"/workspaces/{workspace.id}").text
    for said in (workspace.email, "daily.example", "Today", workspace.url):
        assert said in page
    assert other_workspace.email not in page
    assert operator.get("/workspaces/999999999").status_code == 404


def test_a_suspended_workspace_sends_nothing_and_comes_back(operator: FlaskClient, workspace: Place) -> None:
    path = f"/workspaces/{workspace.id}/suspensions"
    assert operator.post(path).status_code == 303
    with workspace.inside():
        assert queries.current_workspace().state == "suspended"
        assert workspace.id in mail_orders.standing().stopped
        with pytest.raises(service.Suspended):
            service.require_verified()
    assert workspace.id in found(workspace, "", Show.STOPPED)
    assert "suspended" in operator.get(f"/workspaces/{workspace.id}").text
    assert operator.post(path).status_code == 404, "it is suspended already"
    assert operator.post(f"{path}/removals").status_code == 303
    with workspace.inside():
        service.require_verified()
        assert workspace.id not in mail_orders.standing().stopped
    assert operator.post(f"{path}/removals").status_code == 404


def test_stopped_mail_is_let_go_again(operator: FlaskClient, workspace: Place, other_workspace: Place) -> None:
    assert operator.post(f"/workspaces/{workspace.id}/stops").status_code == 303
    assert row(workspace).stopped == "operator@example.com"
    assert row(other_workspace).stopped is None
    assert operator.post(f"/workspaces/{workspace.id}/stops/removals").status_code == 303
    assert row(workspace).stopped is None
    assert operator.post("/workspaces/999999999/stops").status_code == 404


def test_what_operators_do_is_written_down_for_the_workspace_to_read(
    operator: FlaskClient, workspace: Place, other_workspace: Place
) -> None:
    operator.post(f"/workspaces/{workspace.id}/stops")
    with workspace.inside():
        (act,) = support.acts()
    assert (act.act, act.by) == (Act.MAIL_STOPPED, "operator@example.com")
    with other_workspace.inside():
        assert support.acts() == []


def test_a_workspace_cannot_change_what_was_written_down(operator: FlaskClient, workspace: Place) -> None:
    operator.post(f"/workspaces/{workspace.id}/stops")
    for statement in ("DELETE FROM operator_acts", "UPDATE operator_acts SET operator = 'somebody'"):
        with pytest.raises(Exception, match="permission denied"), workspace.inside():
            db.session.connection().exec_driver_sql(statement)
