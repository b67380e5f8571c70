"""The application: it answers with problems in the one shape that they have."""


def test_what_is_not_there_is_a_problem(facade):
    answer = facade.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["error"]["code"] == "not-found"
