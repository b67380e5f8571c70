"""The vault: what the database keeps is encrypted when a key is set, and comes back as it was or not at all."""

import binascii
from base64 import urlsafe_b64decode
from contextlib import contextmanager
from itertools import count

import pytest
from cryptography.fernet import Fernet
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from db import migrate
from db.arrivals import store_records
from db.audit import verify
from db.checks import contents
from db.contested import contests
from db.documents import kept_document_of
from db.keys import KeyUse, key_uses, rewrite
from db.ledger import Actor, Ledger, RehearsalLedger
from db.vault import KeyMissing, NotAsEncrypted, Vault, key_id_of, new_key, sha256_of
from db.waypoints import Waypoint, listening
from invoices.findings import Finding, PolicyClass, Severity
from invoices.lifecycle import State
from invoices.source import RejectedRecord
from tests.db.conftest import Arrange

OLD, NEW, OTHER = new_key(), new_key(), new_key()
PERSON = Actor("an@example.be")
SERIALS = count(1)


def decoded(token):
    try:
        return urlsafe_b64decode(token)
    except (binascii.Error, ValueError):
        return None


class TestKeys:
    @given(
        plain=st.binary(max_size=2000),
        keys=st.lists(st.sampled_from([OLD, NEW, OTHER]), min_size=1, max_size=3),
    )
    def test_what_one_key_encrypted_any_vault_with_that_key_gives_back(self, plain, keys):
        kept = Vault(keys).kept(plain)
        assert Vault([NEW, OLD, OTHER]).plain(kept.content, kept.key_id) == plain
        assert (kept.size, kept.sha256, kept.key_id) == (len(plain), sha256_of(plain), key_id_of(keys[0]))
        assert Fernet(keys[0]).decrypt(kept.content) == plain

    @given(plain=st.binary(min_size=1))
    def test_without_keys_what_comes_in_stays_as_it_is(self, plain):
        kept = Vault().kept(plain)
        assert (kept.content, kept.key_id) == (plain, None)
        assert Vault([NEW]).plain(plain, None) == plain

    @pytest.mark.parametrize("keys", [[], [NEW], [NEW, OTHER]])
    def test_without_its_key_nothing_is_had_and_the_key_is_named(self, keys):
        kept = Vault([OLD]).kept(b"<Invoice/>")
        with pytest.raises(KeyMissing, match=key_id_of(OLD)) as missing:
            Vault(keys).plain(kept.content, kept.key_id)
        assert OLD not in str(missing.value)

    @given(data=st.data())
    def test_bytes_that_were_changed_are_refused(self, data):
        kept = Vault([OLD]).kept(b"<Invoice/>" * 9)
        position = data.draw(st.integers(0, len(kept.content) - 3))
        changed = bytearray(kept.content)
        changed[position] ^= data.draw(st.integers(1, 127))
        # Base64 passes over what is none of it.
        assume(decoded(bytes(changed)) != decoded(kept.content))
        with pytest.raises(NotAsEncrypted):
            Vault([OLD]).plain(bytes(changed), kept.key_id)

    def test_bytes_under_another_keys_name_are_had_where_that_key_is_at_hand_too(self):
        kept = Vault([OLD]).kept(b"x")
        assert Vault([NEW, OLD]).plain(kept.content, key_id_of(NEW)) == b"x"
        with pytest.raises(NotAsEncrypted):
            Vault([NEW]).plain(kept.content, key_id_of(NEW))


@pytest.fixture
def opened(database_url):
    """Opens the test's ledger with keys."""
    ledgers = []

    def with_keys(*keys):
        ledgers.append(Ledger(database_url, vault=Vault(keys)))
        return ledgers[-1]

    yield with_keys
    for each in ledgers:
        each.close()


@contextmanager
def arranging(ledger):
    with ledger.worker() as worker:
        yield Arrange(ledger, worker, serials=SERIALS)


@pytest.fixture
def past_guards(owner):
    """Runs a statement that no trigger sees, as one who has the whole server can."""

    def run(statement, **parameters):
        with owner.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement), parameters)

    return run


def payloads(ledger):
    with ledger.reading() as connection:
        return connection.execute(text("SELECT * FROM payload ORDER BY created_at, id")).all()


def rewritten(ledger, writer=None):
    """How many were rewritten, and why others were not."""
    batches = list(rewrite(ledger, PERSON, writer or ledger.vault))
    return sum(each.payloads for each in batches), [
        str(cause) for each in batches for _, cause in each.locked
    ]


def by_key(ledger):
    with ledger.reading() as connection:
        return {use.key_id: use.payloads for use in key_uses(connection, ledger.vault) if use.payloads}


def found(ledger):
    with ledger.reading() as connection:
        return [problem.kind for problem in verify(connection, documents=True, vault=ledger.vault)]


