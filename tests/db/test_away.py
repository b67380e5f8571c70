"""A database that goes away: what is said, how long it is waited for, and what a claim then stands for."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from db.away import in_words, is_away, patiently
from db.claims import ClaimUncertain, claim
from db.ledger import Ledger
from db.settlements import Settlement, give_back, settle
from invoices.lifecycle import State
from tests.db.losing_proxy import Loses, LosingProxy


def error_of(engine, *statements):
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    except SQLAlchemyError as error:
        return error
    return pytest.fail("there was no error")


def raising(sqlstate):
    return f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"


CUT = "SELECT pg_terminate_backend(pg_backend_pid())"
READ_ONLY = "SET TRANSACTION READ ONLY"
WRITE = "UPDATE ledger SET single = true"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ((CUT,), "ended the connection"),
        ((READ_ONLY, WRITE), "read-only"),
        ((raising("53100"),), "no disk space"),
        ((raising("53300"),), "no more connections"),
        ((raising("57P03"),), "starting up"),
        ((raising("40P01"),), "waited for each other"),
    ],
)
def test_an_error_that_passes_is_told_from_others_and_said_in_words(owner, statements, said):
    error = error_of(owner, *statements)

    assert is_away(error)
    assert said in in_words(error)
    assert "run again" in in_words(error)


@pytest.mark.parametrize("statement", ["SELEC", "INSERT INTO ledger DEFAULT VALUES", raising("P0001")])
def test_an_error_of_ours_is_not_taken_for_one_that_passes(owner, statement):
    assert not is_away(error_of(owner, statement))


def test_a_server_that_is_not_there_is_away():
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    assert is_away(error_of(engine, "SELECT 1"))


def test_an_error_that_is_none_of_the_databases_is_not_away():
    assert not is_away(ValueError("53100"))


class TestPatience:
    @pytest.fixture
    def cut(self, owner):
        """Work that the database cuts short so many times."""

        def work(times):
            left = iter([CUT] * times)

            def once():
                with owner.begin() as connection:
                    connection.execute(text(next(left, "SELECT 1")))
                    return "done"

            return once

        return work

    def test_work_is_tried_again_until_the_database_is_back(self, cut):
        assert patiently(cut(2), seconds=10) == "done"

    def test_patience_ends(self, cut):
        with pytest.raises(SQLAlchemyError, match="terminating connection"):
            patiently(cut(1), seconds=0)

    def test_an_error_of_ours_is_raised_at_once(self, owner):
        tries = []

        def work():
            tries.append(1)
            raise error_of(owner, "SELEC")

        with pytest.raises(SQLAlchemyError):
            patiently(work, 10)
        assert len(tries) == 1


class TestLostCommits:
    @pytest.fixture
    def proxy(self, database_url):
        running = LosingProxy(database_url)
        yield running
        running.close()

    @pytest.fixture
    def through_proxy(self, proxy):
        ledger = Ledger(proxy.url)
        with ledger.reading():
            pass  # a new connection commits its role first
        yield ledger
        ledger.close()

    def lost_claim(self, arrange, proxy, through_proxy, what):
        invoice_id = arrange.in_state(State.READY)
        proxy.lose_next(what)
        with pytest.raises(ClaimUncertain) as uncertain:
            claim(through_proxy, arrange.actor, invoice_id, arrange.worker, 60)
        return invoice_id, uncertain.value

    def test_a_claim_whose_commit_was_not_answered_is_given_back(self, arrange, proxy, through_proxy):
        invoice_id, uncertain = self.lost_claim(arrange, proxy, through_proxy, Loses.ITS_ANSWER)
        assert arrange.state(invoice_id) is State.SENDING

        give_back(through_proxy, arrange.actor, uncertain)

        assert arrange.state(invoice_id) is State.READY
        (attempt,) = arrange.all("SELECT * FROM attempt")
        assert (attempt.outcome, attempt.code) == ("not_delivered", "ledger_away")
        assert arrange.row(invoice_id).tries == 0

    def test_a_claim_that_was_never_committed_leaves_nothing_to_give_back(
        self, arrange, proxy, through_proxy
    ):
        invoice_id, uncertain = self.lost_claim(arrange, proxy, through_proxy, Loses.THE_COMMIT)

        give_back(through_proxy, arrange.actor, uncertain)

        assert arrange.state(invoice_id) is State.READY
        assert arrange.all("SELECT * FROM attempt") == []

    @pytest.mark.parametrize("what", Loses)
    def test_a_settlement_whose_commit_was_lost_is_written_once(self, arrange, proxy, through_proxy, what):
        invoice_id = arrange.in_state(State.READY)
        claimed = arrange.claim(invoice_id)
        settlement = Settlement("accepted", "a_code", "Taken.", receipt="a-receipt")
        proxy.lose_next(what)

        patiently(lambda: settle(through_proxy, arrange.actor, claimed, settlement), 10)

        assert arrange.state(invoice_id) is State.SENT
        assert [each.to_state for each in arrange.events(invoice_id)][-2:] == ["sending", "sent"]
