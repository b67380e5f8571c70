"""The rule book: all rule sets in force, which of them a document is asked, and the verdict they add up to."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from invoices.document import Document
from invoices.findings import Checked, Finding, PolicyClass, RuleSetVersion, Severity, Verdict
from invoices.legible import legible
from invoices.rules import peppol
from invoices.rules.belgium import BELGIAN
from invoices.rules.choosing import Choice, chosen
from invoices.rules.efff import E_FFF
from invoices.rules.national import NATIONAL
from invoices.rules.reporting import Locations, limited, of_added, of_en16931, of_tables
from invoices.rules.rule import Table
from invoices.rules.schematron.rule_set import CompiledRules
from invoices.rules.structure import Structure
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree
from invoices.rules.ublbe import UBL_BE

CHOOSING = RuleSetVersion("Waybill choice of rules", "1")
"""Which specification a document follows."""
PEPPOL = RuleSetVersion("Peppol BIS Billing", "3.0.21")
PEPPOL_SELF_BILLING = RuleSetVersion("Peppol BIS Self-Billing", "3.0.21")
PEPPOL_NATIONAL = RuleSetVersion("Peppol BIS Billing, national rules", "3.0.21")
UBL_BE_RULES = RuleSetVersion("UBL.BE", "1.31")
E_FFF_RULES = RuleSetVersion("e-FFF arithmetic", "1")
BELGIAN_PRACTICE = RuleSetVersion("Belgian practice", "1")

_Ask = Callable[[], Iterable[Finding]]

EN_16931_NAME = "en16931"


@dataclass(frozen=True, slots=True)
class Written:
    """Rules written by hand: the name to ask them by, their tables, and which choice they belong to."""

    name: str
    version: RuleSetVersion
    tables: tuple[Table, ...]
    is_for: Callable[[Choice], bool]


WRITTEN = (
    Written("peppol", PEPPOL, peppol.GENERIC, lambda choice: choice.peppol == "billing"),
    Written("peppol-national", PEPPOL_NATIONAL, NATIONAL, lambda choice: choice.peppol == "billing"),
    Written(
        "peppol-self-billing",
        PEPPOL_SELF_BILLING,
        peppol.SELF_BILLING,
        lambda choice: choice.peppol == "self-billing",
    ),
    Written("ubl-be", UBL_BE_RULES, UBL_BE, lambda choice: choice.ublbe),
    Written("e-fff", E_FFF_RULES, E_FFF, lambda choice: choice.efff),
    Written("belgium", BELGIAN_PRACTICE, BELGIAN, lambda choice: choice.belgian),
)
"""Rule sets written by hand, in the order in which they are asked."""

BUILT_IN_NAMES = (EN_16931_NAME, *(each.name for each in WRITTEN))
"""What the built-in rule sets beyond structure are asked by; added ones are asked by their own names."""


class UnknownRuleSet(LookupError):
    """There is no rule set of this name."""


@dataclass(frozen=True)
class RuleBook:
    """All rule sets in force: the official rules of EN 16931, ours, and those that an operator added.

    Attributes:
        only: The names of the rule sets to ask beyond structure, whatever a document says that it follows;
            None: those that its specification asks for.
    """

    en16931: CompiledRules
    added: tuple[CompiledRules, ...] = ()
    only: frozenset[str] | None = None
    structure: Structure = field(default_factory=Structure, compare=False)

    @property
    def versions(self) -> tuple[RuleSetVersion, ...]:
        """Every rule set, in the order in which they are asked."""
        return (
            self.structure.version,
            CHOOSING,
            self.en16931.version,
            *(each.version for each in WRITTEN),
            *(each.version for each in self.added),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What each rule set beyond structure is asked by."""
        return (*BUILT_IN_NAMES, *(each.version.name for each in self.added))

    def asking(self, names: Iterable[str]) -> "RuleBook":
        """The same rules, of which only these are asked, of every document.

        Raises:
            UnknownRuleSet: One is not in this book; the message is its name.
        """
        only = frozenset(names)
        for name in only.difference(self.names):
            raise UnknownRuleSet(name)
        return replace(self, only=only)

    def check(self, document: Document) -> Checked:
        """The verdict on a document; the rules come after its structure, and only if that is sound."""
        structure = self.structure.check(document)
        if structure.verdict is not Verdict.VALID:
            return structure
        with Tree(document.root) as tree:
            return self._check(Subject(tree), structure)

    def _check(self, subject: Subject, structure: Checked) -> Checked:
        versions, findings = [*structure.rule_sets], [*structure.findings]
        crashes: list[Finding] = []
        for version, ask in self._asked(subject):
            versions.append(version)
            try:
                findings.extend(limited(ask()))
            except Exception as error:  # whatever it is, nobody knows whether the document is valid
                crashes.append(crash(version.name, error))
        if crashes:
            return Checked(Verdict.COULD_NOT_CHECK, tuple(versions), (*findings, *crashes))
        fatal = any(finding.severity is Severity.FATAL for finding in findings)
        verdict = Verdict.INVALID if fatal else Verdict.VALID
        return Checked(verdict, tuple(versions), tuple(findings))

    def _asked(self, subject: Subject) -> Iterator[tuple[RuleSetVersion, _Ask]]:
        """The rule sets that a document is asked, each with how."""
        choice, locations = chosen(subject), Locations()
        if self.only is None:
            yield CHOOSING, lambda: of_tables(choice.findings, locations)
        if self._asks(EN_16931_NAME, applies=choice.en16931):
            yield self.en16931.version, lambda: self._of_en16931(subject, choice, locations)
        for rules in WRITTEN:
            if self._asks(rules.name, applies=rules.is_for(choice)):
                yield rules.version, _ask_tables(rules.tables, subject, locations)
        for each in self.added:
            if self._asks(each.version.name, applies=each.is_for(subject)):
                yield each.version, _ask_added(each, subject, locations)

    def _asks(self, name: str, *, applies: bool) -> bool:
        return applies if self.only is None else name in self.only

    def _of_en16931(self, subject: Subject, choice: Choice, locations: Locations) -> Iterator[Finding]:
        broken = self.en16931.broken(subject)
        set_aside = choice.set_aside if self._asks("ubl-be", applies=choice.ublbe) else frozenset()
        counted = (each for each in broken if each[0].code not in set_aside)
        return of_en16931(counted, subject, locations)


