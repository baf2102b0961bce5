from __future__ import annotations

import pytest

from tests.web.test_drafts import sealed, signs_in

pytestmark = pytest.mark.slow


def test_another_form_waits_on_a_page_of_its_own(vera, anna, boris, town):
    answer = vera.sends("/campaigns/proryv80/without-video/1/link", url="https://youtu.be/abcdefghijk", draft="link-1")
    back = signs_in(vera, carried=sealed(answer)).headers["location"]
    page = vera.sees(back)
    assert 'action="/campaigns/proryv80/without-video/1/link"' in page
    assert "https://youtu.be/abcdefghijk" in page
    assert boris.get(back).status_code == 404
    assert vera.get("/kept/forged").status_code == 404
