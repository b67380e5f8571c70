"""Rules: what a valid invoice is; each rule set is a module or package of its own."""
