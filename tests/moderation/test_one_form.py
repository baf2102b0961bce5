from __future__ import annotations

import threading

import pytest
from sqlmodel import select

from relay.errors import NotFound, Refused, Stale
from relay.models import ClipState, SentDecision, Verdict
from relay.moderation import clip_reviews, desk, one_form
from relay.moderation.one_form import EditConflict, Judgement, TypedForm, submit

KEY = "k" * 22


def typed(evidence="", **fields):
    """`name=("Оля", "Ольга")`: it said Оля, and Ольга was typed."""
    return TypedForm({f: new for f, (_, new) in fields.items()}, {f: was for f, (was, _) in fields.items()}, evidence)


def approve(seen=ClipState.awaiting, key=""):
    return Judgement(Verdict.approve, seen, key=key)


def keys(relay):
    with relay.reading() as session:
        return [row.key for row in session.exec(select(SentDecision))]


def test_corrections_and_decision_are_kept_together(relay, town):
    clip = town.has_clip(name="Оля")
    form = typed(name=("Оля", " Ольга  Смирнова "), begins=("", "1,25"), scope=("", "film"), evidence="письмо")
    decision = submit(relay, clip, form, person="Анна", judgement=approve())
    row = town.clip(clip)
    assert (decision.verdict, row.state, row.name) == (Verdict.approve, ClipState.approved, "Ольга Смирнова")
    assert clip_reviews.show(relay, clip).begins == 1.25
    told = desk.show(relay, clip)
    assert (told.consent.scope, told.consent.evidence) == ("film", "письмо")
    assert [entry.verdict for entry in told.history] == ["approve", "edited", "consent", "edited"]


def test_where_the_decision_is_refused_nothing_is_corrected(relay, town):
    clip = town.has_clip(name="Оля")
    with pytest.raises(Refused, match="needs a reason"):
        submit(
            relay,
            clip,
            typed(name=("Оля", "Ольга")),
            person="Анна",
            judgement=Judgement(Verdict.reject, ClipState.awaiting),
        )
    with pytest.raises(Refused, match="Nothing would be left"):
        submit(relay, clip, typed(name=("Оля", "Ольга"), ends=("", "0.01")), person="Анна", judgement=approve())
    assert (town.clip(clip).name, town.clip(clip).state, desk.history(relay, clip)) == ("Оля", ClipState.awaiting, [])


@pytest.mark.slow
def test_both_versions_are_told_and_neither_is_written(relay, town):
    clip = town.has_clip(name="Оля", town="Кировск")
    desk.edit(relay, clip, person="Кира", name="Оленька", district="Кировский район")
    clip_reviews.trim(relay, clip, {"turn": "90"}, person="Кира")
    form = typed(name=("Оля", "Ольга"), town=("Кировск", "Мга"), turn=("0", "270"), district=("", "Кировский район"))
    with pytest.raises(EditConflict) as found:
        submit(relay, clip, form, person="Анна", judgement=approve())
    assert {(one.field, one.theirs, one.mine) for one in found.value.fields} == {
        ("name", "Оленька", "Ольга"),
        ("turn", "90", "270"),
    }
    assert not found.value.decided
    assert (town.clip(clip).town, town.clip(clip).state) == ("Кировск", ClipState.awaiting)


@pytest.mark.slow
def test_twin_without_the_comparison_the_other_ones_text_is_written_over(relay, town, monkeypatch):
    monkeypatch.setattr(one_form, "_compare", lambda *_, **_more: None)
    clip = town.has_clip(name="Оля")
    desk.edit(relay, clip, person="Кира", name="Оленька")
    submit(relay, clip, typed(name=("Оля", "Ольга")), person="Анна")
    assert town.clip(clip).name == "Ольга"


@pytest.mark.slow
def test_two_fields_and_the_same_text_are_no_conflict(relay, town):
    clip = town.has_clip(name="Оля")
    desk.edit(relay, clip, person="Кира", name="Ольга", town="Мга")
    submit(relay, clip, typed(name=("Оля", "Ольга"), district=("", "Кировский")), person="Анна")
    assert (town.clip(clip).name, town.clip(clip).town, town.clip(clip).district) == ("Ольга", "Мга", "Кировский")


@pytest.mark.slow
def test_what_was_decided_meanwhile_is_a_conflict(relay, town):
    clip = town.has_clip()
    desk.decide(relay, clip, Verdict.reject, person="Кира", seen=ClipState.awaiting, reason="offensive")
    with pytest.raises(EditConflict) as found:
        submit(relay, clip, typed(name=("", "Ольга")), person="Анна", judgement=approve())
    assert (found.value.decided, found.value.state, found.value.fields) == (True, "rejected", ())
    assert town.clip(clip).name == ""


