"""Schematron: official rules, compiled from their XPath to Python and asked about documents."""

VERSION = "2"
"""The compiler's: changes whenever the same artefact compiles to other Python, or is asked otherwise."""
