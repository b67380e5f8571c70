"""Which addresses can be configured, and which URLs a source may send a client to."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.address import Address, ForeignAddressError, UnusableAddressError

HOME = Address.parse("https://erp.example:8443/app")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://ERP.example", "http://erp.example"),
        ("https://erp.example:443/", "https://erp.example"),
        ("http://erp.example:8081/a/b/", "http://erp.example:8081/a/b"),
        ("http://[::1]:8081", "http://[::1]:8081"),
    ],
)
def test_an_address_is_shown_without_its_default_port_and_final_slash(text, shown):
    assert str(Address.parse(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "erp.example",
        "ftp://erp.example",
        "http://",
        "http://:80",
        "http://h:99999",
        "http://[::1",
        "http://" + "a" * 70 + ".example",
        "http://erp.example/a b",
        "http://erp.example\\@evil.example",
        "http://erp.example/?secret=1",
        "http://erp.example/#part",
        "http://user:secret@erp.example",
        "http://user@erp.example",
    ],
)
def test_an_address_that_is_more_or_less_than_scheme_host_port_and_path_is_refused(text):
    with pytest.raises(UnusableAddressError) as refusal:
        Address.parse(text)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("prefix", ["", "/", "/app", "/app/"])
def test_paths_are_appended_to_the_prefix(prefix):
    assert Address.parse(f"http://h{prefix}").below("/x") == f"{prefix.rstrip('/')}/x"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/api/v1/invoices/1/ubl", "/api/v1/invoices/1/ubl"),
        ("/docs/1?version=2&x=%2F", "/docs/1?version=2&x=%2F"),
        ("docs/1", "/docs/1"),
        ("https://erp.example:8443/docs/1?v=2#part", "/docs/1?v=2"),
        ("HTTPS://ERP.EXAMPLE:8443", "/"),
        ("/docs/café", "/docs/caf%C3%A9"),
    ],
)
def test_a_path_or_a_url_on_the_same_origin_is_followed_without_the_prefix(url, target):
    assert HOME.target_of(url) == target


def test_the_default_port_is_the_same_whether_it_is_written_or_not():
    assert Address.parse("http://h").target_of("http://h:80/x") == "/x"
    assert Address.parse("https://h:443").target_of("https://h/x") == "/x"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "https://erp.example/x",
        "http://erp.example:8443/x",
        "https://erp.example:8443@evil.example/x",
        "https://user@erp.example:8443/x",
        "https://@erp.example:8443/x",
        "//evil.example/x",
        "//erp.example:8443/x",
        "///evil.example/x",
        "/\\evil.example/x",
        "\\\\evil.example/x",
        "https:/x",
        "https:erp.example/x",
        "https:///x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://erp.example:8443.evil.example/x",
        "https://erp.example.:8443/x",
        "https://erp.example:99999/x",
        "https://[::1/x",
        " /x",
        "/x\n",
        "\t//evil.example",
        "/x\u2028",
        "/\ud800",
        "/" + "x" * 5000,
    ],
)
def test_a_url_that_leads_elsewhere_or_might_is_refused(url):
    with pytest.raises(ForeignAddressError):
        HOME.target_of(url)


@given(
    st.text() | st.from_regex(r"(https?:)?[/\\]{0,3}(erp\.example|evil)?(:8443)?[@/\\?#]?\w*", fullmatch=True)
)
def test_whatever_a_source_says_the_target_is_a_path_in_ascii_or_an_error(url):
    try:
        target = HOME.target_of(url)
    except ForeignAddressError:
        return
    assert target.startswith("/")
    assert target.isascii()
    assert urlsplit(url).netloc.lower() in {"", "erp.example:8443"}


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("[::1]", True), ("10.0.0.1", False), ("erp.example", False)],
)
def test_this_machine_itself_is_told_from_others(host, loopback):
    assert Address.parse(f"http://{host}").is_loopback is loopback
