"""DNSMOS of the agent's speech, an optional guess, as rows of the figures of its sound."""

from __future__ import annotations

from harness.console.components import Row
from harness.nouns import AudioReport

__all__ = ["dnsmos_rows"]

_GUESS = "A network's guess at what people would say, from 1 (bad) to 5 (excellent). "
_TREND = "It was made for noisy meetings: watch how it changes for one agent, and nothing else."


def dnsmos_rows(audio: AudioReport) -> list[Row]:
    """What DNSMOS makes of the speech; else why there is nothing, and what to install."""
    head = Row("", "", "How people may rate it", weight="soft", head=True)
    mos = audio.dnsmos
    if mos is None:
        why = [audio.dnsmos_why] if audio.dnsmos_why else []
        if audio.dnsmos_why.startswith("Not installed"):
            why.append("Calls that end after that have it.")
        return [head, Row("", "", "DNSMOS", weight="soft", below=tuple(why))] if why else []
    asked = f"DNSMOS P.835, of {mos.seconds:.0f} s of its speech"
    figures = (
        ("Overall", mos.ovrl, asked, "On the whole. "),
        ("Its voice", mos.sig, asked, "On how natural the voice is. "),
        ("What is behind it", mos.bak, asked, "On how little the noise disturbs. "),
        ("Overall, older network", mos.p808, asked.replace("835", "808"), "On the whole. "),
    )
    rows = [
        Row("", "", title, right=f"{value:.1f} of 5", below=(told,), tip=f"{_GUESS}{what}{_TREND}")
        for title, value, told, what in figures
    ]
    return [head, *rows]
