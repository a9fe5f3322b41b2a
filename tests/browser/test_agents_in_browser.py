"""The Agents and Settings pages in Chromium, on a replayed engine."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PUBLIC = "pk_live_0123456789abcdef"
PRIVATE = "sk_private_9876543210fed"
CARTESIA = "cartesia-key-0123456789"
SECRETS = (PUBLIC, PRIVATE, CARTESIA)


def listen(page: Page) -> tuple[list[bytes], list[bytes]]:
    """What goes over the page's wires from now on: received, sent."""
    received: list[bytes] = []
    sent: list[bytes] = []

    def raw(payload: bytes | str) -> bytes:
        return payload if isinstance(payload, bytes) else payload.encode()

    def opened(socket) -> None:
        socket.on("framereceived", lambda payload: received.append(raw(payload)))
        socket.on("framesent", lambda payload: sent.append(raw(payload)))

    page.on("websocket", opened)
    return received, sent


def shown(page: Page) -> str:
    """The whole document, what stands in its fields and in the components' shadows."""
    return page.evaluate(
        """() => {
            const all = root => [...root.querySelectorAll('*')].flatMap(node =>
                [node.value ?? '', ...(node.shadowRoot ? [node.shadowRoot.innerHTML,
                    ...all(node.shadowRoot)] : [])])
            return document.documentElement.outerHTML + ' ' + all(document).join(' ')
        }"""
    )


def save(page: Page, name: str = "Save") -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_from_an_empty_page_to_a_call(replayed, tab):
    one = tab(replayed("short", alone="agents")).open("/agents")
    page = one.page
    one.shot("agents-empty")

    # The five ways; one is chosen, and a mistake stands beside its field with nothing lost.
    assert page.get_by_role("button", name="Set up").count() == 5
    page.get_by_role("button", name="Set up").nth(2).click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Reception")
    page.get_by_role("textbox", name="Runner address").fill("refuse.invalid:7860")
    save(page)
    expect(page.get_by_text("is not the address of a runner")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Reception")
    expect(page.get_by_role("textbox", name="Runner address")).to_have_value("refuse.invalid:7860")
    one.shot("agents-mistake")

    # The test fails and says so in plain words.
    page.get_by_role("textbox", name="Runner address").fill("http://refuse.invalid:7860")
    save(page, "Save and test connection")
    expect(page.get_by_text("nothing listens there")).to_be_visible()
    expect(page.get_by_text("Start it, check host and port")).to_be_visible()
    expect(page.get_by_text("Find the address: failed").first).to_be_visible()
    one.shot("agents-failed")

    # Edited, it works, step by step, without anything below jumping.
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Runner address").fill("http://localhost:7860")
    save(page, "Save and test connection")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    steps = page.get_by_role("list", name="Steps")
    expect(steps.get_by_role("img", name="Running")).to_be_visible()
    height = steps.bounding_box()["height"]
    expect(steps.get_by_role("img", name="Done")).to_have_count(9)
    expect(page.get_by_text("Works").first).to_be_visible()
    assert steps.bounding_box()["height"] == height
    one.shot("agents-works")
    at_rest = one.full_runs + one.fragment_runs
    page.wait_for_timeout(1600)
    assert one.full_runs + one.fragment_runs == at_rest, "a test that is over is still polled"

    # Deleted, and taken back.
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Connect your agent")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Reception")).to_be_visible()

    # Called from here.
    page.get_by_role("button", name="Call", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox", name="Agent")).to_have_value("Reception")
    dialog.get_by_role("radio", name="Text").click()
    expect(dialog.get_by_text("Lines are typed to the agent")).to_be_visible()
    one.shot("agents-call")
    dialog.get_by_role("button", name="Call", exact=True).click()
    page.wait_for_url("**/?call=*")


def test_a_test_can_be_cancelled(replayed, tab):
    one = tab(replayed("short", speed=0.1, alone="cancel")).open("/agents?new=dev_runner")
    page = one.page
    page.get_by_role("textbox", name="Runner address").fill("http://localhost:7860")
    save(page, "Save and test connection")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile("Test cancelled")).first).to_be_visible()


def test_secrets_never_come_back(replayed, tab):
    console = replayed("short", alone="secrets")
    one = tab(console)
    page = one.page
    received, sent = listen(page)
    one.open("/agents?new=pipecat_cloud")
    page.get_by_role("textbox", name="Agent name").fill("my-agent")
    page.get_by_role("textbox", name="Public API key").fill(PUBLIC)
    page.get_by_role("textbox", name="Private API key").fill(PRIVATE)
    save(page)
    expect(page.get_by_text("Public API key: kept")).to_be_visible()
    assert any(PUBLIC.encode() in frame for frame in sent), "it was never entered"
    del sent[:]

    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("button", name="Stop")).to_have_count(2)
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_placeholder("Kept. Type to replace it")).to_have_count(2)
    assert not any(secret in shown(page) for secret in SECRETS)
    with page.expect_navigation():
        page.reload()
    expect(page.get_by_placeholder("Kept. Type to replace it")).to_have_count(2)
    assert not any(secret in shown(page) for secret in SECRETS)

    one.open("/settings")
    page.get_by_role("textbox", name="Cartesia key").fill(CARTESIA)
    page.get_by_role("button", name="Keep keys").click()
    expect(page.get_by_placeholder("Kept. Type to replace it")).to_have_count(1)
    assert not any(secret in shown(page) for secret in SECRETS)

    one.open("/agents")
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="YAML").click()
    text = saved.value.path().read_text()
    assert "secret:my-agent.api_key" in text
    assert not any(secret in text for secret in SECRETS)

    wire = b"".join(received)
    assert b"my-agent" in wire
    assert not any(secret.encode() in wire for secret in SECRETS)
    again = b"".join(sent)
    assert PUBLIC.encode() not in again and PRIVATE.encode() not in again
    assert not any(secret in console.text() for secret in SECRETS)


def overflow(page: Page) -> int:
    return page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1000])
def test_the_pages_fit_their_window(replayed, tab, width, theme):
    console = replayed("short", alone="agents")
    one = tab(console, width=width, theme=theme)
    for name, path in (
        ("list", "/agents"),
        ("ways", "/agents?new=way"),
        ("form", "/agents?new=pipecat_cloud"),
        ("import", "/agents?new=import"),
        ("settings", "/settings"),
    ):
        one.open(path)
        expect(one.page.get_by_test_id("stMain").get_by_role("button").first).to_be_visible()
        if name == "settings":
            expect(one.page.get_by_text("Data folder").last).to_be_visible()
        assert overflow(one.page) <= 0, name
        one.shot(f"agents-{name}-{width}-{theme}")
