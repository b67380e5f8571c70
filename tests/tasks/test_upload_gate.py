"""The gate: whether a run may go on uploading."""

from tasks.upload_gate import UploadGate


def test_it_is_open_at_first():
    gate = UploadGate()
    assert gate.closed_because is None
    assert not gate.closed_by_request


def test_the_first_reason_stands():
    gate = UploadGate()
    gate.close("The token is refused.")
    gate.close("Clearfacts asked for a pause.", by_request=True)
    assert gate.closed_because == "The token is refused."
    assert not gate.closed_by_request


def test_it_tells_a_request_from_a_fault():
    gate = UploadGate()
    gate.close("Clearfacts asked for a pause.", by_request=True)
    assert gate.closed_by_request
