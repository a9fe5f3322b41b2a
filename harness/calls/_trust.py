"""How far to trust a judge: what it said of criteria, held to what people say of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from harness.calls._archive import Archive
from harness.calls._judged_as import judged_as, judged_parts
from harness.measure import Agreement, agreement
from harness.nouns import CheckResult, CheckVerdict, Grade, JudgedAs

__all__ = [
    "GOOD_KAPPA",
    "PROVEN_FROM",
    "RULE",
    "Doubt",
    "Example",
    "Judge",
    "Label",
    "Trust",
    "TrustBook",
    "TrustLevel",
    "doubt_of",
    "doubt_of_check",
    "trust_of",
]

PROVEN_FROM = 20
"""On fewer examples a judge is not proven, whatever they say."""
GOOD_KAPPA = 0.6
"""From here on agreement is called substantial (J. R. Landis and G. G. Koch, The Measurement of
Observer Agreement for Categorical Data, Biometrics 33, 1977, 159-174)."""

RULE = (
    f"A judge is proven on a criterion when people have graded {PROVEN_FROM} of its verdicts or "
    f"more and all of kappa's 95 % interval is {GOOD_KAPPA} or above. It is weak where kappa is "
    f"below {GOOD_KAPPA}."
)
"""In words, when a judge is proven."""

TrustLevel: TypeAlias = Literal["proven", "weak", "unproven"]

_DECIDED = (CheckVerdict.MET, CheckVerdict.NOT_MET)
_MOST = 1_000_000
_WEAK = "Judge weak"


@dataclass(frozen=True, slots=True, order=True)
class Judge:
    """Who judged: another model or another prompt is another judge.

    Attributes:
        names: Names of its endpoints, joined by " + "; `rules` needs no language model.
        models: The models that answered, joined likewise.
        prompts: Names and versions of the prompts.
    """

    names: str
    models: str = ""
    prompts: str = ""

    @classmethod
    def of(cls, judged: JudgedAs) -> Judge:
        """Who said so."""
        return cls(judged.judge, judged.model, judged.prompt)

    @property
    def told(self) -> str:
        """By its models, which say more than the names one gave them."""
        return self.models or self.names


@dataclass(frozen=True, slots=True)
class Label:
    """What people say of a criterion in a call, or in one reply of it.

    Attributes:
        met: What most say; None if as many say one thing as the other, or nobody is sure.
        grades: Theirs, the unsure ones too.
    """

    call_id: str
    check: str
    turn: int | None
    met: bool | None
    grades: tuple[Grade, ...]

    @property
    def tied(self) -> bool:
        """Whether as many say one thing as the other."""
        return self.met is None and any(grade.value != "unsure" for grade in self.grades)


@dataclass(frozen=True, slots=True)
class Example:
    """A label of people, with what a judge said of the same."""

    label: Label
    judged: JudgedAs

    @property
    def decided(self) -> bool:
        """Whether both people and judge say either met or failed."""
        return self.label.met is not None and self.judged.verdict in _DECIDED

    @property
    def agreed(self) -> bool:
        """Whether they say the same."""
        return self.label.met is (self.judged.verdict is CheckVerdict.MET)


@dataclass(frozen=True, slots=True)
class Trust:
    """One judge on one criterion, by what people say.

    Attributes:
        agreement: Over the examples that both decided.
        examples: All of them, newest first, those too that count nowhere.
        undecided: Labels of people on which the judge did not decide: not proven, not run, error.
        tied: Examples on which as many people say one thing as the other.
        unsure: Grades that say so; they count nowhere.
        blind: Of the examples that count, those that somebody graded without seeing the verdict.
        graders: Who graded them.
    """

    check: str
    judge: Judge
    agreement: Agreement
    examples: tuple[Example, ...]
    undecided: int
    tied: int
    unsure: int
    blind: int
    graders: tuple[str, ...]

    @property
    def level(self) -> TrustLevel:
        """Proven: at least 20 examples, and all of kappa's interval at 0.6 or above.

        Weak: at least 20, and kappa itself below 0.6. Else nothing is shown.
        """
        kappa = self.agreement.kappa
        if kappa.n < PROVEN_FROM or kappa.value is None:
            return "unproven"
        if kappa.value < GOOD_KAPPA:
            return "weak"
        return "proven" if kappa.low is not None and kappa.low >= GOOD_KAPPA else "unproven"

    @property
    def disagreements(self) -> tuple[Example, ...]:
        """Examples that both decided, and otherwise; newest first."""
        return tuple(one for one in self.examples if one.decided and not one.agreed)


@dataclass(frozen=True, slots=True)
class TrustBook:
    """What is known of all judges.

    Attributes:
        rows: By criterion and judge; the criterion with most examples first.
        labels: All that people say of criteria, newest first.
    """

    rows: tuple[Trust, ...] = ()
    labels: tuple[Label, ...] = ()

    def of(self, check: str, judged: JudgedAs) -> Trust | None:
        """What is known of who judged a criterion; None if people never graded what they said."""
        judge = Judge.of(judged)
        return next((row for row in self.rows if (row.check, row.judge) == (check, judge)), None)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a verdict of a judge is to be read with care: the words of every page and report.

    Attributes:
        word: For a mark beside it.
        sentence: What is known of the judge on this criterion.
    """

    word: str
    sentence: str

    @property
    def weak(self) -> bool:
        """Whether it is shown to agree too little, not only unproven."""
        return self.word == _WEAK


