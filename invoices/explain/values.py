"""How values out of invoices are shown in the reader's language."""

import re

from invoices.explain.text import Language
from invoices.legible import legible

NO_BREAK = "\N{NO-BREAK SPACE}"

_LONGEST = 80
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,30})(?:\.(?P<decimals>[0-9]{1,30}))?(?: (?P<currency>[A-Z]{3}))?"
)
_ONE_WORD = re.compile(r"[\w@#/.:+-]{1,40}")
_QUOTED = {
    Language.EN: "“{}”",
    Language.NL: "“{}”",
    Language.FR: f"«{NO_BREAK}{{}}{NO_BREAK}»",
}


def shown(value: str | None, language: Language) -> str | None:
    """`value` as a reader of `language` writes it; None where there is nothing to show.

    A number with decimals, such as `121.00`, or with a currency, such as `121.00 EUR`, is shown as an amount with
    all of its decimals. Whole numbers and other single words are codes and identifiers, and stay as they are;
    everything else is put in quotation marks, on one line and cut to 80 characters.
    """
    if value is None:
        return None
    text = legible(value, _LONGEST)
    number = _NUMBER.fullmatch(text)
    if number and (number["decimals"] or number["currency"]):
        return _amount(number, language)
    if not text or _ONE_WORD.fullmatch(text):
        return text or None
    return _QUOTED[language].format(text)


def _amount(number: re.Match[str], language: Language) -> str:
    currency = number["currency"]
    whole = f"{int(number['whole']):,}"
    decimals = number["decimals"] or ""
    if currency:
        decimals = decimals.ljust(2, "0")
    sign = number["sign"].strip("+")
    if language is Language.EN:
        return _in_english(sign, f"{whole}.{decimals}", currency)
    figures = f"{sign}{whole.replace(',', '.')},{decimals}"
    if currency is None:
        return figures
    symbol = "€" if currency == "EUR" else currency
    first, last = (symbol, figures) if language is Language.NL else (figures, symbol)
    return f"{first}{NO_BREAK}{last}"


def _in_english(sign: str, figures: str, currency: str | None) -> str:
    if currency is None:
        return f"{sign}{figures}"
    if currency == "EUR":
        return f"{sign}€{figures}"
    return f"{currency}{NO_BREAK}{sign}{figures}"
