"""What must not be read by anybody is taken out of messages, logs and events."""

from __future__ import annotations

import re

__all__ = ["hide", "redact"]

_HIDDEN = "[hidden]"

_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?")
_BEARER = re.compile(r"(?i)\bbearer\s+[\w.~+/=-]{6,}")
_VENDOR_KEY = re.compile(r"\b(?:sk|pk|rk)[-_][\w-]{12,}")

# A name that stands for a secret, and what gives it a value: `api_key=`, `api_key: str = `,
# `config["api_key"] = `, `"api_key": `. Blanks are taken before a quoted value only.
_NAMES = r"\b\w*?(?:token|secret|passw(?:or)?d|(?:api|private|public|secret|access)[-_]?key)"
_GIVEN = re.compile(
    rf"""(?ix) {_NAMES} (?:
        \\?["'] [ \t]* : [ \t]*
        | (?: \\?["'] )? \]? [ \t]* (?: : [\w.\[\]|\ ]{{1,40}}? )? ={{1,2}} [ \t]*
    )"""
)
# What a value may be wrapped in: brackets, wrappers that say nothing, a look into the environment.
_WRAPPED = re.compile(
    r"""(?x) (?: (?: (?:pydantic\.)?SecretStr | str )? [(\[{] [ \t]* )*
        (?P<environment> (?:os\.)? (?: getenv | environ (?:\.get|\.pop)? ) [ \t]* [(\[] [ \t]* )?
        (?= [rbfuRBFU]{0,2} \\?["'] )"""
)
_CALL = re.compile(r"[A-Za-z_][\w.]*[ \t]*[(\[{]|[(\[{]")
_NEXT_CALL = re.compile(r"(?:\.[A-Za-z_][\w.]*)?[(\[{]")
_WORD = re.compile(r"[\w.-]+")
_QUOTED = r"""(?P<open> [rbfuRBFU]{0,2} (?P<quote> \"{3} | '{3} | \\?["'] ) )
    (?P<text> (?: (?! (?P=quote) ) (?: \\. | [^\n] ) )* ) (?P<close> (?P=quote) )?"""
_STRING = re.compile(rf"(?x) {_QUOTED}")
_MARK = re.compile(rf"(?x) {_QUOTED} | [(\[{{] | (?P<closes> [)\]}}] ) | (?P<line> \n )")
_BARE = re.compile(r"""[^\s&"']+""")
# What goes on after a value: another to fall back on, or its other half.
_MORE = re.compile(
    r"""(?x) (?: [ \t]* [)\]}] )* [ \t]*
        (?: (?: \bor\b | \|\| | \?\? | \+ | \bif\b [^"'\n]{0,80}? \belse\b ) [ \t]*
        | (?<=[ \t]) (?= [rbfuRBFU]{0,2} \\?["'] ) )"""
)
_VARIABLE = re.compile(
    r"_?(?:{0})(?:_(?:{0}))*".format("[A-Z]{1,16}[0-9]{0,3}|[0-9]{1,3}[A-Z]{0,8}")
)
"""The name of an environment variable; a key that somebody took for one looks otherwise."""
_REFERENCE = re.compile(r"(?:env|secret):[A-Za-z_][\w.-]*")

_REFERENCE = re.compile(r"(?:env|secret):[\w.-]+")
_SHORTEST_SECRET = 6
_NO_SECRETS = frozenset({"secret", "devkey", "password"})
"""Known to everybody (``livekit-server --dev`` has the first two), and words of our messages."""

_secrets: set[str] = set()


def hide(secret: str) -> None:
    """Have :func:`redact` replace `secret` from now on, whatever it looks like.

    A value of fewer than six characters would tear holes into ordinary words: it is left alone.
    So is the name of a secret (``secret:clinic.api_key``, ``env:API_KEY``): everybody may read it.
    """
    if (
        len(secret) >= _SHORTEST_SECRET
        and secret not in _NO_SECRETS
        and not _REFERENCE.fullmatch(secret)
    ):
        _secrets.add(secret)


def redact(text: str) -> str:
    """Return `text` with tokens, bearer headers and keys replaced by ``[hidden]``.

    Of what is given to a name such as ``api_key``, a look into the environment stays
    (``os.getenv("API_KEY")``), and a reference (``"secret:clinic.api_key"``): neither is a secret.
    """
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    text = _JWT.sub(_HIDDEN, text)
    text = _without_values(text)
    text = _BEARER.sub(f"Bearer {_HIDDEN}", text)
    return _VENDOR_KEY.sub(_HIDDEN, text)


def _without_values(text: str) -> str:
    parts: list[str] = []
    done = 0
    while (given := _GIVEN.search(text, done)) is not None:
        parts.append(text[done : given.end()])
        shown, done = _value(text, given)
        parts.append(shown)
    return "".join(parts) + text[done:]


def _value(text: str, given: re.Match[str]) -> tuple[str, int]:
    """What to show of a value, and where it ends."""
    at = given.end()
    shown, end = _term(text, at, direct=text[at - 1] == "=")
    while end > at:
        at = end
        if call := _NEXT_CALL.match(text, at):
            more, end = _inside(text, call[0], call.end(), depth=1)
        elif operator := _MORE.match(text, at):
            more, end = _term(text, operator.end(), direct=False)
            more = operator[0] + more
        else:
            break
        shown += more
    return shown, end


def _term(text: str, at: int, *, direct: bool) -> tuple[str, int]:
    """One value of an expression; what follows a name `direct` may stand there without quotes."""
    if (wrapped := _WRAPPED.match(text, at)) and (string := _STRING.match(text, wrapped.end())):
        shown = wrapped[0] + _quoted(string, environment=wrapped["environment"] is not None)
        return _inside(text, shown, string.end(), depth=sum(map(wrapped[0].count, "([{")))
    if direct:
        bare = _BARE.match(text, at)
        if bare is None:
            return "", at
        depth = sum(map(bare[0].count, "([{")) - sum(map(bare[0].count, ")]}"))
        return _inside(text, _HIDDEN, bare.end(), depth=depth)
    if call := _CALL.match(text, at):
        return _inside(text, call[0], call.end(), depth=1)
    word = _WORD.match(text, at)
    return (word[0], word.end()) if word else ("", at)


def _inside(text: str, shown: str, at: int, *, depth: int) -> tuple[str, int]:
    """Go on to where the brackets close, at most to the end of the line, and hide each string."""
    parts = [shown]
    while depth > 0:
        mark = _MARK.search(text, at)
        parts.append(text[at : mark.start() if mark else len(text)])
        at = mark.start() if mark else len(text)
        if mark is None or mark["line"]:
            break
        at = mark.end()
        parts.append(_quoted(mark) if mark["quote"] else mark[0])
        if not mark["quote"]:
            depth += -1 if mark["closes"] else 1
    return "".join(parts), at


def _quoted(string: re.Match[str], *, environment: bool = False) -> str:
    text = string["text"]
    plain = "f" not in string["open"].lower()
    open_to_all = (
        not text
        or _REFERENCE.fullmatch(text)
        or (environment and plain and _VARIABLE.fullmatch(text))
    )
    return string[0] if open_to_all else f"{string['open']}{_HIDDEN}{string['close'] or ''}"
