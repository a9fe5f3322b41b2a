from __future__ import annotations

import json

import pytest
from on_page import labels, press, texts
from replay_service import ended

from harness.agents.library import AgentLibrary
from harness.console.agents import connection_test
from harness.console.agents.ways import WAYS
from harness.nouns import Agent
from harness.secrets import Secrets
from harness.settings import get_settings

KEY = "pk_live_0123456789abcdef"
OTHER = "sk_private_0123456789abc"
PRECLINICAL = {
    "id": "7d1f",
    "provider": "pipecat",
    "config": {"apiKey": KEY, "agentName": "my-agent", "livekitUrl": "wss://x.livekit.cloud"},
}


def enter(app, **values):
    """Fill in fields by the last part of their key; __ stands for a dot."""
    for name, value in values.items():
        key = f".{name.replace('__', '.')}"
        fields = [*app.text_input, *app.text_area, *app.toggle, *app.checkbox, *app.number_input]
        field = next(f for f in fields if f.key and f.key.endswith(key))
        field.set_value(value)


def everything(app) -> str:
    """All that was sent to the browser."""
    return " ".join(str(element.proto) for element in app.main)


@pytest.fixture
def clinic(library: AgentLibrary) -> Agent:
    return library.save(
        Agent(
            name="clinic",
            title="Clinic",
            provider="pipecat_cloud",
            config={"agent_name": "clinic", "api_key": KEY, "private_api_key": OTHER},
        )
    )


def test_an_empty_page_offers_the_five_ways(serve, page):
    serve()
    app = page("agents")
    assert not app.exception
    assert labels(app.button).count("Set up") == 5
    for way in WAYS.values():
        assert way.title in texts(app)


@pytest.mark.parametrize("provider", WAYS)
def test_every_way_has_its_form(serve, page, provider):
    serve()
    app = page("agents")
    app.button(key=f"new_{provider}").click().run()
    assert not app.exception
    assert app.query_params["new"] == [provider] or app.query_params["new"] == provider
    press(app, "Save")
    assert "is missing" in texts(app)


def test_from_the_empty_page_to_an_agent_that_is_called(serve, page, library):
    service = serve()
    app = page("agents")
    app.button(key="new_dev_runner").click().run()
    enter(app, config__url="http://localhost:7860")
    press(app, "Save and test connection")
    agent = library.get("localhost-7860")
    assert agent.config == {"url": "http://localhost:7860"}
    assert connection_test.running([agent])
    assert not service.history() and "Cancel" in labels(app.button)
    app.button(key="call_localhost-7860").click().run()
    assert not app.exception
    picked = next(box for box in app.selectbox if box.label == "Agent")
    assert picked.value == "localhost-7860"
    script = next(box for box in app.selectbox if box.label == "Scenario")
    assert script.value is None


def test_a_bot_file_is_made_ready_once_it_is_saved(serve, page, library, tmp_path):
    service = serve()
    bot = tmp_path / "bot.py"
    app = page("agents", new="bot_file")
    press(app, "Save")
    assert not service.prepared, "nothing was saved"
    bot.write_text("from pipecat.runner.run import main\nmain()\n")
    enter(app, config__file=str(bot))
    press(app, "Save")
    (saved,) = library.all().values()
    assert service.prepared == [saved] and saved.config["file"] == str(bot)


def test_bad_input_loses_nothing_and_stands_beside_its_field(serve, page, library):
    serve()
    app = page("agents", new="dev_runner")
    enter(app, title="My desk", config__url="localhost:7860", body="{")
    press(app, "Save")
    assert not library.all()
    shown = texts(app)
    assert "This is not JSON" in shown
    values = [field.value for field in (*app.text_input, *app.text_area)]
    assert {"My desk", "localhost:7860", "{"} <= set(values)
    enter(app, body="")
    press(app, "Save")
    assert "is not the address of a runner" in texts(app) and not library.all()
    enter(app, config__url="http://localhost:7860")
    press(app, "Save")
    assert library.get("my-desk").title == "My desk"
    assert app.query_params["agent"] in ("my-desk", ["my-desk"])


