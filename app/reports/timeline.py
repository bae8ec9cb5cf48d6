"""Opens and clicks over time, in the workspace's zone, and the sentence that they amount to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

HOURLY_FOR = timedelta(hours=48)
FEWEST_HOURS = 12
DAYS_SHOWN = 60
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hour:
    """Opens and clicks of people in the hour that begins `at`."""

    at: datetime
    opens: int
    clicks: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Points of equal distance. `hourly` tells hours from days; times are in the workspace's zone."""

    points: Sequence[Hour]
    hourly: bool

    @property
    def opens(self) -> int:
        return sum(point.opens for point in self.points)

    @property
    def clicks(self) -> int:
        return sum(point.clicks for point in self.points)


def timeline(hours: Sequence[Hour], started_at: datetime, zone: str) -> Timeline:
    """Lay the hours out from the start on: hour by hour for two days, and day by day where it went on for longer."""
    start = min([started_at, *(hour.at for hour in hours if hour.opens or hour.clicks)])
    last = max([start, *(hour.at for hour in hours if hour.opens or hour.clicks)])
    local = ZoneInfo(zone)
    if last - start < HOURLY_FOR:
        first = start.astimezone(local).replace(minute=0, second=0, microsecond=0)
        count = max(FEWEST_HOURS, (last - first) // HOUR + 1)
        return Timeline(_filled(hours, [first + HOUR * n for n in range(count)], HOUR), hourly=True)
    first = start.astimezone(local).replace(hour=0, minute=0, second=0, microsecond=0)
    count = min(DAYS_SHOWN, (last.astimezone(local).date() - first.date()).days + 1)
    return Timeline(_filled(hours, [first + DAY * n for n in range(count)], DAY), hourly=False)


def first_two_days(hours: Sequence[Hour], started_at: datetime, zone: str) -> Timeline:
    """Return the first 48 hours, hour by hour, however long it went on."""
    first = started_at.astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0)
    return Timeline(_filled(hours, [first + HOUR * n for n in range(HOURLY_FOR // HOUR)], HOUR), hourly=True)


def _filled(hours: Sequence[Hour], starts: Sequence[datetime], step: timedelta) -> list[Hour]:
    opens, clicks = [0] * len(starts), [0] * len(starts)
    for hour in hours:
        place = (hour.at - starts[0]) // step
        if 0 <= place < len(starts):
            opens[place] += hour.opens
            clicks[place] += hour.clicks
    return [Hour(at, o, c) for at, o, c in zip(starts, opens, clicks, strict=True)]


def half_opened_within(hours: Sequence[Hour], started_at: datetime) -> int | None:
    """Return in how many hours after the start half of the opens had come; None without any."""
    total, so_far = sum(hour.opens for hour in hours), 0
    for hour in sorted(hours, key=lambda each: each.at):
        so_far += hour.opens
        if total and so_far * 2 >= total:
            return max(1, -(-(hour.at + HOUR - started_at) // HOUR))
    return None