def trust_of(archive: Archive) -> TrustBook:
    """What is known of all judges, made anew only if people have graded since."""
    stamp = archive.store.grades_stamp()
    return archive.remembered(("trust", stamp), lambda: _book(archive))


def doubt_of_check(book: TrustBook, check: CheckResult) -> Doubt | None:
    """Why the verdict of a check is to be read with care.

    Returns:
        None if no judge was asked, it did not come to a verdict, or the judge is proven.
    """
    judged = judged_as(check)
    if judged is None or check.verdict not in (*_DECIDED, CheckVerdict.NOT_PROVEN):
        return None
    return doubt_of(book.of(check.name, judged))


def doubt_of(trust: Trust | None) -> Doubt | None:
    """Why a judge's verdicts on a criterion are to be read with care; None if it is proven."""
    if trust is None:
        return Doubt("Judge unproven", "No person has graded what this judge says of it.")
    if trust.level == "proven":
        return None
    kappa = trust.agreement.kappa
    examples = f"{kappa.n} example{'' if kappa.n == 1 else 's'}"
    if kappa.n < PROVEN_FROM:
        told = f"People have graded {examples} of this judge; {PROVEN_FROM} are needed."
        return Doubt("Judge unproven", told)
    if kappa.value is None:
        all_met = trust.agreement.confusion.both_met > 0
        told = (
            f"In all {examples} people and judge say {'met' if all_met else 'failed'}: nothing "
            f"shows that it knows a {'failure' if all_met else 'success'}."
        )
        return Doubt("Judge unproven", told)
    bounds = "" if kappa.low is None else f" [{_two(kappa.low)}, {_two(kappa.high)}]"
    figures = f"kappa {_two(kappa.value)}{bounds} by {examples}"
    if trust.level == "unproven":
        return Doubt("Judge unproven", f"Not shown to agree with people well enough: {figures}.")
    if kappa.high is not None and kappa.high < GOOD_KAPPA:
        return Doubt(_WEAK, f"It agrees too little with people: {figures}.")
    told = f"It seems to agree too little with people: {figures}; more would tell."
    return Doubt(_WEAK, told)


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def _book(archive: Archive) -> TrustBook:
    labels = _labels(archive.store.grades(limit=_MOST))
    calls: dict[str, dict[tuple[str, int | None], list[JudgedAs]]] = {}
    for call_id, of_call in _by_call(labels).items():
        calls[call_id] = _said(archive, call_id, of_call)
    found: dict[tuple[str, Judge], list[Example]] = defaultdict(list)
    for label in labels:
        for judged in calls[label.call_id].get((label.check, label.turn), ()):
            found[label.check, Judge.of(judged)].append(Example(label, judged))
    rows = [_trust(check, judge, examples) for (check, judge), examples in found.items()]
    many: Counter[str] = Counter()
    for row in rows:
        many[row.check] = max(many[row.check], row.agreement.confusion.n)
    rows.sort(key=lambda row: (-many[row.check], row.check, -row.agreement.confusion.n, row.judge))
    return TrustBook(tuple(rows), labels)


