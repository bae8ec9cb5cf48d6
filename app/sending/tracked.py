"""Whether a mailing's opens and clicks are counted: frozen when it begins, so that one mail is like the other."""

from __future__ import annotations

from app.document.compile import Endpoints
from app.lists.tracking import counted
from app.sending.models import Launch
from app.tenants.queries import Workspace


def freeze(launch: Launch, workspace: Workspace) -> None:
    """Count what neither the workspace nor any of the launch's lists has switched off."""
    of_lists = counted(launch.list_ids)
    launch.track_opens = workspace.track_opens and of_lists.opens
    launch.track_clicks = workspace.track_clicks and of_lists.clicks
    launch.track_reading = workspace.track_reading and launch.track_opens


def endpoints(launch: Launch, base_url: str) -> Endpoints:
    """Return the addresses that a mail of this launch leads to."""
    return Endpoints(base_url, opens=launch.track_opens, clicks=launch.track_clicks, reading=launch.track_reading)
