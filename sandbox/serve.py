"""Runs the sandbox: in a background thread for tests and the demo, or in the foreground."""

import asyncio
import secrets
import signal
import threading
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Self, TextIO

from starlette.types import ASGIApp

from sandbox.clearfacts.app import TOKEN_LENGTH, Clearfacts
from sandbox.clearfacts.portal import Portal
from sandbox.control import Controls
from sandbox.faults import Faults
from sandbox.java_backend.app import JavaBackend
from sandbox.java_backend.feed import Feed
from sandbox.java_backend.webhooks import WEBHOOK_PATH as TAKES_WEBHOOKS
from sandbox.java_backend.webhooks import new_secret
from sandbox.journal import Journal
from sandbox.listener import Listener
from sandbox.reception import Reception
from sandbox.records import Administration, SandboxRecord
from sandbox.slack import WEBHOOK_PATH, Slack

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Options:
    """Where the systems listen (port 0: any that is free), and with which tokens (None: made up).

    With `webhooks`, the environment lets Waybill announce changes to the Java backend, and take its webhooks.
    """

    host: str = "127.0.0.1"
    java_backend_port: int = 0
    clearfacts_port: int = 0
    slack_port: int = 0
    control_port: int = 0
    java_backend_token: str | None = field(default=None, repr=False)
    clearfacts_token: str | None = field(default=None, repr=False)
    keep_bodies: bool = False
    webhooks: bool = False


class Sandbox:
    """A Java backend, a Clearfacts and a Slack that answer while the `with` block lasts.

    Attributes:
        journal: What was received.
        faults: What shall go wrong.
        feed: What the Java backend offers.
        portal: What Clearfacts lists and took.
        clearfacts: Has the scopes of its token.
        control_url: Base of the controls (see `sandbox.control`).
        webhook_url: Where the Java backend takes Waybill's webhooks.
        webhook_secret: Signs those that Waybill sends.
        java_backend_webhook_secret: Signs those that the Java backend sends.

    Raises:
        OSError: A port is taken.
    """

    def __init__(
        self,
        records: Iterable[SandboxRecord] = (),
        administrations: Iterable[Administration] = (),
        options: Options | None = None,
    ) -> None:
        options = options or Options()
        self.java_backend_token = options.java_backend_token or secrets.token_urlsafe(32)
        self.clearfacts_token = options.clearfacts_token or secrets.token_hex(TOKEN_LENGTH // 2)
        self.webhook_secret, self.java_backend_webhook_secret = new_secret(), new_secret()
        self._with_webhooks = options.webhooks
        self.journal = Journal(keep_bodies=options.keep_bodies)
        self.faults = Faults()
        self.feed = Feed(records)
        self.portal = Portal(administrations)
        reception = Reception(self.journal, self.faults)
        self.clearfacts = Clearfacts(reception, self.portal, self.clearfacts_token)
        java_backend = JavaBackend(reception, self.feed, self.java_backend_token, self.webhook_secret)
        controls = Controls(
            self.journal,
            self.faults,
            self.feed,
            self.portal,
            self.clearfacts,
            self.java_backend_webhook_secret,
        )
        self._listen(
            (java_backend.app(), options.java_backend_port),
            (self.clearfacts.app(), options.clearfacts_port),
            (Slack(reception).app(), options.slack_port),
            (controls.app(), options.control_port),
            host=options.host,
        )
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    def _listen(self, *apps_and_ports: tuple[ASGIApp, int], host: str) -> None:
        with ExitStack() as on_failure:
            self._listeners = []
            for app, port in apps_and_ports:
                listener = Listener(app, host, port)
                on_failure.callback(listener.close)
                self._listeners.append(listener)
            on_failure.pop_all()
        self.java_backend_url, clearfacts, slack, self.control_url = (each.url for each in self._listeners)
        self.clearfacts_url = f"{clearfacts}/graphql"
        self.clearfacts_login_url = clearfacts
        self.slack_webhook_url = f"{slack}{WEBHOOK_PATH}"
        self.webhook_url = f"{self.java_backend_url}{TAKES_WEBHOOKS}"

    def _serve(self) -> None:
        async def serve_all() -> None:
            await asyncio.gather(*(listener.serve() for listener in self._listeners))

        asyncio.run(serve_all())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        for listener in self._listeners:
            listener.stop()
        self._thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """The settings that connect Waybill to this sandbox."""
        webhooks = {
            "WAYBILL_JAVA_BACKEND_WEBHOOK_SECRET": self.java_backend_webhook_secret,
            "WAYBILL_WEBHOOK_URL": self.webhook_url,
            "WAYBILL_WEBHOOK_SECRET": self.webhook_secret,
        }
        return {
            "WAYBILL_SOURCE": "java-backend",
            "WAYBILL_JAVA_BACKEND_URL": self.java_backend_url,
            "WAYBILL_JAVA_BACKEND_TOKEN": self.java_backend_token,
            "WAYBILL_CLEARFACTS_URL": self.clearfacts_url,
            "WAYBILL_CLEARFACTS_LOGIN_URL": self.clearfacts_login_url,
            "WAYBILL_CLEARFACTS_TOKEN": self.clearfacts_token,
            "WAYBILL_SLACK_WEBHOOK_URL": self.slack_webhook_url,
            **(webhooks if self._with_webhooks else {}),
        }


def run(sandbox: Sandbox, output: TextIO, parent_pipe: IO[str] | None = None) -> None:
    """Serve in the foreground until SIGINT or SIGTERM, or until `parent_pipe` closes.

    Writes the environment of `sandbox` to `output` as `NAME=value` lines, then where its controls are. Must
    be called in the main thread.
    """
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in STOP_SIGNALS}
    if parent_pipe is not None:
        threading.Thread(target=_await_end, args=(parent_pipe, stop), daemon=True).start()
    try:
        with sandbox:
            output.writelines(f"{name}={value}\n" for name, value in sandbox.environment.items())
            output.write(f"# controls: {sandbox.control_url}/docs\n")
            output.flush()
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _await_end(pipe: IO[str], stop: threading.Event) -> None:
    while pipe.read(4096):
        pass
    stop.set()
