"""Names and phone numbers in a caller's line, spelled or said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from words import MONTHS, WEEKDAYS, Item, vocabulary

__all__ = ["find_name", "find_phone"]

_LETTER_WORDS = {
    "bee": "b", "see": "c", "sea": "c", "dee": "d", "gee": "g", "jay": "j", "kay": "k", "ell": "l",
    "em": "m", "oh": "o", "pee": "p", "pea": "p", "queue": "q", "cue": "q", "are": "r", "tea": "t",
    "tee": "t", "you": "u", "why": "y", "zed": "z", "zee": "z", "ex": "x", "eye": "i", "ess": "s",
    "eff": "f",
}  # fmt: skip
_CUES = re.compile(
    r"\b(?:(?:my |the |full |patient |first |whole )*name (?:is|was|will be|would be)|name of|"
    r"this is|i am|it is|it would be|under(?: the name(?: of)?)?|speaking is|called|calling for|"
    r"on behalf of|for|name)\b"
)
_FILLERS = vocabulary(
    """
    it is its my the name full first last middle family sure okay yes yeah yep please thanks
    thank you and um uh er erm well so that this i am spelled spelt spell with a an of course
    under here speaking hi hello would be surname
    """
)
# Words of the domain and small words: never part of a name unless they follow "my name is".
_COMMON = vocabulary(
    """
    a able about actually afraid after afternoon again all allergic also am an and annual
    annually another any anyone anything anytime appointment appointments around as asap ask at
    available aware away awfully baby back be because been before behalf being best better
    blood book booked booking born both bring busy but by call called calling can cancel
    cancelled cannot care change check checkup child children clinic come coming confused
    consultation cough could course currently dad date daughter day days did different dizzy do
    doctor doctors does doing done dont double down earlier earliest early either else email
    emergency end even evening ever every fairly feeling fever find fine first fit five flu
    follow followup for forward four free friend from full get getting give glad go going good
    goodbye got had half happy has have having he headache hello help her here hi him his hold
    hope hoping hour hours how hundred husband i if ill in instead is it its just keep kid kind
    know last late later latest leave let like little long look looking made make many maybe me
    mean might mine minute minutes mistake mom moment month more morning mother move much mum
    must my myself name need never new next nice no none noon not nothing now number oclock of
    off oh okay on once one only open opening or other our out own pain parents park parking
    partner past patient people per perhaps phone physical place please pm possible pregnant
    prescription pretty probably problem quarter question quick quite rather ready really
    regular remember reschedule results right routine running said same say scared schedule
    second see shall she shot should sick sir slot slots some someone something son soon sooner
    soonest sore sorry sorted speak spell spelled still stuck such suit sure take talk tell
    terribly test tests text than thank thanks that the their them then there these they thing
    think thinking this those thousand three time times tired to today together told tomorrow
    tonight too traveling travelling triple try trying turn two unable under until unwell up
    urgent us use vaccination very visit wait want was way we week weeks well went were what
    whatever when whenever where which whichever while who whole why wife will wish with
    without wonder wondering work works worried would yeah year years yep yes yet you your zero
    """
) | set(MONTHS) - {"april", "may", "june", "august"}
_STOP = vocabulary(
    """
    born birth birthday birthdate dob date and on at my please with to calling that spelled
    spelt i from the thanks thank here number phone it is was an a would want wanted need
    needed about as in for or but so because speaking could can may will
    """
) - {"may", "will"} | set(WEEKDAYS)


def _letter(items: Sequence[Item], index: int, beside: bool) -> str | None:
    """The letter said at `index`; words that sound like letters count only beside letters."""
    word = items[index].word
    if len(word) == 1 and word.isalpha():
        return word
    return _LETTER_WORDS.get(word) if beside else None


def _spelled(items: Sequence[Item]) -> list[tuple[str, int, int]]:
    """Runs of at least two spelled letters: what they spell, first index, index after."""
    runs: list[tuple[str, int, int]] = []
    index = 0
    while index < len(items):
        start, letters = index, ""
        while index < len(items):
            doubled = items[index].word == "double" and index + 1 < len(items)
            at = index + 1 if doubled else index
            if doubled and items[at].word in ("u", "you"):
                letters, index = letters + "w", at + 1
                continue
            ahead = at + 1 < len(items) and len(items[at + 1].word) == 1
            letter = _letter(items, at, bool(letters) or ahead)
            if letter is None:
                break
            letters += letter * (2 if doubled else 1)
            index = at + 1
            # "S as in sugar", "m for mother": the example word is no part of the name.
            for example in (("as", "in"), ("for",), ("like",)):
                tail = tuple(item.word for item in items[index : index + len(example)])
                if tail == example and index + len(example) < len(items):
                    index += len(example) + 1
                    break
        if (
            len(letters) >= 3
            or letters
            and index - start > 1
            and all(len(i.word) == 1 for i in items[start:index])
        ):
            runs.append((letters, start, index))
        index = max(index, start + 1)
    return [run for run in runs if run[0] not in ("ia", "ai", "aa")]


def _title(words: Sequence[str]) -> str:
    return " ".join(
        f"Mc{word[2:].title()}" if word.startswith("mc") and len(word) > 4 else word.title()
        for word in words
    )


def _cued(items: Sequence[Item], used: set[int]) -> tuple[list[str], set[int]]:
    """The words after "my name is" and its like."""
    text, starts = "", []
    for item in items:
        starts.append(len(text))
        text += item.word + " "
    best: tuple[list[str], set[int]] = ([], set())
    for cue in _CUES.finditer(text):
        strong = "name" in cue.group() or cue.group() in ("this is", "under")
        taken: list[str] = []
        indexes: set[int] = set()
        for index, item in enumerate(items):
            if starts[index] < cue.end():
                continue
            stop = item.value is not None or index in used or item.word in _STOP
            weak = item.word in _COMMON and not (strong and not taken and item.word not in _FILLERS)
            if stop or weak or len(item.word) == 1 or len(taken) == 4:
                break
            taken.append(item.word)
            indexes.add(index)
        # "I am fine", "for Friday": one word after a weak cue is rarely a name.
        if len(taken) > len(best[0]) and (strong or len(taken) > 1):
            best = (taken, indexes)
    return best


def find_name(items: Sequence[Item], *, asked: bool, dated: bool, used: set[int]) -> str | None:
    """The caller's name in title case, None if there is none.

    Args:
        items: The line.
        asked: Whether the name was asked for: then the line itself may be the name.
        dated: Whether the line holds a date of birth: then two words that mean nothing else are a
            name.
        used: Items that already were a day, a time, a doctor or a date of birth.
    """
    runs = [run for run in _spelled(items) if not used & set(range(run[1], run[2]))]
    spelled = {index for run in runs for index in range(run[1], run[2])}
    said, _ = _cued(items, used | spelled)
    if not said and asked:
        for index, item in enumerate(items):
            skip = item.word in _FILLERS or item.word in _COMMON or len(item.word) == 1
            if item.value is None and index not in used | spelled and not skip:
                said.append(item.word)
        said = said if len(said) <= 4 else []
    elif not said and dated:
        said = _longest_run(items, used | spelled)
    if not runs or not (asked or said or len(runs[0][0]) >= 4):
        return _title(said) or None
    if len(runs) >= 2:
        return _title([run[0] for run in runs])
    letters = runs[0][0]
    if said and (len(said) > 1 or _alike(said[-1], letters)):
        return _title([*said[:-1], letters])
    return _title([*said, letters])


def _longest_run(items: Sequence[Item], used: set[int]) -> list[str]:
    """The longest run of two to four words that are no common words."""
    runs: list[list[str]] = [[]]
    for index, item in enumerate(items):
        common = item.word in _COMMON or item.word in _STOP or item.word in _FILLERS
        if item.value is not None or index in used or common or len(item.word) == 1:
            runs.append([])
        else:
            runs[-1].append(item.word)
    return max((run for run in runs if 2 <= len(run) <= 4), key=len, default=[])


def _alike(word: str, letters: str) -> bool:
    """Whether the spelled letters spell the word just said, perhaps misheard."""
    return word[:1] == letters[:1] and abs(len(word) - len(letters)) <= 2


def find_phone(items: Sequence[Item]) -> str | None:
    """A phone number of 7 to 15 digits, said digit by digit, in pairs or written."""
    best = run = ""
    for item in items:
        if item.value is not None and not item.ordinal:
            run += item.word if item.word.isdigit() else str(item.value)
            best = max(best, run, key=len)
        elif item.word not in ("and", "then", "dash", "plus"):
            run = ""
    return best if 7 <= len(best) <= 15 else None
