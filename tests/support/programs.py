"""Programs that come to a workspace with a key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.api import service
from app.api.service import SCOPES, Wish
from app.core import clock
from app.core.access import Permission
from app.tenants.queries import member
from tests.support.workspaces import HostClient, Place

BASE = "/api/v1"


def make_key(place: Place, scopes: Sequence[Permission] = SCOPES, *, member_id: int | None = None, **more: Any) -> str:
    with place.inside():
        maker = member(member_id or place.member_id)
        assert maker is not None
        today = clock.now().date() - timedelta(days=1)
        return service.make_key(Wish("Shop", frozenset(scopes), **more), maker=maker, today=today)


class Program:
    """Asks a workspace for things as a program does: no cookie, a key, JSON."""

    def __init__(self, client: HostClient, key: str = "") -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(BASE + path, headers=self.headers | headers)

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(BASE + path, json=body, headers=self.headers | named)


def program(place: Place, scopes: Sequence[Permission] = SCOPES, **more: Any) -> Program:
    return Program(place.anonymous(), make_key(place, scopes, **more))
