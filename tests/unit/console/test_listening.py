from __future__ import annotations

import pytest
from streamlit import config

from harness.console._listening import check_listening
from harness.errors import OpenToOthers
from harness.settings import Settings


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_this_machine_alone_needs_no_login(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, address: str
):
    monkeypatch.setattr(config, "get_option", {"server.address": address}.__getitem__)
    check_listening(settings)


@pytest.mark.parametrize("address", [None, "0.0.0.0", "::", "192.168.1.7", "console.local"])
def test_others_come_in_only_behind_a_login(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, address: str | None
):
    monkeypatch.setattr(config, "get_option", {"server.address": address}.__getitem__)
    with pytest.raises(OpenToOthers) as caught:
        check_listening(settings)
    assert (address or "every address") in caught.value.message
    assert "RINGBACK_BEHIND_LOGIN=1" in caught.value.remedy
    check_listening(settings.model_copy(update={"behind_login": True}))
