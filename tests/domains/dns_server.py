"""A small authoritative DNS server on loopback, made of dnspython's message classes."""

from __future__ import annotations

import socket
import threading
from collections import defaultdict

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from app.domains.keys import as_strings


class DnsServer:
    """Answers from what it was told. Names that are `broken` get SERVFAIL, `silent` ones no answer at all."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.broken: set[str] = set()
        self.silent: set[str] = set()
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> DnsServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        closing, self._socket = self._socket, None  # type: ignore[assignment]
        closing.sendto(b"", closing.getsockname())
        self._thread.join(5)
        closing.close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def txt(self, name: str, *texts: str) -> None:
        """Set the TXT records of a name, long ones in several strings as registrars do."""
        self.records[name, "TXT"] = [" ".join(f'"{part}"' for part in as_strings(text)) for text in texts]

    def cname(self, name: str, target: str) -> None:
        self.records[name, "CNAME"] = [f"{target}."]

    def mx(self, name: str, host: str) -> None:
        self.records[name, "MX"] = [f"10 {host}."]

    def forget(self, name: str) -> None:
        for key in [key for key in self.records if key[0] == name]:
            del self.records[key]

    def _serve(self) -> None:
        listening = self._socket
        while self._socket is not None:
            data, sender = listening.recvfrom(4096)
            try:
                query = dns.message.from_wire(data)
            except dns.exception.DNSException:
                continue
            answer = self._answer(query)
            if answer is not None:
                listening.sendto(answer.to_wire(), sender)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if name in self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA | dns.flags.RA
        if name in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response
        self._fill(response, name, dns.rdatatype.to_text(question.rdtype))
        return response

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        """Follow aliases as a recursive server does; a name without any record is NXDOMAIN."""
        for _step in range(8):
            alias = self.records.get((name, "CNAME"))
            if not alias or kind == "CNAME":
                break
            response.answer.append(dns.rrset.from_text_list(f"{name}.", 60, "IN", "CNAME", alias))
            name = alias[0].rstrip(".")
        values = self.records.get((name, kind))
        if values:
            response.answer.append(dns.rrset.from_text_list(f"{name}.", 60, "IN", kind, values))
        elif not any(key[0] == name for key in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
