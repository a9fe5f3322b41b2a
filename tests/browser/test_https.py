"""The console over HTTPS, as other computers' browsers want it for the microphone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from browser_support import ROOT, free_port
from playwright.sync_api import Browser, expect

from tests.certificates import certificate

pytestmark = pytest.mark.browser


def test_pages_routes_and_sockets_go_over_https(chromium: Browser, tmp_path: Path):
    cert, key = certificate(tmp_path)
    command = [
        *(str(Path(sys.executable).with_name("ringback")), "console", "--port", str(free_port())),
        *("--certificate", str(cert), "--key", str(key)),
    ]
    env = {**os.environ, "RINGBACK_DATA": str(tmp_path / "data"), "PYTHONUNBUFFERED": "1"}
    console = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert console.stdout is not None
        address = ""
        for line in console.stdout:
            if found := re.search(r"Ringback is at (https://\S+)", line):
                address = found[1]
            if "URL: https://" in line:  # Streamlit listens
                break
        assert address, "the console ended"
        context = chromium.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_role("button", name="Call the demo agent")).to_be_visible()
        context.close()
    finally:
        console.terminate()
        console.communicate(timeout=60)
