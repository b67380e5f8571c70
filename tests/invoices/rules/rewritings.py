"""Other ways to write the same document: prefixes, white space, comments, CDATA, references."""

import re
from functools import partial

from sandbox.ubl.xml import NAMESPACES


def other_prefixes(document):
    for prefix, other in (("cbc", "b"), ("cac", "ns2")):
        document = re.sub(rf"(</?|xmlns:){prefix}(?=[:=])", rf"\g<1>{other}", document)
    return document


def another_default_namespace(document):
    document = re.sub(r"(?<=<)(/?)(Invoice|CreditNote)\b", r"\1ubl:\2", document)
    document = document.replace(" xmlns=", " xmlns:ubl=").replace(" xmlns:cbc=", " xmlns=")
    return re.sub(r"(</?)cbc:", r"\1", document)


def namespaces_where_they_are_needed(document):
    uri = NAMESPACES["cbc"]
    return re.sub(r"<cbc:(\w+)", rf'<b:\1 xmlns:b="{uri}"', document).replace("</cbc:", "</b:")


def between_tags(separator, document):
    return re.sub(r">\s*<(?!/cbc:)", f">{separator}<", document.replace("?>", "?>\n", 1))


def texts_as(form, document):
    return re.sub(r"(?<=>)([^<>&]*[^<>&\s][^<>&]*)(?=</)", lambda match: form(match[1]), document)


def in_references(text):
    return "".join(f"&#{ord(character)};" for character in text)


REWRITTEN = {
    "other prefixes": other_prefixes,
    "another default namespace": another_default_namespace,
    "namespaces where they are needed": namespaces_where_they_are_needed,
    "on one line": partial(between_tags, ""),
    "widely spaced": partial(between_tags, " \n\t\n  "),
    "comments between tags": partial(between_tags, "<!-- S 1.001 <cbc:ID> -->"),
    "instructions between tags": partial(between_tags, "<?then go on?>"),
    "texts in CDATA": partial(texts_as, lambda text: f"<![CDATA[{text}]]>"),
    "texts half in CDATA": partial(texts_as, lambda text: f"{text[:1]}<![CDATA[{text[1:]}]]>"),
    "texts around comments": partial(texts_as, lambda text: f"{text[:1]}<!-- 5 -->{text[1:]}<!-- 6 -->"),
    "texts around instructions": partial(texts_as, lambda text: f"<?a 5?>{text[:-1]}<?b?>{text[-1:]}"),
    "texts in character references": partial(texts_as, in_references),
}
"""Other ways to write the same document."""