def _ask_tables(tables: tuple[Table, ...], subject: Subject, locations: Locations) -> _Ask:
    return lambda: of_tables((each for table in tables for each in table.broken(subject)), locations)


def _ask_added(rules: CompiledRules, subject: Subject, locations: Locations) -> _Ask:
    def ask() -> Iterator[Finding]:
        yield from of_added(rules.broken(subject), locations)
        for code, why in rules.uncompilable:
            yield _not_asked(rules.version, code, why)

    return ask


def _not_asked(version: RuleSetVersion, code: str, why: str) -> Finding:
    return Finding(
        code="WB-RULE-NOT-ASKED",
        severity=Severity.WARNING,
        policy_class=PolicyClass.WARNING,
        message=f"Rule {code} of {version.name} was not asked: it could not be compiled ({legible(why, 200)}).",
        fix="An operator allowed it to be left out. Take it up with whoever publishes the rules.",
        found=code,
    )


def crash(rule_set: str, error: Exception) -> Finding:
    """The finding that a rule set came to no result."""
    return check_failed(legible(f"{rule_set}: {type(error).__name__}: {error}", 300))


def check_failed(reason: str) -> Finding:
    """The finding that a check came to no result; `reason` is half a sentence."""
    return Finding(
        code="WB-CHECK-FAILED",
        severity=Severity.FATAL,
        policy_class=PolicyClass.STRUCTURE,
        message=f"The check itself failed, so nobody knows whether the document is valid: {reason}.",
        found=reason,
        fix="It is checked again by the next run. If it fails again, look at the document, and report this.",
    )