def test_a_key_is_kept_and_never_sent_back(serve, page, library, clinic):
    serve()
    secrets = Secrets(get_settings())
    app = page("agents", edit="clinic")
    assert KEY not in everything(app) and OTHER not in everything(app)
    passwords = [field for field in app.text_input if field.proto.type == field.proto.PASSWORD]
    assert len(passwords) == 4 and not any(field.value for field in passwords)
    assert passwords[0].placeholder.startswith("Kept")
    enter(app, title="Clinic two")
    press(app, "Save")
    again = library.get("clinic")
    assert again.title == "Clinic two" and again.config == clinic.config
    assert secrets.resolve(again.config)["api_key"] == KEY
    app = page("agents", edit="clinic")
    enter(app, api_key="pk_new_0123456789abcdef", private_api_key__forget=True)
    press(app, "Save")
    assert "pk_new_0123456789abcdef" not in everything(app)
    config = library.get("clinic").config
    assert secrets.resolve(config)["api_key"] == "pk_new_0123456789abcdef"
    assert "private_api_key" not in config
    assert OTHER not in secrets.path.read_text()


def test_the_card_says_which_keys_there_are_not_what_they_are(serve, page, clinic):
    serve()
    app = page("agents")
    assert "Pipecat Cloud" in texts(app)
    sent = everything(app)
    assert KEY not in sent and OTHER not in sent


def test_delete_and_undo(serve, page, library, clinic):
    serve()
    app = page("agents", agent="clinic")
    press(app, "Delete")
    assert not library.all()
    assert "Deleted clinic" in texts(app).replace("\\", "")
    press(app, "Undo")
    assert library.get("clinic") == clinic
    assert "Deleted" not in texts(app)


def test_duplicate_opens_the_copy(serve, page, library, clinic):
    serve()
    app = page("agents", agent="clinic")
    press(app, "Duplicate")
    copy = library.get("clinic-copy")
    assert copy.config == clinic.config and copy.title == "Clinic, copy"
    assert "Save" in labels(app.button)


def test_a_preclinical_agent_is_pasted(serve, page, library):
    serve()
    app = page("agents", new="import")
    app.text_area(key="import_text").set_value(json.dumps(PRECLINICAL))
    press(app, "Import")
    agent = library.get("my-agent")
    assert agent.provider == "pipecat_cloud"
    assert agent.config["livekit_url"] == "wss://x.livekit.cloud"
    assert agent.config["api_key"].startswith("secret:")
    assert KEY not in library.path("my-agent").read_text() and KEY not in everything(app)
    assert "Imported my-agent" in texts(app).replace("\\", "")


def test_what_was_pasted_stays_when_it_cannot_be_used(serve, page, library):
    serve()
    app = page("agents", new="import")
    pasted = '{"provider": "pipecat", "config": {"apiKey": "x"'
    app.text_area(key="import_text").set_value(pasted)
    press(app, "Import")
    assert app.text_area(key="import_text").value == pasted
    assert "The pasted text" in app.error[0].value and not library.all()
    app.text_area(key="import_text").set_value("agents:\n  a: {provider: pigeon, config: {}}")
    press(app, "Import")
    assert "pigeon" in app.error[0].value and not library.all()


def test_the_error_of_an_import_goes_when_its_cause_is_mended(serve, page, library):
    serve()
    app = page("agents", new="import")
    app.text_area(key="import_text").set_value("agents: [")
    press(app, "Import")
    assert "The pasted text" in app.error[0].value
    app.run()
    assert app.error, "nothing was changed"
    app.text_area(key="import_text").set_value(json.dumps(PRECLINICAL)).run()
    assert not app.error and not library.all()
    app.text_area(key="import_text").set_value("agents: [").run()
    press(app, "Import")
    press(app, "Agents")
    app.query_params["new"] = "import"
    app.run()
    assert not app.error, "what was pasted is gone, and so is what was wrong with it"
    press(app, "Import")
    assert "nothing to import" in app.error[0].value
    app.run()
    assert not app.error


