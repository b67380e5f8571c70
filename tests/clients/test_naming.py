"""What a delivered invoice is called, however odd its parties and numbers are."""

import re
from datetime import date
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clients.naming import Ref, parse_ref, short_id, upload_comment, upload_name
from invoices.source import Direction

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
SHA256 = "3f786850e387550fdab836ed7e6dc881de23001b" + "0" * 24
REF = Ref.of(ID, SHA256)
ODD = st.none() | st.text(st.characters(), max_size=300)


def test_a_file_name_can_be_read_by_people():
    name = upload_name(REF, Direction.PURCHASE, date(2026, 3, 14), "Peeters", "2026/0412")
    assert name == f"2026-03-14_AANKOOP_Peeters_2026-0412_WB{REF.short_id}.xml"


@pytest.mark.parametrize(
    ("counterparty", "part"),
    [
        ("Brasserie de l'Été & Fils", "Brasserie-de-l-Ete-Fils"),
        ("Straße Øst Œuvre Łódź", "Strasse-Ost-OEuvre-Lodz"),
        ("Peeters N.V.", "Peeters-N.V"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\0b\nc\\d:e", "a-b-c-d-e"),
        ("Αθήνα", "onbekend"),
        ("", "onbekend"),
        (None, "onbekend"),
    ],
)
def test_the_counterparty_is_written_in_plain_letters(counterparty, part):
    name = upload_name(REF, Direction.SALE, date(2026, 3, 14), counterparty, "1")
    assert name == f"2026-03-14_VERKOOP_{part}_1_WB{REF.short_id}.xml"


def test_what_is_not_known_is_said():
    name = upload_name(REF, Direction.SALE, None, None, None)
    assert name == f"zonder-datum_VERKOOP_onbekend_zonder-nummer_WB{REF.short_id}.xml"


@given(st.uuids(), st.sampled_from(Direction), st.none() | st.dates(), ODD, ODD)
def test_a_file_name_is_always_short_safe_and_the_same(ledger_id, direction, issued, counterparty, number):
    ref = Ref.of(ledger_id, SHA256)
    name = upload_name(ref, direction, issued, counterparty, number)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,120}", name)
    assert ".." not in name
    assert name == upload_name(ref, direction, issued, counterparty, number)


@given(st.uuids(), st.uuids())
def test_two_invoices_never_share_a_file_name(one, other):
    assume(one != other)
    names = {upload_name(Ref.of(each, SHA256), Direction.SALE, None, "A", "1") for each in (one, other)}
    assert len(names) == 2


def test_invoices_of_the_same_moment_have_short_ids_without_anything_in_common():
    later = UUID(int=ID.int + 1)
    assert short_id(ID)[:4] != short_id(later)[:4]


@given(st.uuids())
def test_a_short_id_is_ten_characters_of_crockfords_alphabet(ledger_id):
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{10}", short_id(ledger_id))


def test_a_comment_is_the_sentence_and_the_ref():
    comment = upload_comment(REF, "Type 384 geldt enkel tussen Duitse bedrijven.")
    assert comment == f"Type 384 geldt enkel tussen Duitse bedrijven. Ref WB-{REF.short_id} 3f786850"


def test_a_comment_without_a_sentence_is_the_ref():
    assert upload_comment(REF) == f"Ref WB-{REF.short_id} 3f786850"


def test_a_long_sentence_is_cut_and_the_ref_is_not():
    comment = upload_comment(REF, "lang " * 100)
    assert len(comment) == 199
    assert comment.endswith(f"lang l… {REF}")


@given(st.uuids(), st.text(st.characters(), max_size=400))
def test_a_comment_is_short_legible_and_leads_back_to_the_invoice(ledger_id, sentence):
    ref = Ref.of(ledger_id, SHA256)
    comment = upload_comment(ref, sentence)
    assert len(comment) < 200
    assert comment.isprintable()
    assert comment.endswith(str(ref))
    assert parse_ref(comment) == ref


def test_a_ref_that_the_sentence_quotes_is_not_taken_for_the_comments_own():
    assert parse_ref(upload_comment(REF, "Ref WB-0123456789 deadbeef")) == REF


def test_a_ref_is_found_before_what_people_added():
    assert parse_ref(f"{upload_comment(REF)} (ok, Jan)") == REF


@pytest.mark.parametrize(
    "comment",
    ["", "Ref WB-", "Ref WB-0123456789", "Ref WB-O123456789 deadbeef", "Ref WB-0123456789 deadbeef0"],
)
def test_a_comment_of_somebody_else_has_no_ref(comment):
    assert parse_ref(comment) is None
