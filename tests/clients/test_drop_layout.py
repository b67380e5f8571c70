"""What the path of a dropped file says, and the id that it gives."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.drop_layout import (
    MisplacedError,
    Place,
    digest_of,
    key_of,
    path_of,
    place_of,
    source_id_of,
    split_source_id,
)
from invoices.source import Direction

NAME = st.binary(min_size=1, max_size=60).map(
    lambda raw: os.fsdecode(raw.replace(b"/", b"_").replace(b"\0", b"_"))
)
PATH = st.lists(NAME.filter(lambda name: not name.startswith(".")), min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    "company", ["0123456749", "0123.456.749", "BE 0123.456.749", "be0123456749", "123456749"]
)
@pytest.mark.parametrize(
    ("folder", "direction"),
    [
        *((name, Direction.SALE) for name in ("sale", "Verkoop", "VENTE")),
        *((name, Direction.PURCHASE) for name in ("purchase", "Aankoop", "ACHAT")),
    ],
)
def test_company_and_direction_are_read_in_any_usual_spelling(company, folder, direction):
    assert place_of(f"{company}/{folder}/a.xml") == Place("0123456749", direction)


def test_a_file_in_the_folder_itself_says_nothing():
    assert place_of("a.xml") == Place(None, None)


@pytest.mark.parametrize(
    "relative",
    ["0123456749/a.xml", "0123456749/sales/a.xml", "0123456749/sale/x/a.xml", "sale/0123456749/a.xml"],
)
def test_another_layout_is_explained(relative):
    with pytest.raises(MisplacedError) as error:
        place_of(relative)
    assert error.value.finding.code == "WB-FOLDER-LAYOUT"
    assert "<company number>/sale|purchase/" in error.value.finding.expected


@pytest.mark.parametrize("company", ["0123456748", "Peeters", "\udcff"])
def test_a_folder_that_is_no_company_is_explained(company):
    with pytest.raises(MisplacedError) as error:
        place_of(f"{company}/sale/a.xml")
    assert error.value.finding.code == "WB-FOLDER-COMPANY"
    error.value.finding.message.encode()


def test_an_ordinary_path_is_its_own_key():
    assert (
        source_id_of("0123456749/sale/Facture été 1.xml", "0" * 12)
        == "0123456749/sale/Facture été 1.xml#000000000000"
    )


@given(PATH, st.binary())
def test_a_source_id_is_short_and_printable_whatever_the_path(relative, content):
    source_id = source_id_of(relative, digest_of(content))
    assert len(source_id) <= 128
    assert source_id.isprintable()
    assert split_source_id(source_id) == (key_of(relative), digest_of(content))


@given(PATH, PATH)
def test_two_paths_never_share_a_key(one, other):
    assert (key_of(one) == key_of(other)) == (one == other)


@given(PATH)
def test_a_key_that_was_not_cut_leads_back_to_its_path(relative):
    found = path_of(key_of(relative))
    assert found == relative if len(key_of(relative)) < 115 else found in {relative, None}


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../a.xml",
        "a/../b.xml",
        "a/./b.xml",
        "a//b.xml",
        "%2E%2E/a.xml",
        ".hidden.xml",
        "a%00.xml",
        "done/a.xml",
        "refused/a.xml",
        "\ud800",
        "%41.xml",
        "x" * 98 + "~" + "0" * 16,
    ],
)
def test_a_key_that_leads_out_of_the_folder_or_is_not_ours_has_no_path(key):
    assert path_of(key) is None