def test_an_import_is_all_or_nothing_and_keeps_names_apart(serve, page, library, clinic):
    serve()
    app = page("agents", new="import")
    both = (
        "agents:\n"
        "  clinic: {provider: dev_runner, config: {url: 'http://a:1'}}\n"
        "  other: {provider: dev_runner, config: {url: 'http://b:1'}}\n"
    )
    app.text_area(key="import_text").set_value(both + "  bad: {provider: dev_runner, confg: {}}\n")
    press(app, "Import")
    assert set(library.all()) == {"clinic"}
    app.text_area(key="import_text").set_value(both)
    press(app, "Import")
    assert set(library.all()) == {"clinic", "clinic-2", "other"}
    assert library.get("clinic") == clinic


def test_a_failed_test_says_what_to_do(serve, page, library):
    service = serve()
    agent = library.save(
        Agent(name="gone", provider="dev_runner", config={"url": "http://refuse.invalid:1"})
    )
    app = page("agents", agent="gone")
    assert "Not tested yet" in texts(app)
    app.button(key="begin_test").click().run()
    call_id = connection_test.running([agent])["gone"]
    ended(service, call_id)
    app.run()
    assert not app.exception
    assert "nothing listens there" in app.error[0].value
    assert "check host and port" in app.error[0].value
    assert "Find the address: failed" in texts(app)
    library.save(
        agent.model_copy(update={"config": {"url": "http://localhost:1"}}), instead_of="gone"
    )
    app.run()
    assert "Changed since its test" in texts(app)


def test_a_test_that_works_is_remembered_after_a_restart(serve, page, library):
    service = serve()
    agent = library.save(
        Agent(name="mine", provider="dev_runner", config={"url": "http://localhost:7860"})
    )
    app = page("agents", agent="mine")
    app.button(key="test_mine").click().run()
    ended(service, connection_test.running([agent])["mine"])
    app.run()
    assert "Works" in texts(app) and not app.error
    serve()  # another engine, which knows nothing of that test
    app = page("agents", agent="mine")
    assert not app.exception and "Works" in texts(app)


def test_a_test_can_be_cancelled(serve, page, library):
    serve()
    agent = library.save(
        Agent(name="mine", provider="dev_runner", config={"url": "http://localhost:7860"})
    )
    app = page("agents", agent="mine")
    app.button(key="begin_test").click().run()
    press(app, "Cancel")
    app.run()
    assert connection_test.running([agent]) == {}
    assert "cancelled" in texts(app)


def test_sessions_are_listed_and_stopped(serve, page, clinic):
    service = serve()
    app = page("agents", agent="clinic")
    press(app, "Look")
    assert labels(app.button).count("Stop") == 2
    app.button(key="stop_5f1c9a7e").click().run()
    assert service.ended == {"5f1c9a7e"}
    assert labels(app.button).count("Stop") == 1


def test_sessions_are_not_offered_without_the_private_key(serve, page, library):
    serve()
    library.save(
        Agent(name="clinic", provider="pipecat_cloud", config={"agent_name": "c", "api_key": KEY})
    )
    assert "Active sessions" not in texts(page("agents"))


def test_a_broken_file_is_told_and_the_others_are_shown(serve, page, library, clinic):
    serve()
    library.path("broken").write_text("provider: [")
    app = page("agents")
    assert not app.exception
    assert "broken" in app.error[0].value and "Clinic" in texts(app) + str(labels(app.button))


def test_an_agent_that_is_not_there_is_told(serve, page):
    serve()
    app = page("agents", edit="nobody")
    assert not app.exception and "There is no agent" in app.error[0].value


def test_names_are_shown_letter_by_letter(serve, page, library):
    serve()
    title = "<img src=x onerror=alert(1)> ![x](http://evil.invalid/x.png) :red[no]"
    library.save(
        Agent(name="evil", title=title, provider="dev_runner", config={"url": "http://localhost:1"})
    )
    app = page("agents")
    assert not app.exception
    shown = texts(app)
    assert "](http" not in shown and "\\<img" in shown and ":red[no]" not in shown
