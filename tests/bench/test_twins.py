"""The twins that a soak's source offers are what they are called, by Waybill's own reading of them."""

from collections import defaultdict

import pytest

from bench.twins import offers
from invoices.document import parse
from invoices.facts import Facts
from invoices.identity import identity_key

COUNT = 300


@pytest.fixture(scope="module")
def twins():
    """Twins and their originals, by the end of the twin's id, or by its version where that is the record's."""
    found = defaultdict(list)
    for offer in offers(COUNT, 0.5, seed=3):
        if offer.record is not offer.original:
            found[kind_of(offer)].append((offer.record, offer.original))
    return found


def kind_of(offer):
    suffix = offer.record.source_id.removeprefix(offer.original.source_id)
    same_bytes = offer.offered[2] == offer.same[1]
    return suffix or ("repeated" if same_bytes and offer.record.version == 1 else f"v{offer.record.version}")


def facts(record):
    return Facts.of(parse(record.read_document()))


def key(record):
    return identity_key(facts(record), record.company_number, record.direction, "")


def test_the_invoices_are_all_there_and_the_rest_are_their_twins(twins):
    originals = [each for each in offers(COUNT, 0.5, seed=3) if each.record is each.original]
    assert len({each.record.source_id for each in originals}) == COUNT
    assert set(twins) == {"repeated", "v1", "v2", "-COPY", "-AGAIN", "-OTHER"}
    assert COUNT * 0.3 < sum(map(len, twins.values())) < COUNT * 0.7


def test_twins_are_the_same_invoice_in_the_books(twins):
    assert all(key(twin) == key(original) for pairs in twins.values() for twin, original in pairs)


def test_twins_never_come_before_their_originals(twins):
    assert all(twin.updated_at >= first.updated_at for pairs in twins.values() for twin, first in pairs)


@pytest.mark.parametrize("kind", ["repeated", "-COPY"])
def test_some_are_the_same_bytes(twins, kind):
    assert all(twin.read_document() == original.read_document() for twin, original in twins[kind])


def test_some_say_the_same_in_other_bytes(twins):
    for twin, original in twins["-AGAIN"]:
        assert twin.read_document() != original.read_document()
        assert facts(twin).fingerprint == facts(original).fingerprint


@pytest.mark.parametrize("kind", ["v1", "v2", "-OTHER"])
def test_some_say_something_else_that_is_as_valid(twins, kind, checker):
    for twin, original in twins[kind]:
        assert facts(twin).fingerprint != facts(original).fingerprint
    twin, original = twins[kind][0]
    said = [checker.check(each.read_document()).checked.verdict for each in (twin, original)]
    assert said[0] == said[1] == "valid"


def test_the_seed_decides_alone():
    def described(seed):
        return [(each.offered, each.record.updated_at, each.same) for each in offers(50, 0.5, seed)]

    assert described(1) == described(1)
    assert described(1) != described(2)
