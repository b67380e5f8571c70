"""What rules stop at."""


class XPathError(ValueError):
    """An expression that XPath stops at with an error, so that nobody knows whether the rule holds."""
