"""Every page, light and dark, at three widths: what axe finds, and what a phone needs.

axe-core (by axe-playwright-python) knows WCAG 2.2 A and AA, contrast and the size of what is
clicked among them, and looks through the shadow roots of our components.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_support import Console, Tab, settled
from playwright.sync_api import Page, expect

from harness.nouns import CallQuery
from harness.settings import Settings
from harness.store import Store
from tests.seeded_grades import seed_graded

pytestmark = pytest.mark.browser

WIDTHS = ((1280, 800), (1920, 1080), (390, 844))
GRADER = "ringback_grader"
"""The cookie with the name of who grades."""
STREAMLITS_OWN = {
    "[data-testid=stHeader]": "menu and state of the script, which no page draws",
    "[data-testid=stDataFrame]": "a canvas; the grid draws a table for readers beside it",
    "[data-testid=stTooltipIcon]": "the mark beside a label, as large as its text",
    "[data-testid=stTabs] [role=tablist]": "arrows and badges of tabs that do not fit",
    "[data-testid=stTextInputRootElement] button": "the eye of a secret field",
    "[data-variant][data-selected=true]": "the chosen one of pills and the like is written in the "
    "theme's primary colour, which has to carry white text on buttons too; its frame tells it",
    "[data-testid=stBaseButton-tertiary]": "a button that is an icon alone has no width of its own",
    ".js-plotly-plot": "axis labels of charts; a sentence or table beside each says the same",
}
"""What is not ours to mend, with the reason."""
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
    "resultTypes": ["violations"],
}
SMALL = """least => {
    const found = []
    const look = root => {
        for (const one of root.querySelectorAll('*')) {
            if (one.shadowRoot) look(one.shadowRoot)
            const own = [...one.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
            if (!own || !one.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
                continue
            if (one.closest('.js-plotly-plot, [data-testid=stMarkdownBadge], code')) continue
            const size = parseFloat(getComputedStyle(one).fontSize)
            if (size < least) found.push(`${size}px: ${one.textContent.trim().slice(0, 40)}`)
        }
    }
    look(document.querySelector('[data-testid=stMain]'))
    return found
}"""


@pytest.fixture(scope="module")
def console(replayed: Callable[..., Console]) -> Console:
    return replayed(seeded=True)


@pytest.fixture(scope="module")
def ids(console: Console) -> dict[str, str]:
    store = Store.open(Settings(data=console.log.parent / "data"))
    b, a = (head.id for head in store.runs(kind="suite")[:2])
    (failed, *_), (passed, *_) = (
        store.search(CallQuery(outcome=outcome)).calls for outcome in ("failed", "passed")
    )
    graded, *_ = seed_graded(store, [("not_met", "met"), ("met", "met")])
    store.close()
    return {"failed": failed.id, "passed": passed.id, "graded": graded.id, "a": a, "b": b}


def found(page: Page) -> list[str]:
    context = {"exclude": [[selector] for selector in STREAMLITS_OWN]}
    results = Axe().run(page, context=context, options=RULES).response
    assert results["testEngine"]["name"] == "axe-core"
    return [
        f"{each['id']}: {node['html'][:160]} ({_why(node)})"
        for each in results["violations"]
        for node in each["nodes"]
    ]


def _why(node: dict) -> str:
    reasons = [*node["any"], *node["all"], *node["none"]]
    return reasons[0]["message"][:160] if reasons else ""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?call={failed}",
        "/runs?call={failed}",
        "/runs?run={b}",
        "/inspect?call={failed}",
        "/runs?view=trends",
        "/runs?run={b}&tab=calls",
        "/inspect?call={failed}&tab=events",
        "/inspect?call={graded}&tab=grades&queue=sample",
        "/compare?a={a}&b={b}",
        "/compare?a={passed}&b={failed}",
        "/scenarios",
        "/scenarios?new=script",
        "/agents",
        "/agents?new=pipecat_cloud",
        "/settings",
    ],
)
def test_everyone_can_use_it(
    console: Console, ids: dict[str, str], tab: Callable[..., Tab], path: str, theme: str
) -> None:
    width, height = WIDTHS[0]
    one = tab(console, width=width, height=height, theme=theme)
    one.page.context.add_cookies([{"name": GRADER, "value": "Ann", "url": console.url}])
    page = one.open(path.format(**ids)).page
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        settled(page)
        assert found(page) == [], width
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, width
        assert page.evaluate(SMALL, 12) == [], width


def test_everyone_can_use_what_opens_over_a_page(
    console: Console,
    ids: dict[str, str],
    replayed: Callable[..., Console],
    tab: Callable[..., Tab],
) -> None:
    page = tab(console).open("/runs").page
    page.get_by_role("button", name="Start a run").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    settled(page)
    assert found(page) == []
    page = tab(console, theme="dark").open(f"/inspect?call={ids['failed']}").page
    for name in ("Export", "Marks"):
        page.get_by_test_id("stMain").get_by_role("button", name=re.compile(name)).click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        settled(page)
        assert found(page) == [], name
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    one = tab(replayed("book", alone="axe")).open()
    one.call_demo()
    page = one.page
    page.get_by_role("button", name="Take over").click()
    expect(page.get_by_role("group", name="Speak as the caller")).to_be_visible()
    assert found(page) == []
    page.get_by_role("button", name="By hand").click()
    expect(page.get_by_role("button", name="Press", exact=True)).to_be_visible()
    assert found(page) == []


def test_a_fault_would_be_found(console: Console, tab: Callable[..., Tab]) -> None:
    """In the page and in a shadow root: without it the tests above might look at nothing."""
    page = tab(console).open("/agents").page
    settled(page)
    assert found(page) == []
    page.evaluate(
        """() => {
            const faulty = '<p style="color: #999; font-size: 9px">pale</p><button></button>'
            const main = document.querySelector('[data-testid=stMain]')
            main.insertAdjacentHTML('beforeend', faulty)
            const inside = document.createElement('div')
            main.append(inside)
            inside.attachShadow({ mode: 'open' }).innerHTML = faulty
        }"""
    )
    kinds = [each.split(":")[0] for each in found(page)]
    assert kinds.count("color-contrast") == kinds.count("button-name") == 2
    assert len(page.evaluate(SMALL, 12)) == 2
