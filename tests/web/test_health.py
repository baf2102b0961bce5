from __future__ import annotations

from relay.alerts import raise_alert


def test_health_needs_no_account(relay, anna, boris, vera):
    for person in (anna, boris, vera):
        assert person.get("/healthz").json() == {"status": "ok", "alerts": 0}
    with relay.transaction() as session:
        raise_alert(session, "token", "The token of olga@example.org was refused.", relay.now())
    answer = vera.get("/healthz")
    assert answer.json() == {"status": "attention", "alerts": 1}
    assert "olga" not in answer.text
