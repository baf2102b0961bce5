from __future__ import annotations

import pytest
from sqlmodel import select

from relay.errors import NotFound, Stale
from relay.intake.hand_in import hand_ins, mended
from relay.models import ClipState, Consent, Finding, HandInState, MendingState, Verdict
from relay.moderation import desk
from relay.moderation.review import answers, mending
from relay.moderation.team import queue
from relay.moderation.withdrawal import withdraw
from tests.intake.participants import SLUG

BASE = "https://relay.test"


def returned(relay, clip_id, *codes):
    mending.send_back(relay, clip_id, codes or ["sound"], person="Анна")
    return mending.of_clip(relay, clip_id, BASE)[-1].link.rpartition("/")[2]


def begins(relay, secret):
    return mended.begin(relay, secret, consent="I allow it.", language="ru", visitor="home")


def state(relay, clip_id):
    return mending.of_clip(relay, clip_id, BASE)[-1]


def taken_in(people, film="a film", **more):
    secret = people.hands_in(people.scene.film(film), **more)
    people.worker_comes()
    return secret, people.clip(secret)


@pytest.mark.slow
def test_a_mended_video_takes_the_place_of_the_returned_one(relay, people):
    receipt, old = taken_in(people)
    desk.edit(relay, old.id, person="Анна", name="Анна Иванова-Петрова")
    answer = returned(relay, old.id)
    assert queue.hand_out(relay, SLUG, "Кира") is None
    new_receipt = begins(relay, answer)
    people.sends(new_receipt, people.scene.film("a better film").read_bytes())
    people.worker_comes()

    new = people.clip(new_receipt)
    assert new.id != old.id
    assert (new.name, new.town, new.corrected) == ("Анна Иванова-Петрова", "Кировск", ["name"])
    assert (new.state, new.published_at) == (ClipState.awaiting, old.published_at)
    assert queue.hand_out(relay, SLUG, "Кира") == new.id
    gone = desk.show(relay, old.id)
    assert gone.state is ClipState.rejected
    assert gone.reason == f"The participant has sent a mended video: clip {new.id}."
    assert (state(relay, old.id).state, state(relay, old.id).brought) == (MendingState.answered, ["video"])
    assert state(relay, new.id).new_clip_id == new.id
    assert desk.history(relay, new.id)[-1].verdict == "handed in"
    assert "mended" in [entry.verdict for entry in desk.history(relay, new.id)]
    assert people.clip(receipt).id == new.id, "the first receipt tells of the new video"
    with relay.reading() as session:
        consents = session.exec(select(Consent).where(Consent.clip_id == new.id)).all()
    assert [row.evidence.splitlines()[1] for row in consents] == ["I allow it."], "of the first hand-in"


