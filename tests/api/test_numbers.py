"""Every number that a program gets is the one that a person sees."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from app.billing.queries import usage
from app.core.clock import now
from app.reports import queries, tabled, views
from app.reports.cells import bare, text_of
from app.reports.people import Group
from app.tracking import queries as tracking
from tests.api.test_keys import Program
from tests.reports.sample import Fate, mailing
from tests.reports.test_numbers import recount
from tests.support.programs import program
from tests.support.workspaces import HostClient, Place


@pytest.fixture
def asking(workspace: Place) -> Program:
    return program(workspace)


def test_the_numbers_of_a_mailing_are_those_of_its_page(workspace: Place, asking: Program) -> None:
    mailing_id = mailing(workspace, Fate(30, 17, 4, 9, 3))
    told = asking.get(f"/mailings/{mailing_id}/report").json
    with workspace.inside():
        report = queries.report(mailing_id)
        view = views.report_view(report, "Asia/Seoul")
        groups = {group: len(seqs) for group, seqs in recount(mailing_id).items()}
        hours = tracking.hour_reactions(mailing_id)
        assert sum(each["opens"] for each in told["hours"]) == report.opens == sum(hour.opens for hour in hours)
    for name in told.keys() & queries.Report.__dataclass_fields__.keys():
        if isinstance(told[name], int):
            assert told[name] == getattr(report, name), name
    assert (told["recipients"], told["waiting"]) == (report.total, report.open_to)
    assert told["bounces"] == dict(view.bounces)
    assert [(link["url"], link["clicks"]) for link in told["links"]] == [(row.url, row.clicks) for row in view.links]
    assert (told["accepted"], told["openers"], told["clickers"]) == (
        groups[Group.DELIVERED], groups[Group.OPENED], groups[Group.CLICKED],
    )  # fmt: skip


def test_the_people_behind_a_number_are_as_many(workspace: Place, asking: Program) -> None:
    mailing_id = mailing(workspace, Fate())
    with workspace.inside():
        known = recount(mailing_id)
    for group, numbers in known.items():
        seen: set[int] = set()
        page = asking.get(f"/mailings/{mailing_id}/report/people?group={group.value}&limit=4").json
        while True:
            seen |= {each["number"] for each in page["items"]}
            if page["next"] is None:
                break
            path = f"/mailings/{mailing_id}/report/people?group={group.value}&limit=4&after={page['next']}"
            page = asking.get(path).json
        assert seen == numbers, group


@pytest.mark.parametrize(
    ("table", "page"),
    [
        ("delivery", "/reports/{}/delivery?as=csv"),
        ("clients", "/reports/{}/clients.csv"),
        ("orders", ""),
        ("readers", "/reports/{}/readers?as=csv"),
    ],
)
def test_the_tables_of_a_mailing_are_those_of_its_files(
    workspace: Place, client: HostClient, asking: Program, table: str, page: str
) -> None:
    mailing_id = mailing(workspace, Fate())
    english = {"Accept-Language": "en"}
    tables = asking.get(f"/mailings/{mailing_id}/report/tables/{table}", **english).json["items"]
    with workspace.app.test_request_context(base_url=workspace.url, headers=english):
        made = tabled.OF_MAILING[table](queries.begun(mailing_id))
        assert [len(each.rows) for each in made] == [len(each["rows"]) for each in tables]
    if page:
        rows = list(csv.reader(StringIO(client.get(page.format(mailing_id)).text.lstrip("\ufeff"))))
        assert rows[0] == tables[0]["columns"]
        assert len(rows) - 1 == len(tables[0]["rows"])


@pytest.mark.parametrize(
    ("table", "page"),
    [
        ("statistics", "/statistics?as=csv"), ("audience", "/statistics/audience?as=csv"),
        ("usage", "/statistics/usage?as=csv"), ("deliverability", "/statistics/deliverability?as=csv"),
        ("conversions", ""),
    ],
)  # fmt: skip
def test_the_tables_of_the_workspace_are_those_of_its_files(
    workspace: Place, client: HostClient, asking: Program, table: str, page: str
) -> None:
    mailing(workspace, Fate())
    english = {"Accept-Language": "en"}
    tables = asking.get(f"/reports/{table}", **english).json["items"]
    with workspace.app.test_request_context(base_url=workspace.url, headers=english):
        made = tabled.OF_WORKSPACE[table]()
        wanted = [[text_of(cell) for cell in bare(row)] for row in made[0].rows] if made else []
    if page:
        rows = list(csv.reader(StringIO(client.get(page).text.lstrip("\ufeff"))))
        assert rows[0] == tables[0]["columns"]
        assert len(rows) - 1 == len(tables[0]["rows"]) == len(wanted)


def test_usage_is_that_of_the_page(workspace: Place, asking: Program) -> None:
    told = asking.get("/usage").json
    with workspace.inside():
        month = usage(now())
    assert (told["limit"], told["reserved"], told["sent"], told["left"]) == (
        month.limit, month.reserved, month.sent, month.left,
    )  # fmt: skip


def test_another_workspaces_report_is_not_found(workspace: Place, other_workspace: Place, asking: Program) -> None:
    theirs = mailing(other_workspace, Fate())
    for path in ("", "/people", "/tables/delivery"):
        assert asking.get(f"/mailings/{theirs}/report{path}").status_code == 404
