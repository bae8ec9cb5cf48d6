"""What states, bounce classes and reasons are called, and the colour of each."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.errors import N_

STATES: dict[str, tuple[str, str]] = {
    "draft": (N_("Draft"), "grey"),
    "scheduled": (N_("Scheduled"), "grey"),
    "held": (N_("Held"), "amber"),
    "launching": (N_("Starting"), "blue"),
    "running": (N_("Sending"), "blue"),
    "paused": (N_("Paused"), "amber"),
    "cancelling": (N_("Stopping"), "amber"),
    "cancelled": (N_("Cancelled"), "grey"),
    "finished": (N_("Sent"), "green"),
}
DELIVERIES: dict[int, tuple[str, str]] = {
    0: (N_("Waiting"), "grey"),
    1: (N_("Trying again"), "blue"),
    2: (N_("Delivered"), "green"),
    3: (N_("Bounced"), "red"),
    4: (N_("Cancelled"), "grey"),
    5: (N_("Given up"), "red"),
}
BOUNCES: dict[str, str] = {
    "user_unknown": N_("User unknown"),
    "host_unknown": N_("Host unknown"),
    "mailbox_full": N_("Mailbox full"),
    "refused": N_("Refused"),
    "other": N_("Other"),
}
BOUNCE_MEANINGS: dict[str, str] = {
    "user_unknown": N_("There is no such mailbox. The address is no longer written to."),
    "host_unknown": N_("The domain does not exist or takes no mail."),
    "mailbox_full": N_("The mailbox has no room. The next mailing tries again."),
    "refused": N_("The receiving server refuses our mail or this content."),
    "other": N_("The server gave another reason."),
}
ALERTS: dict[str, tuple[str, str]] = {
    "bounces": (
        N_("unusually many mails bounce"),
        N_("Look at the reasons. Where a list is old, stop the mailing: servers remember who writes to the dead."),
    ),
    "complaints": (
        N_("unusually many people complain"),
        N_(
            "Write only to those who asked for it, and make leaving easy: from three in a thousand on, mail is refused."
        ),
    ),
    "stall": (
        N_("a mailing stands still"),
        N_("Nothing is lost: it goes on by itself as soon as it can. Look whether the receiving servers put it off."),
    ),
}
DOMAIN_HEALTH: dict[str, str] = {
    "ok": N_("OK"),
    "shared": N_("shared"),
    "warning": N_("check"),
    "failing": N_("failing"),
}
KINDS: dict[str, str] = {
    "newsletter": N_("Newsletter"),
    "notice": N_("Notice"),
    "advertising": N_("Advertising"),
    "breaking": N_("Breaking news"),
}
ENCRYPTIONS: dict[str, str] = {
    "opportunistic": N_("Encrypted (%(version)s), the server's certificate not checked"),
    "required": N_("Encrypted (%(version)s), the server's certificate checked"),
    "sts": N_("Encrypted (%(version)s), the server's certificate checked by MTA-STS"),
    "dane": N_("Encrypted (%(version)s), the server's certificate checked by DANE"),
}

GROUPS: dict[str, str] = {
    "all": N_("All"),
    "delivered": N_("Delivered"),
    "opened": N_("Opened"),
    "clicked": N_("Clicked"),
    "unopened": N_("Not opened"),
    "unreached": N_("Not reached"),
    "unsubscribed": N_("Unsubscribed"),
    "complained": N_("Reported as spam"),
    "forwarded": N_("Sent it on"),
    "glanced": N_("Glanced at it"),
    "skimmed": N_("Skimmed it"),
    "studied": N_("Read it"),
    "waiting": N_("Waiting"),
    "cancelled": N_("Cancelled"),
}
ACTS: dict[str, str] = {
    "open": N_("Opened"),
    "click": N_("Clicked"),
    "view": N_("Viewed in the browser"),
    "unsubscribe": N_("Unsubscribed"),
    "return": N_("Came back"),
    "conversion": N_("Ordered"),
    "complaint": N_("Reported as spam"),
    "read": N_("Had it open"),
    "forward": N_("Sent it on"),
    "trap": N_("Followed the link that nobody sees"),
}

DEVICES: dict[str, str] = {
    "phone": N_("Phone"),
    "tablet": N_("Tablet"),
    "desktop": N_("Computer"),
}
MACHINES: dict[str, str] = {
    "head": N_("Asked for the head of a page only"),
    "prefetch": N_("Said that it fetches ahead"),
    "no_user_agent": N_("Did not say what it is"),
    "apple_privacy": N_("Apple’s Mail Privacy Protection"),
    "scanner": N_("Security scanner"),
    "link_preview": N_("Preview of a link in a messenger"),
    "program": N_("Program without a reader"),
    "crawler": N_("Search engine or crawler"),
    "listed": N_("On the public list of crawlers"),
    "data_centre": N_("In a data centre, where no readers are"),
    "all_links_at_once": N_("Followed all links at once"),
    "honeypot": N_("Followed the link that nobody sees"),
}


def state(name: str) -> str:
    return _(STATES[name][0])


def state_tone(name: str) -> str:
    return STATES[name][1]


def delivery(number: int) -> str:
    return _(DELIVERIES[number][0])


def delivery_tone(number: int) -> str:
    return DELIVERIES[number][1]


def bounce(name: str) -> str:
    return _(BOUNCES.get(name, BOUNCES["other"]))


def bounce_meaning(name: str) -> str:
    return _(BOUNCE_MEANINGS.get(name, BOUNCE_MEANINGS["other"]))


def encryption(tls: str) -> str:
    """Return the MTA's word for it (``TLSv1.3 dane``, ``none``) as a sentence."""
    version, _space, proof = tls.partition(" ")
    if version == "none":
        return _("Not encrypted: the server offers no encryption")
    return _(ENCRYPTIONS.get(proof, ENCRYPTIONS["opportunistic"]), version=version.replace("TLSv", "TLS "))


def group(name: str) -> str:
    return _(GROUPS[name])


def act(name: str) -> str:
    return _(ACTS.get(name, ACTS["open"]))


def kind(name: str) -> str:
    return _(KINDS.get(name, KINDS["newsletter"]))


def device(name: str) -> str:
    return _(DEVICES[name]) if name in DEVICES else _("Not known")


def client(name: str) -> str:
    """Clients and systems are called by their own names, but for these."""
    own = {"": _("Not known"), "Other": _("Other"), "Android app": _("Android app")}
    return own.get(name, name)


def machine(reason: str) -> str:
    return _(MACHINES[reason]) if reason in MACHINES else reason or _("Not known")


def alert(kind: str) -> str:
    return _(ALERTS[kind][0])


def alert_advice(kind: str) -> str:
    return _(ALERTS[kind][1])


def domain_health(state: str) -> str:
    return _(DOMAIN_HEALTH[state])
