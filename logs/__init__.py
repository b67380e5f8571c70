"""The log: how events are written, what they are correlated by, and what never stands in them."""
