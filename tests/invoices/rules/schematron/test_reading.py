"""Artefacts: what is read from Schematron schemas, and from the XSLT that they were compiled to."""

import pytest

from invoices.findings import Severity
from invoices.rules.schematron.reading import NotSchematron, read_artefact
from tests.invoices.rules.schematron.schema import document, fired, program, schema

XSLT = """<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="2.0"
    xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:cbc="urn:cbc">
  <xsl:variable name="euro" select="'EUR'"/>
  <xsl:template match="/"><svrl:schematron-output title="Compiled"/></xsl:template>
  <xsl:template match="cbc:B" mode="M1" priority="10">
    <svrl:fired-rule/>
    <xsl:choose><xsl:when test=". = $euro"/><xsl:otherwise>
      <svrl:failed-assert test=". = $euro"><xsl:attribute name="id">X-1</xsl:attribute>
        <xsl:attribute name="flag">warning</xsl:attribute><svrl:text>Only  euro.</svrl:text></svrl:failed-assert>
    </xsl:otherwise></xsl:choose>
    <xsl:if test="true()">
      <svrl:successful-report id="X-2" test="true()"><svrl:text>Seen.</svrl:text></svrl:successful-report>
    </xsl:if>
  </xsl:template>
  <xsl:template match="cbc:A" mode="M1" priority="11"><svrl:fired-rule/></xsl:template>
  <xsl:template match="text()" mode="M1" priority="-1"/>
</xsl:stylesheet>"""


def test_a_schema_is_read_with_its_rules_and_variables():
    artefact = read_artefact(schema([("cac:A", "true()")], [("cac:B", "false()")], title="Ours 1"))
    assert artefact.title == "Ours 1"
    assert [rule.context for pattern in artefact.patterns for rule in pattern.rules] == ["cac:A", "cac:B"]
    assert [(check.code, check.severity, check.text) for check in artefact.checks] == [
        ("P1-R1", Severity.FATAL, "P1-R1 says no."),
        ("P2-R1", Severity.FATAL, "P2-R1 says no."),
    ]


def test_compiled_xslt_is_read_in_the_order_of_its_priorities():
    artefact = read_artefact(XSLT.encode())
    assert artefact.title == "Compiled"
    assert [rule.context for rule in artefact.patterns[0].rules] == ["cbc:A", "cbc:B"]
    assert [let.name for let in artefact.lets] == ["euro"]
    first, second = artefact.checks
    assert (first.code, first.severity, first.test, first.text) == (
        "X-1",
        Severity.WARNING,
        ". = $euro",
        "Only euro.",
    )
    assert (second.code, second.severity, second.is_report) == ("X-2", Severity.FATAL, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<a/>", "neither"),
        (b"<a", "not well-formed"),
        (b"", "not well-formed"),
        (schema(before='<include href="x"/>'), "include"),
        (schema(before='<pattern is-a="x"/>'), "abstract"),
        (b'<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>', "not made of"),
    ],
)
def test_anything_else_is_refused_with_the_reason(content, words):
    with pytest.raises(NotSchematron, match=words):
        read_artefact(content)


def test_an_entity_is_never_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    content = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>'.encode() + schema([("/*", "true()")])
    content = content.replace(b"says no", b"&x;")
    assert all("secret" not in check.text for check in read_artefact(content).checks)


def test_variables_of_schema_pattern_and_rule_are_seen_where_they_belong():
    before = '<let name="euro" value="\'EUR\'"/><let name="all" value="count(//cbc:ID)"/>'
    rules = [("/ubl:Invoice", "$all = 2 and cbc:Code = $euro")]
    body = "<cbc:ID>1</cbc:ID><cbc:ID>2</cbc:ID><cbc:Code>EUR</cbc:Code>"
    assert fired(schema(rules, before=before), document(body)) == []
    assert fired(schema(rules, before=before), document(body.replace("EUR", "USD"))) == ["P1-R1"]


FUNCTIONS = """
<xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="u:twice" as="xs:decimal">
  <xsl:param name="n" as="xs:decimal"/><xsl:variable name="two" select="2"/><xsl:sequence select="$n * $two"/>
</xsl:function>
<xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="u:sum" as="xs:integer">
  <xsl:param name="n" as="xs:integer"/>
  <xsl:sequence select="if ($n = 0) then 0 else $n + u:sum($n - 1)"/>
</xsl:function>
<xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="u:kind" as="xs:string">
  <xsl:param name="n"/>
  <xsl:choose><xsl:when test="$n = 'a'"><xsl:sequence select="'first'"/></xsl:when>
    <xsl:otherwise><xsl:sequence select="'other'"/></xsl:otherwise></xsl:choose>
</xsl:function>
<xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="u:half" as="xs:boolean">
  <xsl:param name="n" as="xs:integer"/>
  <xsl:choose><xsl:when test="$n lt 0"><xsl:sequence select="false()"/></xsl:when>
    <xsl:otherwise><xsl:variable name="two" select="2"/>
      <xsl:variable name="rest" as="xs:integer"><xsl:sequence select="$n mod $two"/></xsl:variable>
      <xsl:sequence select="$rest = 0"/></xsl:otherwise></xsl:choose>
</xsl:function>
<xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="u:twofold">
  <xsl:param name="n"/>
  <xsl:choose><xsl:when test="$n = 1"><xsl:variable name="v" select="1"/><xsl:sequence select="$v"/></xsl:when>
    <xsl:otherwise><xsl:variable name="v" select="2"/><xsl:sequence select="$v"/></xsl:otherwise></xsl:choose>
</xsl:function>
"""


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ("u:twice(cbc:A) = 5", True),
        ("u:twice(cbc:A) = 4", False),
        ("u:sum(4) = 10", True),
        ("u:half(4) and not(u:half(3)) and not(u:half(-2))", True),
        ("u:kind(cbc:B) = 'first' and u:kind(cbc:A) = 'other'", True),
    ],
)
def test_functions_of_the_artefact_are_compiled_too(test, holds):
    body = "<cbc:A>2.5</cbc:A><cbc:B>a</cbc:B>"
    assert (fired(schema([("/*", test)], before=FUNCTIONS), document(body)) == []) is holds


def test_a_function_with_two_variables_of_one_name_is_not_guessed_at():
    _, _, uncompilable = program(schema([("/*", "u:twofold(1) = 1")], before=FUNCTIONS))
    assert list(uncompilable) == ["P1-R1"]
