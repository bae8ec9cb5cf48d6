"""What a mailing was read with, where and at what hour; and the machines beside, by how they were known. All of it
from counters of opens and clicks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from babel import Locale
from flask_babel import format_percent, get_locale
from flask_babel import gettext as _

from app.reports import charts, words
from app.reports.charts import ACCENT, GREEN, Chart, Frame, Series
from app.reports.tables import Table
from app.tracking import queries as tracking
from app.tracking.terms import Device, Trait

BARS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Part:
    """Opens and clicks that have something in common: `key` as it is stored, `name` as it is read."""

    key: str
    name: str
    opens: int
    clicks: int


@dataclass(frozen=True, slots=True)
class Used:
    """A client on a kind of device with an operating system."""

    device: str
    client: str
    os: str
    opens: int
    clicks: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Each row by opens, the most first; `hours` are the 24 of the day in the workspace's zone."""

    used: Sequence[Used]
    devices: Sequence[Part]
    clients: Sequence[Part]
    systems: Sequence[Part]
    languages: Sequence[Part]
    places: Sequence[Part]
    machines: Sequence[Part]
    hours: Sequence[Part]

    @property
    def opens(self) -> int:
        return sum(each.opens for each in self.used)

    @property
    def clicks(self) -> int:
        return sum(each.clicks for each in self.used)


def reading(mailing_id: int, zone: str) -> Reading:
    used = [
        Used(row.device, row.client, row.os, row.opens, row.clicks)
        for row in tracking.client_reactions(mailing_id)
        if row.opens or row.clicks
    ]
    traits = tracking.trait_reactions(mailing_id)

    def of(trait: Trait, name: Callable[[str], str]) -> list[Part]:
        return _ordered(Part(r.value, name(r.value), r.opens, r.clicks) for r in traits if r.trait == trait)

    return Reading(
        used=sorted(used, key=lambda each: (-each.opens, -each.clicks, each.client, each.device, each.os)),
        devices=_together(used, lambda each: each.device, words.device),
        clients=_together(used, lambda each: each.client, words.client),
        systems=_together(used, lambda each: each.os, words.client),
        languages=of(Trait.LANGUAGE, _language),
        places=of(Trait.PLACE, _place),
        machines=of(Trait.MACHINE, words.machine),
        hours=_hours(mailing_id, zone),
    )


def _ordered(parts: Iterable[Part]) -> list[Part]:
    found = [part for part in parts if part.opens or part.clicks]
    return sorted(found, key=lambda part: (-part.opens, -part.clicks, part.key))


def _together(used: Sequence[Used], key: Callable[[Used], str], name: Callable[[str], str]) -> list[Part]:
    opens: Counter[str] = Counter()
    clicks: Counter[str] = Counter()
    for each in used:
        opens[key(each)] += each.opens
        clicks[key(each)] += each.clicks
    return _ordered(Part(word, name(word), opens[word], clicks[word]) for word in opens)


def _hours(mailing_id: int, zone: str) -> list[Part]:
    opens, clicks = [0] * 24, [0] * 24
    for row in tracking.hour_reactions(mailing_id):
        hour = row.hour.astimezone(ZoneInfo(zone)).hour
        opens[hour] += row.opens
        clicks[hour] += row.clicks
    return [Part(str(hour), f"{hour}:00", opens[hour], clicks[hour]) for hour in range(24)]


def _locale() -> Locale:
    return get_locale() or Locale("en")


def _language(code: str) -> str:
    return str(_locale().languages.get(code, code))


def _place(word: str) -> str:
    """``KR/Seoul`` is a country's code and a region's name."""
    country, _slash, region = word.partition("/")
    name = str(_locale().territories.get(country, country))
    return f"{name}, {region}" if region else name


def finding(found: Reading) -> str:
    """Return what the report shows."""
    if not found.opens:
        return _("Nobody has opened it yet")
    known = next((part for part in found.devices if part.key), None)
    if known is None:
        return _("The mail programs hid on what it was opened")
    share = format_percent(known.opens / found.opens)
    if known.key == Device.PHONE:
        return _("%(share)s of the opens came from phones", share=share)
    if known.key == Device.TABLET:
        return _("%(share)s of the opens came from tablets", share=share)
    return _("%(share)s of the opens came from computers", share=share)


def bars_of(parts: Sequence[Part], alt: str) -> Chart:
    shown = parts[:BARS_SHOWN]
    return charts.bars(_series(shown), Frame(tuple(part.name for part in shown)), alt=alt)


def hour_chart(found: Reading, alt: str) -> Chart:
    labels = tuple(part.name for part in found.hours)
    frame = Frame(labels, x_title=_("Hour"), y_title=_("Times"), shown=labels[::6])
    return charts.columns(_series(found.hours), frame, alt=alt)


def _series(parts: Sequence[Part]) -> list[Series]:
    return [
        Series(_("Opens"), tuple(part.opens for part in parts), ACCENT),
        Series(_("Clicks"), tuple(part.clicks for part in parts), GREEN),
    ]


def busiest_hour(found: Reading) -> str:
    most = max(found.hours, key=lambda part: part.opens)
    return _("Most opens came between %(begin)s:00 and %(end)s:00", begin=int(most.key), end=int(most.key) + 1)


def tables(found: Reading) -> list[Table]:
    """Return the report's tables for files, the whole one first."""
    counts = (_("Opens"), _("Clicks"))
    used = [(words.client(u.client), words.device(u.device), words.client(u.os), u.opens, u.clicks) for u in found.used]
    named = [
        (_("Devices"), _("Device"), found.devices), (_("Clients"), _("Client"), found.clients),
        (_("Operating systems"), _("Operating system"), found.systems),
        (_("Languages"), _("Language"), found.languages),
        (_("Places"), _("Place"), found.places), (_("Hours"), _("Hour"), found.hours),
        (_("Machines"), _("How we know"), found.machines),
    ]  # fmt: skip
    return [
        Table(_("Clients and devices"), (_("Client"), _("Device"), _("Operating system"), *counts), used),
        *(Table(title, (head, *counts), [(p.name, p.opens, p.clicks) for p in parts]) for title, head, parts in named),
    ]
