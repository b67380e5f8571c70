"""Business terms: which term or group of EN 16931 each rule is about, where the rule itself tells."""

from collections.abc import Mapping

_OF_CATEGORIES = (
    "01=BG-23 02=BT-31 03=BT-31 04=BT-31 05=BT-152 06=BT-96 07=BT-103 08=BT-116 09=BT-117 10=BT-120"
)

_TERMS = {
    "BR": """
        01=BT-24 02=BT-1 03=BT-2 04=BT-3 05=BT-5 06=BT-27 07=BT-44 08=BG-5 09=BT-40 10=BG-8 11=BT-55
        12=BT-106 13=BT-109 14=BT-112 15=BT-115 16=BG-25 17=BT-59 18=BT-62 19=BG-12 20=BT-69
        21=BT-126 22=BT-129 23=BT-130 24=BT-131 25=BT-153 26=BT-146 27=BT-146 28=BT-148 29=BT-74 30=BT-135
        31=BT-92 32=BT-95 33=BT-97 36=BT-99 37=BT-102 38=BT-104 41=BT-136 42=BT-139 43=BT-141 44=BT-144
        45=BT-116 46=BT-117 47=BT-118 48=BT-119 49=BT-81 50=BT-84 51=BT-87 52=BT-122 53=BT-111 54=BG-32
        55=BT-25 56=BT-63 57=BT-80 61=BT-84 62=BT-34 63=BT-49 64=BT-157 65=BT-158""",
    "BR-CO": """
        03=BT-7 04=BT-151 05=BT-98 06=BT-105 07=BT-140 08=BT-145 10=BT-106 11=BT-107 12=BT-108 13=BT-109
        14=BT-110 15=BT-112 16=BT-115 17=BT-117 18=BG-23 19=BG-14 20=BG-26 21=BT-97 22=BT-104 23=BT-139
        24=BT-144 25=BT-9 26=BG-4""",
    "BR-DEC": """
        01=BT-92 02=BT-93 05=BT-99 06=BT-100 09=BT-106 10=BT-107 11=BT-108 12=BT-109 13=BT-110 14=BT-112
        15=BT-111 16=BT-113 17=BT-114 18=BT-115 19=BT-116 20=BT-117 23=BT-131 24=BT-136 25=BT-137
        27=BT-141 28=BT-142""",
    "BR-CL": """
        01=BT-3 04=BT-5 05=BT-6 06=BT-8 07=BT-18 08=BT-21 13=BT-158 15=BT-159 16=BT-81 18=BT-151 21=BT-157
        22=BT-121 23=BT-130 24=BT-125 26=BT-71""",
    "BR-B": "01=BT-118 02=BT-118",
    **{f"BR-{category}": _OF_CATEGORIES for category in ("AE", "AF", "AG", "E", "G", "S", "Z")},
    "BR-IC": f"{_OF_CATEGORIES} 11=BT-72 12=BT-80",
    "BR-O": f"{_OF_CATEGORIES} 11=BG-23 12=BT-151 13=BT-95 14=BT-102",
    "UBL-CR": "666=BT-18 673=BT-18",
    "UBL-DT": "06=BT-125 07=BT-125",
    "UBL-SR": """
        01=BT-12 02=BT-15 03=BT-16 04=BT-18 05=BT-20 06=BG-3 07=BT-25 08=BG-14 09=BT-27 10=BT-28 11=BT-30
        12=BT-31 13=BT-32 14=BT-33 15=BT-44 16=BT-46 17=BT-47 18=BT-48 19=BT-59 20=BT-60 21=BT-61 22=BT-62
        23=BT-63 24=BG-13 25=BT-70 26=BT-83 27=BT-81 28=BT-89 29=BT-90 32=BT-120 33=BT-123 34=BT-127
        35=BT-132 36=BG-26 37=BT-147 39=BT-11 40=BT-45 42=BG-4 43=BT-122 44=BT-83 45=BT-9 46=BT-82 47=BT-81
        48=BG-30 49=BT-8 50=BT-154 52=BT-128 54=BG-18 55=BG-19 56=BT-17""",
}

TERMS: Mapping[str, str] = {
    f"{family}-{number}": term
    for family, pairs in _TERMS.items()
    for number, _, term in (pair.partition("=") for pair in pairs.split())
}
"""From rule id to business term or group."""


def term(code: str) -> str | None:
    """The business term or group that a rule is about, such as `BT-112` for `BR-CO-15`.

    None where that depends on the place, as for a country code, or where the standard has no such term.
    """
    return TERMS.get(code)
