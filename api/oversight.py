"""Oversight: visits of operators who may see every company, as figures of the whole ledger are of all of them."""

from typing import Annotated

from fastapi import Depends

from api.problems import Forbidden
from api.visits import Operates, Visit


def unlimited(visit: Operates) -> Visit:
    """The visit of a caller without a limit to companies.

    Raises:
        Forbidden: The caller is limited to some.
    """
    if visit.caller.companies is not None:
        raise Forbidden(
            f"This is about all companies, and {visit.caller.name} is limited to some of them:"
            " call as an account or with a key that is not."
        )
    return visit


Oversees = Annotated[Visit, Depends(unlimited, scope="function")]
