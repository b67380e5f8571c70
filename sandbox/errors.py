"""How a call can break its contract.

ContractError
├── UnknownCursorError
├── MalformedFormError
├── GraphQLError
└── RefusedCallError (in reception.py: any of these with the answer that it gets)
"""


class ContractError(Exception):
    """A call is not as the contract has it; the message says how."""


class UnknownCursorError(ContractError):
    """This feed did not issue the cursor, or what it pointed at is gone."""


class MalformedFormError(ContractError):
    """The body is not the form that the contract asks for."""


class GraphQLError(ContractError):
    """The request is refused; the message is what the caller reads in `errors`."""
