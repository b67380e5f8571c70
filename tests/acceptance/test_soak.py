"""A small soak: faults of many kinds and some kills at once; the large one is `bench/soak.py`."""

from bench.soaked import Plan
from bench.soaking import soak

PLAN = Plan(invoices=160, faults=0.06, kill_every=0.5, seed=4, chunk_size=20, most_kills=2)


def test_nothing_is_lost_or_taken_twice_under_faults_and_kills(database_url, prefect_api, data_dir):
    data_dir.mkdir()
    said = []

    result = soak(PLAN, database_url.render_as_string(hide_password=False), data_dir, said.append)

    assert result.wrong == ()
    assert (result.tally.lost, result.tally.twice) == (0, 0)
    assert 0 <= result.tally.accepted - result.tally.sent <= result.tally.unknown
    assert result.tally.sent + result.tally.unknown >= PLAN.invoices
    assert result.kills >= 2, said
    assert len(result.faults) >= 10, "faults of many kinds struck"
