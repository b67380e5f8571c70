"""Legible text: values out of documents, made fit to be shown to people."""


def legible(text: str, limit: int = 80) -> str:
    """`text` on one line, without control or invisible characters, at most `limit` characters long."""
    cut = text[: 4 * limit]
    line = " ".join("".join(char if char.isprintable() else " " for char in cut).split())
    if len(line) <= limit and len(cut) == len(text):
        return line
    return line[: limit - 1].rstrip() + "…"