@pytest.mark.slow
def test_withdrawing_one_of_the_pair_withdraws_both(relay, people):
    receipt, old = taken_in(people)
    new_receipt = begins(relay, returned(relay, old.id))
    people.sends(new_receipt, people.scene.film("a better film").read_bytes())
    people.worker_comes()
    new = people.clip(new_receipt)
    desk.decide(relay, new.id, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    people.takes_back(receipt)
    assert {desk.show(relay, clip.id).state for clip in (old, new)} == {ClipState.withdrawn}


def test_twin_without_the_link_the_mended_video_stays(relay, people, monkeypatch):
    receipt, old = taken_in(people)
    new_receipt = begins(relay, returned(relay, old.id))
    people.sends(new_receipt, people.scene.film("a better film").read_bytes())
    people.worker_comes()
    new = people.clip(new_receipt)
    monkeypatch.setattr(mending, "pair_of", lambda session, clip_ids: set(clip_ids))
    people.takes_back(receipt)
    assert desk.show(relay, new.id).state is ClipState.awaiting


@pytest.mark.slow
def test_the_same_file_again_is_an_answer_and_takes_no_place(relay, people):
    _receipt, old = taken_in(people)
    new_receipt = begins(relay, returned(relay, old.id))
    people.sends(new_receipt, people.scene.film("a film").read_bytes())
    people.worker_comes()
    assert people.clip(new_receipt).id == old.id
    row = state(relay, old.id)
    assert (row.state, row.new_clip_id) == (MendingState.answered, None)
    assert queue.hand_out(relay, SLUG, "Кира") == old.id


@pytest.mark.slow
def test_another_participants_video_is_not_taken_over(relay, people):
    _other, foreign = taken_in(people, "somebody else's", name="Вера Павлова", visitor="elsewhere")
    _receipt, old = taken_in(people)
    new_receipt = begins(relay, returned(relay, old.id))
    people.sends(new_receipt, people.scene.film("somebody else's").read_bytes())
    people.worker_comes()
    kept = desk.show(relay, foreign.id)
    assert kept.participant.name == "Вера Павлова"
    assert desk.show(relay, old.id).state is ClipState.awaiting
    assert state(relay, old.id).new_clip_id is None


@pytest.mark.slow
def test_the_receipt_is_found_again_and_a_new_one_is_given_after_a_refusal(relay, people):
    _receipt, old = taken_in(people)
    answer = returned(relay, old.id)
    first = begins(relay, answer)
    assert begins(relay, answer) == first
    found = answers.page(relay, answer).hand_in
    assert found is not None and mended.receipt_secret(answer, found) == first
    people.sends(first, people.scene.film("broken", finding=Finding.refused).read_bytes())
    people.worker_comes()
    assert people.hand_in(first).state is HandInState.refused
    second = begins(relay, answer)
    assert second != first
    assert people.hand_in(second).name == "Анна Иванова"


@pytest.mark.slow
def test_a_name_sent_meanwhile_is_not_written_over_by_the_video(relay, people):
    _receipt, old = taken_in(people)
    answer = returned(relay, old.id, "name", "sound")
    new_receipt = begins(relay, answer)
    answers.answer(relay, answer, answers.Written(name="Анна Иванова-Петрова"))
    people.sends(new_receipt, people.scene.film("a better film").read_bytes())
    people.worker_comes()
    assert people.clip(new_receipt).name == "Анна Иванова-Петрова"
    assert state(relay, old.id).brought == ["name", "video"]


@pytest.mark.slow
def test_nothing_is_taken_when_nothing_is_asked(relay, people):
    _receipt, old = taken_in(people)
    answer = returned(relay, old.id)
    with pytest.raises(NotFound):
        begins(relay, "x" * 32)
    on_its_way = begins(relay, answer)
    mending.call_off(relay, old.id, person="Анна")
    with pytest.raises(Stale):
        begins(relay, answer)
    people.sends(on_its_way, people.scene.film("too late").read_bytes())
    people.worker_comes()
    assert desk.show(relay, old.id).state is ClipState.awaiting, "what comes too late is a clip of its own"
    assert state(relay, old.id).state is MendingState.called_off


@pytest.mark.slow
def test_what_was_withdrawn_meanwhile_stays_withdrawn(relay, people):
    _receipt, old = taken_in(people)
    answer = returned(relay, old.id)
    on_its_way = begins(relay, answer)
    withdraw(relay, old.id or 0, reason="asked for", person="Ольга")
    people.sends(on_its_way, people.scene.film("too late").read_bytes())
    people.worker_comes()
    assert desk.counts(relay, SLUG)["withdrawn"] == 2, "the late one too"
    assert people.clip(on_its_way).id != old.id


@pytest.mark.slow
def test_the_first_receipt_leads_through_several_mendings(relay, people):
    receipt, old = taken_in(people)
    for number in (1, 2):
        clip = people.clip(receipt)
        new_receipt = begins(relay, returned(relay, clip.id))
        people.sends(new_receipt, people.scene.film(f"better {number}").read_bytes())
        people.worker_comes()
    last = people.clip(receipt)
    withdraw(relay, last.id or 0, reason="asked for", person="Ольга")
    assert desk.counts(relay, SLUG)["withdrawn"] == 3
    assert old.id != last.id
    assert hand_ins.listing(relay, SLUG)[0].clips == [old.id]
