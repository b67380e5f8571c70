"""One HTTP call: bounded in time and bytes, honest about what may have been sent, silent about secrets."""

import gzip
import pickle
import socket
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from clients.address import Address
from clients.bearer import Bearer
from clients.errors import AnswerGarbled, AnswerTooLarge, ExchangeFailed, NoAnswer, NotSent
from clients.transport import DEFAULT_BUDGET, Budget, Call, HttpClient
from logs.correlation import correlated

TOKEN = "Tk-" + "s3cr3t" * 12
SHORT = Budget(connect=0.3, read=0.3, write=0.3, pool=0.3, total=5)
POST = Call("POST", "/x?password=hush", content=(b"abc", b"def"), content_type="text/plain")
GET = Call("GET", "/x?password=hush")


@pytest.fixture
def client():
    clients = []

    def make(url, budget=DEFAULT_BUDGET, **options):
        clients.append(HttpClient(Address.parse(url), Bearer(TOKEN), budget, **options))
        return clients[-1]

    yield make
    for each in clients:
        each.close()


def failure_of(client, call, max_bytes=1000):
    with pytest.raises(ExchangeFailed) as failure:
        client.send(call, max_bytes)
    return failure.value


def assert_silent(error):
    assert error.__context__ is None
    assert error.__cause__ is None
    for shown in (repr(error), "".join(traceback.format_exception(error)), repr(pickle.dumps(error))):
        assert TOKEN not in shown
        assert "hush" not in shown


def test_a_call_carries_its_method_target_headers_and_body(serve, client):
    server = serve(serve.reply(200, b"hello"))
    reply = client(server.url).send(Call("POST", "/p?q=1", "id-1", (b"abc", b"def"), "text/plain"), 5)
    [request] = server.received
    assert (reply.status, reply.body, reply.retry_after) == (200, b"hello", None)
    assert (request.method, request.target, request.body) == ("POST", "/p?q=1", b"abcdef")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["user-agent"].startswith("Waybill/")
    assert request.headers["x-request-id"] == "id-1"
    assert request.headers["content-type"] == "text/plain"
    assert request.headers["content-length"] == "6"
    assert "transfer-encoding" not in request.headers


def test_a_call_need_not_carry_the_token(serve, client):
    server = serve(serve.reply(200))
    client(server.url).send(Call("GET", "/x", authenticated=False), 5)
    assert "authorization" not in server.received[0].headers


def test_each_call_without_an_id_gets_its_own():
    assert GET.request_id != POST.request_id


def test_a_call_carries_the_id_of_what_is_being_done():
    with correlated("run-7"):
        assert Call("GET", "/x").request_id == "run-7"


def test_a_large_body_arrives_whole(serve, client):
    server = serve(serve.reply(200))
    document = bytes(range(256)) * 4096
    client(server.url).send(Call("POST", "/x", content=(b"head", document)), 5)
    assert server.received[0].body == b"head" + document


def test_redirects_are_answers_and_are_not_followed(serve, client):
    elsewhere = serve(serve.reply(200))
    server = serve(serve.reply(302, Location=elsewhere.url))
    assert client(server.url).send(GET, 5).status == 302
    assert elsewhere.received == []


def test_cookies_are_not_kept(serve, client):
    server = serve(serve.reply(200, Set_Cookie="a=b"))
    one = client(server.url)
    one.send(GET, 5)
    one.send(GET, 5)
    assert all("cookie" not in request.headers for request in server.received)


def test_an_answer_of_exactly_the_cap_is_taken(serve, client):
    assert client(serve(serve.reply(200, b"x" * 1000)).url).send(GET, 1000).body == b"x" * 1000


def test_an_answer_beyond_the_cap_is_too_large(serve, client):
    assert isinstance(failure_of(client(serve(serve.reply(200, b"x" * 1001)).url), GET), AnswerTooLarge)


def test_an_endless_answer_is_cut_at_the_cap(serve, client):
    endless = serve.drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096, pause=0)
    assert isinstance(failure_of(client(serve(lambda _: endless).url), GET), AnswerTooLarge)


def test_a_gzip_bomb_is_not_inflated_past_the_cap(serve, client):
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    server = serve(serve.reply(200, bomb, Content_Encoding="gzip"))
    assert isinstance(failure_of(client(server.url), GET, 100_000), AnswerTooLarge)