def _labels(grades: Iterable[Grade]) -> tuple[Label, ...]:
    """What most say of each thing; newest first, as the grades are."""
    by_target: dict[tuple[str, str, int | None], list[Grade]] = {}
    for grade in grades:
        if grade.check:
            by_target.setdefault((grade.call_id, grade.check, grade.turn), []).append(grade)
    return tuple(Label(*target, _most(some), tuple(some)) for target, some in by_target.items())


def _most(grades: Sequence[Grade]) -> bool | None:
    count = Counter(grade.value for grade in grades)
    return None if count["met"] == count["not_met"] else count["met"] > count["not_met"]


def _by_call(labels: Iterable[Label]) -> Mapping[str, list[Label]]:
    found: dict[str, list[Label]] = {}
    for label in labels:
        found.setdefault(label.call_id, []).append(label)
    return found


def _said(
    archive: Archive, call_id: str, labels: Sequence[Label]
) -> dict[tuple[str, int | None], list[JudgedAs]]:
    """What judges said of each thing in a call, each judge's newest word alone.

    It is what they had said when people graded, and what they say in gradings of the call, later
    ones too. Of what nobody had judged by then, it is what was judged in the call itself.
    """
    words: dict[tuple[str, int | None], dict[Judge, tuple[datetime, JudgedAs]]] = defaultdict(dict)

    def heard(check: str, turn: int | None, judged: JudgedAs, moment: datetime) -> None:
        known = words[check, turn].get(Judge.of(judged))
        if known is None or known[0] < moment:
            words[check, turn][Judge.of(judged)] = moment, judged

    gradings = {grading.id: grading for grading in archive.store.gradings_of(call_id)}
    for label in labels:
        for grade in label.grades:
            if grade.judged is not None and grade.judged.grading not in gradings:
                heard(label.check, label.turn, grade.judged, grade.changed_at)
    asked = {label.check for label in labels}
    for grading in gradings.values():
        for check in grading.results:
            if check.name in asked:
                for turn, judged in judged_parts(check, grading.id):
                    heard(check.name, turn, judged, grading.created_at)
    if any((label.check, label.turn) not in words for label in labels):
        view = archive.view(call_id)
        for check in view.checks:
            for turn, judged in judged_parts(check):
                if (check.name, turn) not in words:
                    heard(check.name, turn, judged, view.created_at)
    return {target: [one for _, one in by.values()] for target, by in words.items()}


def _trust(check: str, judge: Judge, examples: Sequence[Example]) -> Trust:
    pairs: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    counted = [one for one in examples if one.decided]
    for one in counted:
        pairs[one.label.call_id].append(
            (one.label.met is True, one.judged.verdict is CheckVerdict.MET)
        )
    labelled = [one for one in examples if one.label.met is not None]
    every = [grade for one in examples for grade in one.label.grades]
    return Trust(
        check,
        judge,
        agreement(pairs),
        tuple(examples),
        undecided=len(labelled) - len(counted),
        tied=sum(one.label.tied for one in examples),
        unsure=sum(grade.value == "unsure" for grade in every),
        blind=sum(any(grade.blind for grade in one.label.grades) for one in counted),
        graders=tuple(sorted({grade.grader for grade in every})),
    )