def document(ledger, invoice_id):
    with ledger.reading() as connection:
        kept = kept_document_of(connection, invoice_id)
    return ledger.vault.plain(kept.content, kept.key_id)


class TestWhatTheDatabaseKeeps:
    def test_documents_answers_and_rejected_records_are_encrypted_and_reasons_are_not(self, opened):
        ledger = opened(OLD)
        finding = Finding("WB-RECORD", Severity.FATAL, PolicyClass.STRUCTURE, "No.")
        with arranging(ledger) as arrange:
            invoice_id = arrange.checked(document=b"<Invoice>a secret</Invoice>")
            arrange.dedupe(invoice_id)
            arrange.settle(arrange.claim(invoice_id), "refused", answer=b"a secret answer")
            arrange.decide(invoice_id, "dismiss", reason="no secret")
            rejected = RejectedRecord(b'{"a": "secret"}', finding, "r", 1)
            store_records(ledger, arrange.actor, "java-backend", [], [rejected])
        rows = payloads(ledger)
        assert [row.content for row in rows if b"secret" in row.content] == [b"no secret"]
        assert {row.media_type: row.key_id for row in rows} == {
            "application/xml": key_id_of(OLD),
            "application/octet-stream": key_id_of(OLD),
            "application/json": key_id_of(OLD),
            "text/plain": None,
        }
        for row in rows:
            plain = ledger.vault.plain(row.content, row.key_id)
            assert (row.size, row.sha256) == (len(plain), sha256_of(plain))
        assert document(ledger, invoice_id) == b"<Invoice>a secret</Invoice>"
        assert found(ledger) == []

    def test_an_upload_gets_the_bytes_that_came_in(self, opened):
        with arranging(opened(OLD)) as arrange:
            invoice_id = arrange.deduped(document=b"<Invoice/>")
            assert arrange.claim(invoice_id).document == b"<Invoice/>"

    def test_an_empty_answer_is_not_kept(self, opened):
        ledger = opened(OLD)
        with arranging(ledger) as arrange:
            arrange.settle(arrange.claim(arrange.in_state(State.READY)), "refused", answer=b"")
        assert [row.media_type for row in payloads(ledger)] == ["application/xml"]

    def test_a_dry_run_has_the_keys_too(self, opened):
        assert RehearsalLedger(opened(OLD)).vault.writes_by == key_id_of(OLD)


class TestWithoutTheKey:
    def test_an_invoice_is_not_claimed_and_stays_as_it_was_while_others_go_on(self, opened):
        with arranging(opened(OLD)) as arrange:
            encrypted = arrange.deduped()
        with arranging(opened(NEW)) as arrange:
            other = arrange.deduped()
            with pytest.raises(KeyMissing):
                arrange.claim(encrypted)
            arrange.settle(arrange.claim(other), "accepted")
            assert arrange.states(encrypted, other) == [State.READY, State.SENT]
            assert arrange.all("SELECT count(*) FROM attempt")[0].count == 1
        with arranging(opened(NEW, OLD)) as arrange:
            arrange.settle(arrange.claim(encrypted), "accepted")
            assert arrange.state(encrypted) == State.SENT

    def test_documents_to_check_come_with_the_reason_in_the_place_of_their_bytes(self, opened):
        with arranging(opened(OLD)) as arrange:
            arrange.arrive(arrange.record())
        ledger = opened(NEW)
        with arranging(ledger) as arrange:
            arrange.arrive(arrange.record(document=b"<plain/>"))
            sizes = {
                row.id: row.size for row in arrange.all("SELECT id, size FROM document ORDER BY created_at")
            }
        (batch,) = contents(ledger, sizes)
        missing, plain = (batch[each] for each in sizes)
        assert (type(missing), plain) == (KeyMissing, b"<plain/>")

    def test_two_documents_cannot_be_compared(self, opened):
        with arranging(opened(OLD)) as arrange:
            ids = arrange.twins("other content")
        ledger = opened(NEW)
        with ledger.reading() as connection:
            (contest,) = contests(connection, ledger.vault, ids, 10)
        assert isinstance(contest.documents, KeyMissing)

    def test_the_document_is_not_given(self, opened):
        with arranging(opened(OLD)) as arrange:
            (invoice_id,) = arrange.arrive(arrange.record())
        with pytest.raises(KeyMissing):
            document(opened(), invoice_id)

    def test_verification_says_that_it_could_not_look_and_not_that_anything_was_changed(self, opened):
        with arranging(opened(OLD)) as arrange:
            arrange.settle(arrange.claim(arrange.deduped()), "refused", answer=b"said")
        assert found(opened(OLD)) == []
        ledger = opened(NEW)
        with ledger.reading() as connection:
            problems = list(verify(connection, documents=True, vault=ledger.vault))
        assert [problem.kind for problem in problems] == ["key_missing"] * 2
        assert {problem.place.split()[0] for problem in problems} == {"document", "the"}
        assert all(key_id_of(OLD) in problem.found for problem in problems)
        with ledger.reading() as connection:
            assert [problem.kind for problem in verify(connection, documents=True)] == ["key_missing"] * 2