def test_gzip_is_undone(serve, client):
    assert client(serve(serve.gzipped(b"hello")).url).send(GET, 5).body == b"hello"


def test_gzip_that_is_cut_off_is_garbled(serve, client):
    error = failure_of(client(serve(serve.gzipped(b"hello", cut=-4)).url), GET)
    assert isinstance(error, AnswerGarbled)
    assert_silent(error)


def test_no_content_has_no_coding_either(serve, client):
    assert client(serve(serve.reply(204, Content_Encoding="gzip")).url).send(GET, 5).status == 204


@pytest.mark.parametrize(
    "answer",
    [
        lambda serve: serve.reply(401, b"not gzip", Content_Encoding="gzip"),
        lambda serve: serve.reply(401, b"x" * 5000),
        lambda serve: serve.then_drop(b"HTTP/1.1 401 No\r\nContent-Length: 50\r\n\r\nhal"),
    ],
)
def test_a_broken_body_does_not_hide_an_error_status(serve, client, answer):
    act = answer(serve)
    reply = client(serve(lambda _: act).url).send(GET, 1000)
    assert reply.status == 401
    assert len(reply.body) <= 1000


def test_a_server_says_when_to_come_back(serve, client):
    assert client(serve(serve.reply(429, Retry_After="7")).url).send(GET, 5).retry_after == 7


@pytest.mark.parametrize("call", [GET, POST])
def test_a_refused_connection_means_not_sent(refused_url, client, call):
    error = failure_of(client(refused_url), call)
    assert isinstance(error, NotSent)
    assert "/x: could not connect" in str(error)
    assert_silent(error)


def test_an_unknown_host_means_not_sent(client):
    error = failure_of(client("http://no-such-host.invalid"), POST)
    assert isinstance(error, NotSent)


def test_a_failed_tls_handshake_means_not_sent(serve, client):
    server = serve(serve.reply(200))
    error = failure_of(client(server.url.replace("http:", "https:"), SHORT), POST)
    assert isinstance(error, NotSent)


def test_a_connection_that_does_not_come_about_in_time_means_not_sent(client):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first:
        first.connect(full.getsockname())
        port = full.getsockname()[1]
        error = failure_of(client(f"http://127.0.0.1:{port}", SHORT), POST)
    assert isinstance(error, NotSent)
    assert "no connection within 0.3 s" in str(error)


def test_no_free_connection_in_time_means_not_sent(serve, client):
    taken = threading.Event()
    server = serve(lambda _: lambda connection: (taken.set(), serve.silence(connection)))
    one = client(server.url, Budget(read=5, pool=0.1), max_connections=1)
    with ThreadPoolExecutor() as pool:
        busy = pool.submit(failure_of, one, GET)
        taken.wait(5)
        error = failure_of(one, POST)
        server.close()
    assert isinstance(busy.result(), NoAnswer)
    assert isinstance(error, NotSent)
    assert "no connection came free" in str(error)


@pytest.mark.parametrize("call", [GET, POST])
def test_a_connection_lost_before_the_answer_means_no_answer(serve, client, call):
    error = failure_of(client(serve(lambda _: serve.drop).url), call)
    assert isinstance(error, NoAnswer)
    assert "the connection was lost" in str(error)
    assert_silent(error)


def test_a_connection_lost_within_the_answer_means_no_answer(serve, client):
    half = serve.then_drop(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
    assert isinstance(failure_of(client(serve(lambda _: half).url), POST), NoAnswer)


def test_a_connection_lost_while_the_body_is_sent_means_no_answer(serve, client):
    server = serve(None, before_body=lambda _: serve.drop)
    call = Call("POST", "/x", content=(bytes(32 * 1024 * 1024),))
    assert isinstance(failure_of(client(server.url), call), NoAnswer)


def test_an_answer_that_is_not_http_means_no_answer(serve, client):
    assert isinstance(failure_of(client(serve(b"hello\r\n\r\n").url), POST), NoAnswer)


def test_a_silent_server_means_no_answer(serve, client):
    error = failure_of(client(serve(lambda _: serve.silence).url, SHORT), POST)
    assert isinstance(error, NoAnswer)
    assert "no answer for 0.3 s" in str(error)


def test_a_server_that_takes_nothing_in_means_no_answer(serve, client):
    held = threading.Event()
    server = serve(None, before_body=lambda _: lambda __: held.wait(10))
    error = failure_of(client(server.url, SHORT), Call("POST", "/x", content=(bytes(64 * 1024 * 1024),)))
    held.set()
    assert isinstance(error, NoAnswer)
    assert "nothing was taken in" in str(error)


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Endless: "]
)
def test_an_answer_that_drips_ends_with_the_budget_of_the_call(serve, client, start):
    drip = serve.drip(start)
    error = failure_of(client(serve(lambda _: drip).url, Budget(total=0.4)), POST, 10**7)
    assert isinstance(error, NoAnswer)
    assert "its time of 0.4 s was used up" in str(error)


