"""No secret gets into a message, and a line of source stays readable."""

from __future__ import annotations

import random
import string
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.errors import hide, redact

NAMES = ("api_key", "token", "API_SECRET", "password", "LIVEKIT_API_KEY", "accessToken", "api-key")
# What a key may be made of, and one that shows nowhere else in the lines below.
LETTERS = string.ascii_letters + string.digits + "!#$%*+,-./:;<>?@^_`|~()[]{}"
SECRETS = st.text(LETTERS, min_size=4, max_size=40).map(lambda key: f"Zq7{key}7qZ")
BARE = SECRETS.filter(lambda key: not set(key) & set("()[]{},"))

QUOTED_LINES = (
    '{name}="{key}"',
    "{name} = '{key}'",
    '{name}: str = "{key}"',
    '{name}=f"{key}"',
    '{name} = """{key}"""',
    '{name}=("{key}")',
    'x = Client({name}="{key}", url="wss://x")',
    'Client({name}=SecretStr("{key}"))',
    'Client({name}=decrypt(one, two, "{key}"), model="m")',
    '{name} = vault.get(one)("{key}")',
    'self._{name} = {name} or "{key}"',
    '{name}=os.getenv("X_KEY", "{key}")',
    "{name}=os.environ.get('X_KEY', default='{key}'),",
    '{name} = os.getenv("X_KEY") or "{key}"',
    '{name}=os.environ["X_KEY"] if live else "{key}"',
    '{name}=os.getenv("A") or os.getenv("B", "{key}")',
    '{name}=os.getenv("{key}")',
    '{name}=os.environ["{key}"]',
    '{name}="one" "{key}"',
    '{name}="one" + "{key}"',
    '{name}="{key}',
    'if {name} == "{key}":',
    'config["{name}"] = "{key}"',
    '{{"{name}": "{key}", "room": "r"}}',
    "{{'{name}': '{key}'}}",
    r"{{\"{name}\": \"{key}\"}}",
    '{{"{name}": decrypt("{key}")}}',
)
BARE_LINES = (
    "{name}={key}",
    "wss://host/rtc?{name}={key}&auto=1",
    "GET /x?{name}={key} HTTP/1.1",
    '"wss://host?{name}={key}", "room"',
    "--{name}={key} --room=r",
    "Authorization: Bearer {key}",
)


@given(st.sampled_from(NAMES), st.sampled_from(QUOTED_LINES), SECRETS)
def test_a_quoted_key_never_slips_through(name: str, line: str, key: str) -> None:
    shown = redact(line.format(name=name, key=key))
    assert key not in shown and "Zq7" not in shown and "7qZ" not in shown
    assert redact(shown) == shown


@given(st.sampled_from(NAMES), st.sampled_from(BARE_LINES), BARE)
def test_a_bare_key_never_slips_through(name: str, line: str, key: str) -> None:
    shown = redact(line.format(name=name, key="".join(c for c in key if c.isalnum() or c in "-._")))
    assert "Zq7" not in shown and "7qZ" not in shown
    assert redact(shown) == shown


@given(st.sampled_from(NAMES), BARE)
def test_what_follows_an_equals_sign_goes_up_to_a_blank(name: str, key: str) -> None:
    assert redact(f"{name}={key} then") == f"{name}=[hidden] then"


@pytest.mark.parametrize(
    "line",
    [
        'OpenAILLMService(api_key=os.getenv("OPENAI_API_KEY"))',
        'tts = Tts(api_key=os.environ["CARTESIA_API_KEY"], voice="heart")',
        "token=os.environ.get('LIVEKIT_TOKEN'), url=url)",
        'api_key = os.getenv("OPENAI_API_KEY", "")',
        'api_key=SecretStr(os.getenv("AUTH0_KEY"))',
        'api_key: str = environ["S3_SECRET_2"]',
        "raise RuntimeError('the api key is not set')",
        'KeyError: "LIVEKIT_API_SECRET"',
        "api_key = key",
        'config = {"api_key": key, "token": None}',
        "api_key: secret:clinic.api_key",
        'api_key="secret:clinic.api_key", other="env:OTHER_KEY"',
        'The field "api_key": it is missing.',
        "max_tokens=400, tokens=12",
        "The token is not valid: expired. Make a new token = a new call.",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redact(line) == line


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('f(api_key="k1", model="m")', 'f(api_key="[hidden]", model="m")'),
        ("f(api_key=key(), x=1)", "f(api_key=[hidden] x=1)"),
        ('api_key=os.getenv("A", "k1")', 'api_key=os.getenv("A", "[hidden]")'),
        ('os.getenv("sk-0123456789abcdef")', 'os.getenv("[hidden]")'),
        ('api_key=os.getenv("AKIAIOSFODNN7EXAMPLE")', 'api_key=os.getenv("[hidden]")'),
        ('{"token": "k1", "room": "r"}', '{"token": "[hidden]", "room": "r"}'),
        ("a_token='one\nnext line", "a_token='[hidden]\nnext line"),
    ],
)
def test_the_rest_of_a_line_stays(line: str, shown: str) -> None:
    assert redact(line) == shown


@given(st.text())
@example('token="' * 5)
@example("token=(((")
@example('"token": f"\\')
def test_any_text_is_taken_and_twice_is_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_megabytes_of_junk_take_no_longer_than_their_size() -> None:
    pieces = [
        "token = f(",
        'token="',
        '\\"token\\": ',
        "token=x or ",
        '("',
        "a" * 50,
        " ",
        "api_",
        "'",
    ]
    rng = random.Random(7)

    def seconds(size: int) -> float:
        junk = [piece * (size // len(piece)) for piece in pieces]
        junk.append("".join(rng.choices(pieces, k=size // 8)))
        began = time.process_time()
        for text in junk:
            redact(text)
        return time.process_time() - began

    small = max(seconds(20_000), 0.01)
    assert seconds(200_000) < 60 * small, "ten times as much: quadratic would be a hundred times"


@pytest.mark.parametrize("name", ["secret:clinic.api_key", "env:CLINIC_KEY"])
def test_the_name_of_a_secret_is_never_hidden(name: str):
    hide(name)
    assert redact(f"It is kept as {name}.") == f"It is kept as {name}."
