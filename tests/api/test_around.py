"""What is around the routes: ids, headers, limits and faults, over real HTTP and raw sockets."""

import gzip
import json
import logging
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError

from api.around import surround
from api.faults import last_resort
from api.refusals import refuse_in_problems
from settings import Settings
from tests.api.conftest import serving_app

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HUSH = "hush7f3a9c"


class Body(BaseModel):
    number: int


def _app(settings: Settings) -> FastAPI:
    app = FastAPI(redirect_slashes=False)

    @app.get("/healthz")
    @app.get("/here")
    async def here(request: Request) -> dict[str, Any]:
        assert request.client
        return {"from": request.client.host, "scheme": request.url.scheme}

    @app.post("/here")
    async def take(body: Body) -> int:
        return body.number

    @app.post("/bytes")
    @app.post("/api/v1/validate")
    async def count(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    @app.get("/large")
    async def large(tag: str | None = None) -> Response:
        return Response(b"x" * 5000, headers={"ETag": tag} if tag else {}, media_type="text/plain")

    @app.get("/cached")
    async def cached() -> Response:
        return Response(b"", headers={"Cache-Control": "private, no-cache", "X-Request-ID": "of the route"})

    _add_troubles(app)
    surround(app, settings)
    refuse_in_problems(app)
    app.add_exception_handler(Exception, last_resort)
    return app


def _add_troubles(app: FastAPI) -> None:
    @app.get("/fault")
    async def fault() -> None:
        raise ValueError(f"password={HUSH}")

    @app.get("/away")
    async def away() -> None:
        raise OperationalError("SELECT 1", {"a": HUSH}, type("OperationalError", (Exception,), {})("gone"))

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def pieces():
            yield b"half"
            raise ValueError(f"password={HUSH}")

        return StreamingResponse(pieces())

    @app.get("/unusable")
    async def unusable() -> None:
        "\ud800".encode()


@pytest.fixture
def around():
    """Starts an application with everything around it; gives a client of it."""
    opened = []

    def start(**settings: Any) -> httpx.Client:
        serving = serving_app(_app(Settings(**settings)))
        client = httpx.Client(base_url=serving.__enter__(), timeout=30)
        opened.extend((serving, client))
        return client

    yield start
    for each in reversed(opened):
        each.__exit__(None, None, None)


def raw(client: httpx.Client, *pieces: bytes) -> bytes:
    """What a server sends to somebody who sends these bytes, until it ends the connection."""
    at = urlsplit(str(client.base_url))
    with socket.create_connection((at.hostname, at.port), timeout=30) as connection:
        for piece in pieces:
            connection.sendall(piece)
        received = b""
        while more := connection.recv(65536):
            received += more
        return received


def problem_of(received: bytes) -> dict[str, Any]:
    head, _, body = received.partition(b"\r\n\r\n")
    found = json.loads(body)
    assert f"x-request-id: {found['correlation_id']}".encode() in head
    assert b"x-content-type-options: nosniff" in head
    return found


class TestRequestIds:
    def test_an_id_comes_back_and_is_in_the_answer(self, around):
        answer = around().get("/nothing", headers={"X-Request-ID": "erp:2026.7"})
        assert answer.headers.get_list("x-request-id") == ["erp:2026.7"]
        assert answer.json()["correlation_id"] == "erp:2026.7"

    def test_a_call_without_one_gets_its_own(self, around):
        client = around()
        first, second = (client.get("/here").headers["x-request-id"] for _ in range(2))
        assert first != second
        assert UUID.fullmatch(first)

    @pytest.mark.parametrize(
        "path", ["/here", "/nothing", "/fault", "/away", "/unusable", "/cached", "/half"]
    )
    def test_every_answer_has_one(self, around, path):
        received = raw(around(), f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert received.count(b"x-request-id: ") == 1

    @pytest.mark.parametrize(
        "smuggled",
        [
            b"a\rSet-Cookie: b=1",
            b"a\tb",
            b"a b",
            b"\xc3\xa9",
            b"<script>",
            b"x" * 129,
            b"a\r\nX-Request-ID: b",
            b'a"}\\n{"level":"info"',
            b"",
        ],
    )
    def test_one_that_is_not_plain_is_replaced_or_refused(self, around, smuggled):
        request = b"GET /here HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-ID: %s\r\n\r\n" % smuggled
        received = raw(around(), request)
        if received.startswith(b"HTTP/1.1 400"):
            return
        [given] = re.findall(rb"\r\nx-request-id: (.*)\r\n", received)
        assert UUID.fullmatch(given.decode())
        assert b"set-cookie" not in received.lower()


class TestSecurityHeaders:
    @pytest.mark.parametrize("path", ["/here", "/nothing", "/fault", "/large"])
    def test_are_on_every_answer(self, around, path):
        headers = around().get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "camera=()" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers
        assert "server" not in headers

    def test_an_answer_may_say_itself_how_it_is_cached(self, around):
        assert around().get("/cached").headers["cache-control"] == "private, no-cache"

    def test_the_documentation_may_run_its_scripts_and_nothing_else(self, around):
        assert (
            "script-src 'unsafe-inline' https://cdn.jsdelivr.net;"
            in (around().get("/docs").headers["content-security-policy"])
        )

    def test_https_at_a_trusted_proxy_is_to_stay(self, around):
        forwarded = {"X-Forwarded-Proto": "https"}
        trusting = around(trusted_proxies="127.0.0.0/8").get("/here", headers=forwarded)
        assert trusting.json()["scheme"] == "https"
        assert trusting.headers["strict-transport-security"] == "max-age=31536000"
        assert "strict-transport-security" not in around().get("/here", headers=forwarded).headers


class TestTrustedProxies:
    def test_nobody_else_is_believed(self, around):
        forged = {"X-Forwarded-For": "203.0.113.9"}
        assert around().get("/here", headers=forged).json()["from"] == "127.0.0.1"
        elsewhere = around(trusted_proxies="10.0.0.0/8")
        assert elsewhere.get("/here", headers=forged).json()["from"] == "127.0.0.1"

    @pytest.mark.parametrize(
        ("forwarded", "seen"),
        [
            ("203.0.113.9", "203.0.113.9"),
            ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, 10.1.2.3", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
        ],
    )
    def test_the_last_address_that_is_no_proxy_counts(self, around, forwarded, seen):
        client = around(trusted_proxies="127.0.0.0/8, 10.0.0.0/8")
        assert client.get("/here", headers={"X-Forwarded-For": forwarded}).json()["from"] == seen


class TestBodies:
    def test_one_that_claims_too_much_is_refused_unread(self, around):
        received = raw(
            around(max_body_bytes=2000), b"POST /bytes HTTP/1.1\r\nHost: x\r\nContent-Length: 2001\r\n\r\n"
        )
        assert received.startswith(b"HTTP/1.1 413 ")
        assert problem_of(received)["error"]["code"] == "body-too-large"

    @pytest.mark.parametrize("path", ["/bytes", "/here"])
    def test_one_that_grows_too_large_is_refused_while_it_comes(self, around, path):
        chunk = b"400\r\n" + b"1" * 1024 + b"\r\n"
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n".encode()
        received = raw(
            around(max_body_bytes=2000), head + b"Content-Type: application/json\r\n\r\n", chunk, chunk
        )
        assert received.startswith(b"HTTP/1.1 413 ")
        assert problem_of(received)["status"] == 413

    def test_one_of_just_the_size_is_taken(self, around):
        assert around(max_body_bytes=2000).post("/bytes", content=b"x" * 2000).json() == 2000

    def test_a_document_to_validate_may_be_large(self, around):
        client = around(max_body_bytes=2000)
        assert client.post("/api/v1/validate", content=b"x" * 3_000_000).json() == 3_000_000
        assert client.post("/api/v1/validate", content=b"x" * (41 * 1024 * 1024 + 1)).status_code == 413

    @pytest.mark.parametrize("path", ["/bytes", "/here"])
    def test_one_that_does_not_come_in_time_is_given_up(self, around, path):
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf".encode()
        received = raw(around(body_timeout_seconds=0.2), head)
        assert received.startswith(b"HTTP/1.1 408 ")
        assert problem_of(received)["error"]["code"] == "body-too-slow"

    def test_a_caller_who_goes_away_is_no_fault(self, around, caplog):
        client = around()
        at = urlsplit(str(client.base_url))
        with caplog.at_level(logging.INFO):
            with socket.create_connection((at.hostname, at.port)) as connection:
                connection.sendall(b"POST /bytes HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
            while "went away" not in caplog.text:
                client.get("/here")
        assert not [each for each in caplog.records if each.levelno >= logging.ERROR]

    @pytest.mark.parametrize(
        "twice",
        [b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Content-Length: 5\r\nContent-Length: 6"],
    )
    def test_one_whose_length_is_doubtful_is_not_taken(self, around, twice):
        head = b"POST /bytes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n\r\n0\r\n\r\n" % twice
        assert raw(around(), head).startswith(b"HTTP/1.1 400 ")


class TestRefusals:
    def test_another_method_is_told_which_there_are(self, around):
        answer = around().delete("/here")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
        assert answer.json()["type"] == "/problems/method-not-allowed"
        assert answer.headers["content-type"] == "application/problem+json"

    def test_a_body_that_is_not_json_is_told_so(self, around):
        client = around()
        other = client.post("/here", content=b"number=1", headers={"Content-Type": "text/plain"})
        assert (other.status_code, other.json()["error"]["code"]) == (415, "unsupported-media-type")
        wrong = client.post("/here", json={"number": "x"})
        assert (wrong.status_code, wrong.json()["error"]["details"][0]["field"]) == (422, "body.number")
        broken = client.post("/here", content=b"\xff{", headers={"Content-Type": "application/json"})
        assert (broken.status_code, broken.json()["error"]["code"]) == (422, "invalid-request")

    def test_a_value_that_nothing_can_store_is_the_callers(self, around):
        assert around().get("/unusable").json()["error"]["code"] == "invalid-request"

    def test_many_errors_are_told_in_part(self, around):
        app_errors = around().post("/here", json=[1] * 1000).json()["error"]["details"]
        assert 0 < len(app_errors) <= 100


class TestFaults:
    def test_a_fault_tells_nothing_of_the_inside_and_is_logged(self, around, caplog):
        answer = around().get("/fault", headers={"X-Request-ID": "r-1"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal-error")
        assert answer.json()["correlation_id"] == "r-1"
        assert HUSH not in answer.text
        assert "ValueError" not in answer.text
        [logged] = [each for each in caplog.records if each.levelno >= logging.ERROR]
        assert isinstance(logged.exc_info[1], ValueError)

    def test_a_ledger_that_is_away_is_not_a_fault(self, around):
        answer = around().get("/away")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert HUSH not in answer.text

    def test_an_answer_that_breaks_off_is_seen_to(self, around, caplog):
        with pytest.raises(httpx.RemoteProtocolError):
            around().get("/half")
        assert "A call met a fault" in caplog.text


class TestGzip:
    def test_is_given_to_those_who_take_it(self, around):
        client = around()
        answer = client.get("/large", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["vary"]
        assert answer.content == b"x" * 5000
        for accepted in ("identity", "gzip;q=0", "br, gzip; q=0.0"):
            assert (
                "content-encoding" not in client.get("/large", headers={"Accept-Encoding": accepted}).headers
            )
        assert "content-encoding" not in client.get("/here").headers

    @pytest.mark.parametrize(("tag", "zipped"), [('"abc"', False), ('W/"abc"', True)])
    def test_bytes_that_a_strong_etag_names_stay_as_they_are(self, around, tag, zipped):
        answer = around().get("/large", params={"tag": tag}, headers={"Accept-Encoding": "gzip"})
        assert ("content-encoding" in answer.headers) is zipped
        assert answer.headers["etag"] == tag

    def test_goes_over_the_wire_as_it_says(self, around):
        received = raw(
            around(),
            b"GET /large HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
        )
        assert gzip.decompress(received.partition(b"\r\n\r\n")[2]) == b"x" * 5000


class TestCors:
    ORIGIN = "https://app.example"

    def test_no_origin_may_call_unless_it_is_listed(self, around):
        asked = {"Origin": self.ORIGIN, "Access-Control-Request-Method": "GET"}
        closed = around()
        assert closed.options("/here", headers=asked).status_code == 405
        assert "access-control-allow-origin" not in closed.get("/here", headers=asked).headers

    def test_a_listed_one_may_without_cookies(self, around):
        client = around(cors_origins=f"{self.ORIGIN}, https://other.example")
        asked = {
            "Origin": self.ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, idempotency-key",
        }
        preflight = client.options("/here", headers=asked)
        assert preflight.status_code == 200
        for answer in (preflight, client.get("/here", headers=asked), client.get("/fault", headers=asked)):
            assert answer.headers["access-control-allow-origin"] == self.ORIGIN
            assert "access-control-allow-credentials" not in answer.headers
        stranger = client.get("/here", headers={"Origin": "https://app.example.evil"})
        assert "access-control-allow-origin" not in stranger.headers


class TestRateLimits:
    def test_an_address_that_calls_too_often_is_told_when_it_may_again(self, around):
        client = around(rate_limit_address="3/hour")
        assert [client.get("/here").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = client.get("/nothing")
        assert refused.json()["error"]["code"] == "too-many-requests"
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["ratelimit-policy"] == '"address";q=3;w=3600'
        assert refused.headers["ratelimit"] == f'"address";r=0;t={refused.headers["retry-after"]}'
        assert refused.headers["x-request-id"] == refused.json()["correlation_id"]

    def test_probes_are_not_counted(self, around):
        client = around(rate_limit_address="1/hour")
        assert [client.get("/healthz").status_code for _ in range(3)] == [200] * 3

    def test_a_forged_address_is_no_way_around(self, around):
        client = around(rate_limit_address="1/hour")
        statuses = [
            client.get("/here", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(3)
        ]
        assert statuses == [200, 429, 429]

    def test_addresses_behind_a_trusted_proxy_are_counted_one_by_one(self, around):
        client = around(rate_limit_address="1/hour", trusted_proxies="127.0.0.1")
        asked = [
            "203.0.113.1",
            "203.0.113.2",
            "203.0.113.1",
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8:0:1::1",
            "odd",
        ]
        statuses = [client.get("/here", headers={"X-Forwarded-For": each}).status_code for each in asked]
        assert statuses == [200, 200, 429, 200, 429, 200, 200]


class TestAccessLog:
    def test_each_call_is_one_event_without_its_query(self, around, caplog):
        client = around()
        with caplog.at_level(logging.INFO):
            client.get("/here?token=hush", headers={"Authorization": "Bearer hush", "X-Request-ID": "r-1"})
            client.get("/nothing%0aforged", headers={"X-Request-ID": "r-2"})
            client.get("/healthz")
        first, second = [vars(each) for each in caplog.records if each.name == "api.access_log"]
        assert (first["method"], first["path"], first["status"], first["caller"]) == (
            "GET",
            "/here",
            200,
            None,
        )
        assert first["duration"] > 0
        assert (second["path"], second["status"]) == ("/nothing\nforged", 404)
        assert "hush" not in repr(first)
