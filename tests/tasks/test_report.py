"""Report: what a run came to, in words."""

from tasks.report import summary


def test_the_summary_is_a_table_of_counts_and_a_list_of_problems():
    assert summary({"sent": 27, "held": 2}, ["Clearfacts refused the token."]) == (
        "| | |\n|---|---:|\n| sent | 27 |\n| held | 2 |\n\n- Clearfacts refused the token."
    )


def test_a_run_without_problems_lists_none():
    assert summary({"sent": 1}, []).endswith("| sent | 1 |\n")
