"""Jobs: a run that ended without a word is not called running for ever."""

from uuid import uuid4

import pytest

from db.jobs import RunOf, close_dead_jobs, start_job


@pytest.fixture
def job_of(ledger):
    """Opens a job of a worker."""

    def start(worker):
        with ledger.engine.begin() as connection:
            return start_job(connection, RunOf(uuid4(), 1), worker, "process-invoices", "an", {})

    return start


def closed(ledger, arrange, job_id):
    with ledger.engine.begin() as connection:
        close_dead_jobs(connection)
    (row,) = arrange.all("SELECT * FROM job WHERE id = :id", id=job_id)
    return row


def test_the_job_of_a_dead_worker_is_closed_with_what_became_of_it(ledger, arrange, job_of):
    with ledger.worker() as dying:
        job_id = job_of(dying)

    row = closed(ledger, arrange, job_id)

    assert row.state == "failed"
    assert "killed" in row.error
    assert row.ended_at is not None


def test_the_job_of_a_living_worker_is_left_alone(ledger, arrange, job_of):
    assert closed(ledger, arrange, job_of(arrange.worker)).state == "running"
