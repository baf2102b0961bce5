"""The tests' own browser."""

from __future__ import annotations

import pytest

from tests.web.chromium import IN_BROWSER, answering

pytestmark = IN_BROWSER


def test_a_browser_that_leaves_a_call_unanswered_ends_and_the_next_test_gets_another(chromium, request):
    gone = pytest.importorskip("playwright.sync_api").Error
    page = chromium.new_context().new_page()
    with answering(request.node, patience=1), pytest.raises(gone, match="closed"):
        page.evaluate("new Promise(() => {})")
    assert chromium.new_context().new_page().evaluate("1 + 1") == 2