class TestWhatWasChanged:
    def test_changed_bytes_are_named_by_verification_and_by_whoever_needs_them(self, opened, past_guards):
        ledger = opened(OLD)
        with arranging(ledger) as arrange:
            invoice_id = arrange.deduped()
            past_guards("UPDATE payload SET content = set_byte(content, 40, 0) WHERE key_id IS NOT NULL")
            assert found(ledger) == ["bytes_changed"]
            with pytest.raises(NotAsEncrypted):
                arrange.claim(invoice_id)
            assert arrange.state(invoice_id) == State.READY

    def test_documents_that_changed_places_are_noticed(self, opened, past_guards):
        ledger = opened(OLD)
        with arranging(ledger) as arrange:
            arrange.arrive(arrange.record(document=b"<one/>"), arrange.record(document=b"<two/>"))
        past_guards("UPDATE payload p SET content = other.content FROM payload other WHERE other.id <> p.id")
        assert found(ledger) == ["bytes_changed"] * 2
        assert rewritten(opened(NEW, OLD)) == (
            0,
            ["its bytes no longer have their SHA-256; they were changed"] * 2,
        )


class TestGuards:
    @pytest.fixture
    def payload(self, opened):
        ledger = opened(OLD)
        with arranging(ledger) as arrange:
            arrange.arrive(arrange.record(document=b"<plain/>"))
        return ledger

    @pytest.mark.parametrize(
        "change",
        [
            "content = 'x'",
            "content = '<plain/>'",
            "key_id = '0123456789abcdef'",
            "key_id = NULL",
            "key_id = NULL, content = 'x'",
            "size = 1",
            "sha256 = repeat('0', 64)",
        ],
    )
    def test_bytes_change_only_together_with_their_key_and_become_plain_only_as_they_were(
        self, payload, change
    ):
        with (
            pytest.raises(DBAPIError, match="is refused"),
            payload.transaction(PERSON, Waypoint.DECIDED) as connection,
        ):
            connection.execute(text(f"UPDATE payload SET {change}"))

    @pytest.mark.parametrize(
        "change",
        [
            "content = 'x', key_id = '0123456789abcdef'",
            "content = '<plain/>', key_id = NULL",
        ],
    )
    def test_they_may_be_encrypted_anew_and_decrypted(self, payload, change):
        with payload.transaction(PERSON, Waypoint.DECIDED) as connection:
            assert connection.execute(text(f"UPDATE payload SET {change}")).rowcount == 1

    def test_the_application_erases_nothing_by_itself(self, payload):
        with (
            pytest.raises(IntegrityError, match="erased by erase_documents"),
            payload.transaction(PERSON, Waypoint.DECIDED) as connection,
        ):
            connection.execute(text("UPDATE payload SET content = NULL, erased_at = now()"))

    def test_what_was_erased_does_not_come_back(self, payload, owner):
        with owner.begin() as connection:
            connection.execute(text("UPDATE payload SET content = NULL, erased_at = now()"))
        with (
            pytest.raises(DBAPIError, match="is refused"),
            payload.transaction(PERSON, Waypoint.DECIDED) as connection,
        ):
            connection.execute(
                text("UPDATE payload SET content = 'x', key_id = repeat('0', 16), erased_at = NULL")
            )

    @pytest.mark.parametrize(
        "change", ["key_id = 'my key', content = 'x'", "key_id = repeat('0', 16), content = 'x'"]
    )
    def test_a_key_is_named_by_its_id_and_reasons_have_none(self, arrange, change):
        arrange.decide(arrange.in_state(State.HELD), "dismiss")
        with pytest.raises(IntegrityError, match="ck_payload_key_id"):
            arrange.run(f"UPDATE payload SET {change} WHERE media_type = 'text/plain'")

    def test_the_schema_is_not_taken_back_while_anything_is_encrypted(self, payload, owner):
        with pytest.raises(DBAPIError, match="keys rotate --decrypt"), owner.begin() as connection:
            migrate.downgrade(connection, "0009")
        assert rewritten(payload, Vault())[0] == 1
        with owner.begin() as connection:
            migrate.downgrade(connection, "0009")
            assert connection.execute(text("SELECT content FROM payload")).scalar_one() == b"<plain/>"


class Killed(BaseException):
    """What stands for the end of the process."""


