"""Schematron: official rules, compiled from their XPath to Python and asked about documents."""
