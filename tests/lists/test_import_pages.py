"""Importing through the pages, as a member does it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

from flask.testing import FlaskClient

from app.lists import queries
from tests.lists.test_pages import made, text
from tests.support.workspaces import Place

PASTED = "이름\t이메일\n홍길동\thong@example.com\n김영희\tkim@@example.com\n홍길동\tHONG@example.com\n=cmd\tnope\n"


def start(client: FlaskClient, list_id: int, pasted: str = PASTED) -> str:
    answer = client.post(f"/lists/{list_id}/imports", data={"text": pasted})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def test_from_paste_to_receipt(workspace: Place, client: FlaskClient, run_tasks: Callable[[], None]) -> None:
    list_id = made(workspace)
    page = start(client, list_id)
    shown = text(client.get(page))
    for expected in ("hong@example.com", "The address has more than one @", "The same address as on line 2", "no @"):
        assert expected in shown
    assert client.post(f"{page}/runs", data={"consent": "", "policy": "update"}).status_code == 422
    client.post(f"{page}/runs", data={"consent": "Signed at the counter", "policy": "update"})
    assert "hx-get" in text(client.get(page))
    run_tasks()
    assert client.get(f"{page}/progress").headers["HX-Redirect"] == page
    assert "<b>1</b> person joined" in text(client.get(page))
    with workspace.inside():
        assert [row.name for row in queries.members_of(list_id)] == ["홍길동"]
    client.post(f"{page}/undos")
    assert "Being undone" in text(client.get(page))
    assert client.post(f"{page}/undos").status_code == 409
    run_tasks()
    assert client.get(f"{page}/progress").headers["HX-Redirect"] == page
    assert "1 person left the list again" in text(client.get(page))
    assert "This import was undone" in text(client.get(page))


def test_rejected_rows_can_be_downloaded_and_run_no_formula(workspace: Place, client: FlaskClient) -> None:
    page = start(client, made(workspace))
    content = client.get(f"{page}/rejects").get_data(as_text=True)
    rows = list(csv.reader(content.removeprefix("\ufeff").splitlines()))
    assert rows[0] == ["이름", "이메일", "Line", "Reason"]
    assert rows[1][:3] == ["김영희", "kim@@example.com", "3"]
    assert rows[3][0] == "'=cmd"


def test_columns_are_changed_by_select(workspace: Place, client: FlaskClient) -> None:
    page = start(client, made(workspace), "a@example.com\tx@example.com\nb@example.com\ty@example.com")
    data = {"mapping": ["ignore", "email"], "delimiter": "\t"}
    assert client.post(f"{page}/readings", data=data).status_code == 303
    assert re.search(r'<th scope="row"[^>]*>x@example.com</th>', text(client.get(page)))
    twice = client.post(f"{page}/readings", data={"mapping": ["email", "email"], "delimiter": "\t"})
    assert twice.status_code == 422
    assert "Two columns are taken for the same thing" in text(twice)


def test_a_large_paste_is_read_by_a_job(workspace: Place, client: FlaskClient, run_tasks: Callable[[], None]) -> None:
    pasted = "\n".join(f"person{n}@example.com\tPerson number {n} of a very large list" for n in range(45_000))
    page = start(client, made(workspace), pasted)
    assert "being read" in text(client.get(page))
    run_tasks()
    assert "45,000" in text(client.get(page))


def test_an_empty_paste_says_so(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace)
    assert client.post(f"/lists/{list_id}/imports", data={"text": ""}).status_code == 422
    assert client.post(f"/lists/{list_id}/imports", data={"text": " \n\t\n"}).status_code == 422


def test_a_cancelled_import_changes_nothing(workspace: Place, client: FlaskClient) -> None:
    list_id = made(workspace)
    page = start(client, list_id)
    client.post(f"{page}/cancellations")
    assert "Cancelled" in text(client.get(page))
    assert client.post(f"{page}/runs", data={"consent": "x", "policy": "update"}).status_code == 409
    assert client.post(f"{page}/cancellations").status_code == 409


def test_another_workspace_reaches_no_import(workspace: Place, client: FlaskClient, other_client: FlaskClient) -> None:
    page = start(client, made(workspace))
    for path in (page, f"{page}/progress", f"{page}/rejects"):
        assert other_client.get(path).status_code == 404
    for path in ("readings", "runs", "cancellations", "undos"):
        assert other_client.post(f"{page}/{path}").status_code == 404
