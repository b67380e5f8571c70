"""The sandbox starts, says where it is, and stops when it should."""

import io
import signal
import socket
import sys

import httpx
import pytest

from sandbox.__main__ import main
from sandbox.serve import Options, Sandbox, run


def values_in(text):
    return dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))


def test_the_environment_connects_to_every_system():
    with Sandbox() as sandbox:
        environment = sandbox.environment
        token = {"Authorization": f"Bearer {environment['WAYBILL_JAVA_BACKEND_TOKEN']}"}
        page = httpx.get(f"{environment['WAYBILL_JAVA_BACKEND_URL']}/api/v1/invoices", headers=token)
        token = {"Authorization": f"Bearer {environment['WAYBILL_CLEARFACTS_TOKEN']}"}
        user = httpx.get(
            f"{environment['WAYBILL_CLEARFACTS_LOGIN_URL']}/oauth2-server/userinfo", headers=token
        )
        query = {"query": "{ administrations { name } }"}
        listed = httpx.post(environment["WAYBILL_CLEARFACTS_URL"], json=query, headers=token)
        message = httpx.post(environment["WAYBILL_SLACK_WEBHOOK_URL"], json={"text": "x"})
    assert [each.status_code for each in (page, user, listed, message)] == [200, 200, 200, 200]


def test_nothing_answers_after_the_end():
    with Sandbox() as sandbox:
        url = f"{sandbox.java_backend_url}/api/v1/health"
        assert httpx.get(url).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_given_ports_and_tokens_are_used():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = Options(clearfacts_port=port, clearfacts_token="c" * 80, java_backend_token="j")
    with Sandbox(options=options) as sandbox:
        assert sandbox.clearfacts_url == f"http://127.0.0.1:{port}/graphql"
        assert (sandbox.clearfacts_token, sandbox.java_backend_token) == ("c" * 80, "j")


def test_a_taken_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"Cannot listen on 127.0.0.1:{port}"):
            Sandbox(options=Options(control_port=port))


class SignallingOutput(io.StringIO):
    """Sends the process a signal as soon as everything has been written."""

    def __init__(self, number):
        super().__init__()
        self._number = number

    def flush(self):
        signal.raise_signal(self._number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_on_a_signal_and_gives_the_handlers_back(number):
    before = signal.getsignal(number)
    output = SignallingOutput(number)
    run(Sandbox(), output)
    assert signal.getsignal(number) is before
    assert set(values_in(output.getvalue())) == {
        "WAYBILL_SOURCE",
        "WAYBILL_JAVA_BACKEND_URL",
        "WAYBILL_JAVA_BACKEND_TOKEN",
        "WAYBILL_CLEARFACTS_URL",
        "WAYBILL_CLEARFACTS_LOGIN_URL",
        "WAYBILL_CLEARFACTS_TOKEN",
        "WAYBILL_SLACK_WEBHOOK_URL",
    }


def test_the_module_serves_until_its_parent_closes_the_pipe(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("anything"))
    main(["--demo", "--load", "3", "--until-stdin-closes", "--clearfacts-token", "t" * 80])
    environment = values_in(capsys.readouterr().out)
    assert environment["WAYBILL_CLEARFACTS_TOKEN"] == "t" * 80
    assert environment["WAYBILL_DELIVER_FROM"] == "2026-01-01"


def test_tokens_are_not_shown():
    options = Options(clearfacts_token="c" * 80, java_backend_token="j" * 40)
    assert not {"c" * 80, "j" * 40} & set(repr(options).split("'"))
