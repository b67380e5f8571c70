"""The gate: whether a run may go on uploading."""

from hypothesis import given
from hypothesis import strategies as st

from tasks.upload_gate import UploadGate


def test_it_is_open_at_first():
    assert UploadGate(1).closed_because is None


def test_the_first_reason_stands():
    gate = UploadGate(3)
    gate.close("The token is refused.")
    gate.close("Something else.")
    for _ in range(3):
        gate.no_usable_answer("no answer")
    assert gate.closed_because == "The token is refused."


def test_the_reason_counts_the_failures_and_quotes_the_last():
    gate = UploadGate(2)
    gate.no_usable_answer("one")
    gate.no_usable_answer("two")
    gate.no_usable_answer("three")
    assert gate.closed_because == "2 uploads in a row had no usable answer; the last: two"


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=20))
def test_it_closes_once_so_many_in_a_row_had_no_usable_answer(most, answers):
    gate = UploadGate(most)
    in_a_row, closed = 0, False
    for usable in answers:
        if usable:
            gate.usable_answer()
        else:
            gate.no_usable_answer("no answer")
        in_a_row = 0 if usable else in_a_row + 1
        closed = closed or in_a_row == most
        assert (gate.closed_because is not None) is closed
