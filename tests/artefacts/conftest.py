"""Small artefacts to add and compile."""

from collections.abc import Callable

import pytest

SCHEMA = """<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
  <title>House Rules, 2nd edition</title>
  <ns prefix="cac" uri="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"/>
  <ns prefix="cbc" uri="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"/>
  <pattern><rule context="/*">{checks}</rule></pattern>
</schema>"""
CHECK = '<assert id="{code}" flag="{flag}" test="{test}">{code} does not hold.</assert>'


@pytest.fixture
def schema() -> Callable[..., bytes]:
    """A Schematron schema of rules that the root element is asked: id to XPath."""

    def make(tests: dict[str, str], flag: str = "fatal") -> bytes:
        checks = "".join(CHECK.format(code=code, flag=flag, test=test) for code, test in tests.items())
        return SCHEMA.format(checks=checks).encode()

    return make
