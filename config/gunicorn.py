"""Settings of the web server; the Procfile names this file. All values come from `config.settings`."""

from __future__ import annotations

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from config import memory
from config.logging import configure, logging_config
from config.settings import Settings


class Discreet(Logger):  # type: ignore[misc]
    """gunicorn's own, without a line for each request, which it would put together before throwing it away."""

    def access(self, *_facts: object) -> None:
        """Paths carry the tokens of recipients: nothing of a request is logged by the server."""


_settings = Settings.from_env()
_production = _settings.environment == "production"

bind = _settings.bind
workers = _settings.web_workers
threads = _settings.web_threads
worker_class = "gthread"
# Imported once and then forked: the workers start sooner and share the memory of the code.
preload_app = True
# A page takes milliseconds; what takes longer is a job. A worker that hangs is replaced.
timeout = 60
# Within the ten seconds that a stop may take.
graceful_timeout = 6
keepalive = 15
forwarded_allow_ips = "*" if _settings.trusted_proxies else "127.0.0.1"
configure(production=_production)
logconfig_dict = logging_config(production=_production)
logger_class = Discreet
proc_name = "messagepark-web"
control_socket_disable = True


def when_ready(_server: object) -> None:
    """Before the first worker is forked: the application is loaded."""
    memory.settle()
