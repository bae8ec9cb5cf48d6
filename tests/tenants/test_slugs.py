"""Which addresses a workspace may have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.tenants.slugs import RESERVED, SlugMisshapen, SlugRefused, check_slug


@pytest.mark.parametrize("slug", ["daily-park", "a1b", "mall", "park24", "the-3rd-floor", "x" * 40])
def test_an_honest_slug_passes(slug: str) -> None:
    check_slug(slug)


@pytest.mark.parametrize(
    "slug", ["", "ab", "x" * 41, "-park", "park-", "Park", "par k", "par.k", "par_k", "공원", "park\n", "рark", "a--"]
)
def test_a_misshapen_slug_is_refused(slug: str) -> None:
    with pytest.raises(SlugMisshapen):
        check_slug(slug)


@pytest.mark.parametrize(
    "slug",
    ["www", "mail", "admin", "api", "operator", "static", "localhost", "adm1n", "ma1l", "0perator", "rnail", "vvww",
     "s-u-p-p-o-r-t", "l0calh0st", "5tatic", "ap1", "messagepark", "my-messagepark", "messagepark-login",
     "rnessagepark", "messagep4rk", "xn--80ak6aa92e", "ab--cd"],
)  # fmt: skip
def test_reserved_names_and_their_look_alikes_are_refused(slug: str) -> None:
    with pytest.raises(SlugRefused):
        check_slug(slug)


@given(st.text(max_size=45))
def test_whatever_passes_is_a_plain_host_name(slug: str) -> None:
    try:
        check_slug(slug)
    except DomainError:
        return
    assert 3 <= len(slug) <= 40
    assert slug.isascii()
    assert slug == slug.lower()
    assert slug not in RESERVED
    assert not slug.startswith("-")
    assert not slug.endswith("-")