def test_a_budget_spent_before_connecting_means_not_sent(serve, client):
    error = failure_of(client(serve(serve.reply(200)).url, Budget(total=0)), POST)
    assert isinstance(error, NotSent)


def test_an_absurd_target_is_not_sent(serve, client):
    server = serve(serve.reply(200))
    assert isinstance(failure_of(client(server.url), Call("GET", "/" + "x" * 70_000)), NotSent)
    assert server.received == []


def test_each_call_has_a_connection_of_its_own(serve, client):
    server = serve(serve.reply(200))
    calling = client(server.url)
    for _ in range(2):
        calling.send(GET, 5)
    assert server.connections == 2


def test_what_is_left_over_from_one_answer_is_not_taken_for_the_next(serve, client):
    answers = iter([serve.reply(200, b"first") + serve.reply(200, b"left"), serve.reply(200, b"second")])
    calling = client(serve(lambda _: next(answers)).url)
    assert [calling.send(GET, 50).body for _ in range(2)] == [b"first", b"second"]


def test_the_proxy_of_the_environment_is_used_but_where_it_should_not(serve, client, monkeypatch):
    proxy = serve(serve.reply(200, b"by proxy"))
    direct = serve(serve.reply(200, b"direct"))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "internal.invalid")
    assert client("http://elsewhere.example").send(GET, 50).body == b"by proxy"
    assert client(direct.url).send(GET, 50).body == b"direct"
    assert isinstance(failure_of(client("http://internal.invalid"), GET), NotSent)
    assert len(proxy.received) == 1


def test_a_proxy_that_does_not_let_a_call_through_means_not_sent(serve, client, monkeypatch):
    proxy = serve(serve.reply(407))
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    error = failure_of(client("https://elsewhere.example"), POST)
    assert isinstance(error, NotSent)
    assert "the proxy did not let it through" in str(error)
    assert all("authorization" not in request.headers for request in proxy.received)


def test_no_token_query_or_header_is_logged(serve, client, everything_logged):
    server = serve(serve.reply(200, b"body", X_Private="hush"))
    one = client(server.url)
    one.send(POST, 50)
    server.answer = lambda _: serve.drop
    failure_of(one, POST)
    assert "POST " + server.url + "/x answered 200" in everything_logged.text
    assert TOKEN not in everything_logged.text
    assert "hush" not in everything_logged.text


def test_each_call_is_logged_with_what_came_of_it(serve, client, everything_logged):
    server = serve(serve.reply(200, b"body"))
    one = client(server.url)
    one.send(Call("POST", "/x?q=hush", "r-1", (b"abc",)), 50)
    failure_of(one, Call("GET", "/x", "r-2"), 3)
    server.answer = lambda _: serve.drop
    failure_of(one, Call("GET", "/x", "r-3"))
    logged = [vars(each) for each in everything_logged.records if each.name == "clients.transport"]
    assert [each["method"] for each in logged] == ["POST", "GET", "GET"]
    assert {(each["host"], each["path"]) for each in logged} == {(server.url.removeprefix("http://"), "/x")}
    assert [(each["status"], each["bytes"]) for each in logged] == [(200, 4), (None, None), (None, None)]
    assert [each["correlation_id"] for each in logged] == ["r-1", "r-2", "r-3"]
    assert all(each["duration"] > 0 for each in logged)
    assert [each["message"].rsplit(" ", 1)[1] for each in logged] == ["200", "AnswerTooLarge", "NoAnswer"]


def test_other_calls_of_the_http_library_are_logged_as_before(serve, everything_logged):
    httpx.get(serve(serve.reply(200)).url, trust_env=False)
    assert "HTTP Request: GET" in everything_logged.text


def test_a_client_is_shown_by_its_address_only(client):
    assert repr(client("http://h/app")) == "HttpClient(http://h/app)"
