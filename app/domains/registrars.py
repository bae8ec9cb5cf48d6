"""How the forms of registrars and DNS services want a record to be entered."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import N_
from app.domains.keys import as_strings
from app.domains.names import zone_of


@dataclass(frozen=True, slots=True)
class Registrar:
    """One such form. `whole_name`: the host field takes the full name, else the part before the registered domain.

    `apex`: what stands for the registered domain itself. `quoted`: TXT values stand in quotes, in strings of at most
    255 characters. `dotted`: a CNAME's value ends with a dot.
    """

    code: str
    name: str
    hint: str
    whole_name: bool = False
    apex: str = "@"
    quoted: bool = False
    dotted: bool = False

    def host(self, full_name: str) -> str:
        """Return what to enter as host name; empty where the field stays empty."""
        if self.whole_name:
            return full_name
        zone = zone_of(full_name)
        return self.apex if full_name == zone else full_name.removesuffix(f".{zone}")

    def value(self, kind: str, value: str) -> str:
        """Return what to enter as value of a TXT or CNAME record."""
        if kind == "CNAME":
            return f"{value}." if self.dotted else value
        return " ".join(f'"{part}"' for part in as_strings(value)) if self.quoted else value


REGISTRARS = (
    Registrar("gabia", "Gabia",
              N_("My Gabia → Domains → DNS management → Edit DNS. Enter the host without your domain, @ for the domain "
                 "itself. A CNAME value ends with a dot."), dotted=True),
    Registrar("cafe24", "Cafe24",
              N_("Domain management → DNS management: CNAME and TXT (SPF) each have a page. Enter the host without "
                 "your domain and leave it empty for the domain itself."), apex=""),
    Registrar("hosting-kr", "hosting.kr",
              N_("My services → Domain management → Name servers/DNS → DNS records. Enter the name without your "
                 "domain, @ for the domain itself.")),
    Registrar("cloudflare", "Cloudflare",
              N_("DNS → Records → Add record. The name may stand with or without your domain. Set every CNAME to “DNS "
                 "only” (grey cloud): proxied, it cannot be seen.")),
    Registrar("route53", "Route 53",
              N_("Hosted zones → your domain → Create record. Enter the name without your domain and leave it empty "
                 "for the domain itself. TXT values stand in quotes; long ones in several."), apex="", quoted=True),
    Registrar("godaddy", "GoDaddy",
              N_("My products → DNS → Add new record. Enter the name without your domain, @ for the domain itself: "
                 "GoDaddy adds the domain, and twice is wrong.")),
    Registrar("other", N_("Somewhere else"),
              N_("The full host name is shown. Many forms add your domain themselves: then leave it away there."),
              whole_name=True),
)  # fmt: skip


def registrar(code: str) -> Registrar:
    """Return a registrar by its code; the last one, which shows full names, for any other."""
    return next((each for each in REGISTRARS if each.code == code), REGISTRARS[-1])