@pytest.mark.slow
def test_a_form_that_comes_twice_counts_once(relay, town):
    clip, other = town.has_clip(), town.has_clip()
    first = submit(relay, clip, typed(name=("", "Ольга")), person="Анна", judgement=approve(key=KEY))
    again = submit(relay, clip, typed(name=("", "Ольга")), person="Анна", judgement=approve(key=KEY))
    assert first.id == again.id
    assert len(town.decisions(clip)) == 1
    assert keys(relay) == [KEY]
    with pytest.raises(Stale):  # and without a key it is somebody else's
        submit(relay, clip, typed(), person="Анна", judgement=approve())
    with pytest.raises(Refused):
        one_form.checked_key("short")
    assert one_form.checked_key("") == ""
    assert town.decisions(other) == []


def test_what_was_typed_after_the_answer_was_lost_is_kept(relay, town):
    clip = town.has_clip()
    form = typed(name=("", "Ольга"), scope=("", "film"), evidence="письмо")
    first = submit(relay, clip, form, person="Анна", judgement=approve(key=KEY))
    more = typed(name=("", "Ольга"), town=("", "Мга"), scope=("", "film"), evidence="письмо")
    assert submit(relay, clip, more, person="Анна", judgement=approve(key=KEY)).id == first.id
    assert (town.clip(clip).name, town.clip(clip).town) == ("Ольга", "Мга")
    said = [(entry.verdict, sorted(entry.changes)) for entry in desk.history(relay, clip)]
    assert sorted(said) == [("approve", []), ("consent", []), ("edited", ["name"]), ("edited", ["town"])]


@pytest.mark.slow
def test_twin_by_its_key_alone_the_form_has_nothing_new(relay, town, monkeypatch):
    monkeypatch.setattr(one_form, "_not_kept_yet", lambda _session, _clip, _changed, form: ({}, form))
    clip = town.has_clip()
    for form in (typed(name=("", "Ольга")), typed(name=("", "Ольга"), town=("", "Мга"))):
        submit(relay, clip, form, person="Анна", judgement=approve(key=KEY))
    assert town.clip(clip).town == ""


@pytest.mark.slow
def test_another_verdict_after_the_answer_was_lost_is_told_and_not_dropped(relay, town):
    clip = town.has_clip()
    submit(relay, clip, typed(), person="Анна", judgement=approve(key=KEY))
    desk.edit(relay, clip, person="Кира", name="Оленька")
    other = Judgement(Verdict.reject, ClipState.awaiting, "offensive", KEY)
    with pytest.raises(EditConflict) as found:
        submit(relay, clip, typed(name=("", "Ольга")), person="Анна", judgement=other)
    assert (found.value.decided, [one.mine for one in found.value.fields]) == (True, ["Ольга"])
    assert town.clip(clip).state is ClipState.approved


def test_a_form_whose_decision_was_taken_back_is_told_and_not_dropped(relay, town):
    clip = town.has_clip()
    submit(relay, clip, typed(), person="Анна", judgement=approve(key=KEY))
    desk.undo(relay, clip, person="Анна")
    with pytest.raises(EditConflict) as found:
        submit(relay, clip, typed(), person="Анна", judgement=approve(key=KEY))
    assert (found.value.decided, found.value.state) == (True, "awaiting")
    assert town.clip(clip).state is ClipState.awaiting


@pytest.mark.slow
def test_ten_at_once_are_counted_once(relay, town):
    clip, ids, lost = town.has_clip(), [], []

    def send():
        try:
            ids.append(submit(relay, clip, typed(name=("", "Ольга")), person="Анна", judgement=approve(key=KEY)).id)
        except Stale as error:
            lost.append(error)

    senders = [threading.Thread(target=send) for _ in range(10)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert (len(set(ids)), len(ids), lost) == (1, 10, [])
    assert len(town.decisions(clip)) == 1


@pytest.mark.slow
def test_what_nobody_can_read_is_refused(relay, town):
    clip = town.has_clip()
    for field, text in (("age", "сорок"), ("begins", "soon"), ("turn", "45"), ("scope", "everything")):
        with pytest.raises(Refused):
            submit(relay, clip, typed(**{field: ("", text)}), person="Анна")
    with pytest.raises(NotFound):
        submit(relay, 99, typed(name=("", "Ольга")), person="Анна")
    assert one_form.shown(relay, 99) == {}
    assert one_form.shown(relay, clip)["turn"] == "0"
