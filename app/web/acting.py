"""Tells the log of changes who acts, before a request changes anything."""

from __future__ import annotations

from flask import Flask, request
from flask_login import current_user

from app.core.actor import Actor, ActorKind, act_as, cut_address, device_words
from app.core.tenancy import SAFE_METHODS

# At the door people change things (a password, their place) before they have come in.
DOORS = ("sign_in",)


def tell_actor() -> None:
    if request.method in SAFE_METHODS:
        return
    place, device = cut_address(request.remote_addr or ""), device_words(request.user_agent.string)
    if current_user.is_authenticated and current_user.id:
        act_as(Actor(ActorKind.MEMBER, current_user.id, current_user.name, place, device))
    elif request.blueprint in DOORS:
        act_as(Actor(ActorKind.VISITOR, 0, "", place, device))


def register(app: Flask) -> None:
    app.before_request(tell_actor)
