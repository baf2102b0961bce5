"""The tests' own browser."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.web.chromium import IN_BROWSER, answering

pytestmark = IN_BROWSER


def test_a_browser_that_leaves_a_call_unanswered_ends_and_the_next_test_gets_another(chromium, request):
    gone = pytest.importorskip("playwright.sync_api").Error
    page = chromium.new_context().new_page()
    with answering(request.node, patience=1), pytest.raises(gone, match="closed"):
        page.evaluate("new Promise(() => {})")
    assert chromium.new_context().new_page().evaluate("1 + 1") == 2


def test_a_test_that_is_over_closes_what_an_ended_browser_had_open(chromium, request):
    context = chromium.new_context()
    page = context.new_page()
    with answering(request.node, patience=1), pytest.raises(pytest.importorskip("playwright.sync_api").Error):
        page.evaluate("new Promise(() => {})")
    context.close()


def test_a_browser_that_does_not_start_is_started_again(chromium, monkeypatch):
    chromium.close()
    monkeypatch.setattr("tests.web.chromium.START", 20)
    tried = []
    launch = chromium._playwright.chromium.launch

    def hangs_once(**options):
        tried.append(options["timeout"])
        return launch(**options | ({"timeout": 1} if len(tried) == 1 else {}))

    monkeypatch.setattr(chromium, "_playwright", SimpleNamespace(chromium=SimpleNamespace(launch=hangs_once)))
    assert chromium.new_context().new_page().evaluate("1 + 1") == 2
    assert tried == [20_000, 20_000]
