from __future__ import annotations

from flask.testing import FlaskClient


def test_home_leads_to_sign_up_sign_in_and_to_finding_ones_workspace(site_client: FlaskClient) -> None:
    page = site_client.get("/", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert "Newsletters and notices, sent with a steady hand" in page.text
    for way in ("/sign-up", "/sign-in", "/workspaces/find"):
        assert f'href="{way}"' in page.text


def test_home_answers_in_the_language_of_the_browser(site_client: FlaskClient) -> None:
    assert "마음 놓고 보내세요" in site_client.get("/", headers={"Accept-Language": "ko-KR"}).text


def test_unknown_address_gets_a_page_that_says_what_to_do(site_client: FlaskClient) -> None:
    page = site_client.get("/nothing-here", headers={"Accept-Language": "en"})
    assert page.status_code == 404
    assert "start from the home page" in page.text