class TestRotation:
    def test_from_plain_to_a_key_to_another_and_back(self, opened):
        with arranging(opened()) as arrange:
            (invoice_id,) = arrange.arrive(arrange.record(document=b"<Invoice/>"))
            arrange.decide(arrange.in_state(State.HELD), "dismiss")
        before = [(row.size, row.sha256) for row in payloads(arrange.ledger)]
        for keys, writer in (([OLD], None), ([NEW, OLD], None), ([NEW], Vault())):
            ledger = opened(*keys)
            assert rewritten(ledger, writer) == (2, [])
            assert by_key(ledger) == {(writer or ledger.vault).writes_by: 2}
            assert rewritten(ledger, writer) == (0, [])
            assert document(ledger, invoice_id) == b"<Invoice/>"
            assert found(ledger) == []
        assert [(row.size, row.sha256) for row in payloads(ledger)] == before

    def test_it_goes_on_where_it_was_killed(self, opened):
        with arranging(opened(OLD)) as arrange:
            ids = arrange.arrive(*(arrange.record(document=bytes([n]) * 3_000_000) for n in range(5)))
        ledger = opened(NEW, OLD)
        batches = 0

        def kill(waypoint):
            nonlocal batches
            batches += waypoint is Waypoint.REENCRYPTED
            if batches == 2:
                raise Killed

        with pytest.raises(Killed), listening(kill):
            rewritten(ledger)
        assert set(by_key(ledger)) == {key_id_of(OLD), key_id_of(NEW)}
        assert [document(ledger, each)[0] for each in ids] == list(range(5))
        remaining = by_key(ledger)[key_id_of(OLD)]
        assert rewritten(ledger) == (remaining, [])
        assert by_key(ledger) == {key_id_of(NEW): 5}
        assert [document(ledger, each)[0] for each in ids] == list(range(5))

    def test_what_cannot_be_had_in_the_plain_is_left_and_named(self, opened, past_guards):
        for key, content in ((OTHER, b"<lost/>"), (OLD, b"<changed/>"), (OLD, b"<whole/>")):
            with arranging(opened(key)) as arrange:
                arrange.arrive(arrange.record(document=content))
        past_guards(
            "UPDATE payload SET content = set_byte(content, 40, 0) WHERE sha256 = :sha256",
            sha256=sha256_of(b"<changed/>"),
        )
        ledger = opened(NEW, OLD)
        done, why = rewritten(ledger)
        assert (done, len(why)) == (1, 2)
        assert any(key_id_of(OTHER) in cause for cause in why)
        assert any("they were changed" in cause for cause in why)
        assert by_key(ledger) == {key_id_of(OTHER): 1, key_id_of(OLD): 1, key_id_of(NEW): 1}

    def test_what_another_one_is_at_work_on_is_passed_over(self, opened):
        ledger = opened(OLD)
        with arranging(ledger) as arrange:
            arrange.arrive(arrange.record(), arrange.record())
        rotating = opened(NEW, OLD)
        with ledger.transaction(PERSON, Waypoint.DECIDED) as connection:
            connection.execute(text("SELECT FROM payload LIMIT 1 FOR NO KEY UPDATE"))
            assert rewritten(rotating) == (1, [])
        assert rewritten(rotating) == (1, [])

    def test_runs_go_on_meanwhile(self, opened):
        ledger = opened(NEW, OLD)
        with arranging(opened(OLD)) as arrange:
            first = arrange.deduped(document=b"<first/>")
            arrange.deduped()
        with arranging(ledger) as arrange:
            steps = rewrite(ledger, PERSON, ledger.vault)
            next(steps)
            arrange.settle(arrange.claim(first), "accepted", answer=b"said")
            arrange.arrive(arrange.record())
            assert list(steps) == []
        assert by_key(ledger) == {key_id_of(NEW): 4}
        assert found(ledger) == []


def test_how_much_is_under_which_key(opened):
    empty = [KeyUse(None, 0, 0, True)]
    with opened().reading() as connection:
        assert key_uses(connection, Vault()) == empty
        assert key_uses(connection, Vault([NEW])) == [*empty, KeyUse(key_id_of(NEW), 0, 0, True)]
    with arranging(opened()) as arrange:
        arrange.arrive(arrange.record(document=b"12"), arrange.record(document=b"345"))
    with arranging(opened(OLD)) as arrange:
        arrange.arrive(arrange.record(document=b"6789"))
    with opened().reading() as connection:
        uses = key_uses(connection, Vault([NEW]))
    assert {use.key_id: (use.payloads, use.bytes, use.readable) for use in uses} == {
        None: (2, 5, True),
        key_id_of(NEW): (0, 0, True),
        key_id_of(OLD): (1, 4, False),
    }
