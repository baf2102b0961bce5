from __future__ import annotations

import asyncio

import pytest

from relay.intake.hand_in import hand_ins, uploads
from relay.web import access
from relay.web.public import uploads as tus
from tests.web.participant import TUS, Participant

FILE = bytes(range(256)) * 40


@pytest.fixture
def person(relay, town, vera) -> Participant:
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    person = Participant(relay, vera)
    person.fills_in()
    return person


def arrived(relay, person) -> bytes | None:
    path = uploads.arrived(relay, person.hand_in)
    return path.read_bytes() if path else None


@pytest.mark.slow
def test_a_file_comes_in_pieces_and_waits_for_the_worker(relay, person):
    answer = person.begins(len(FILE))
    assert answer.status_code == 201
    assert answer.headers["upload-expires"] == "Thu, 12 Jan 2023 21:00:00 GMT"
    for at in range(0, len(FILE), 4000):
        answer = person.sends(at, FILE[at : at + 4000])
        assert answer.status_code == 204
        assert answer.headers["upload-offset"] == str(min(at + 4000, len(FILE)))
        assert answer.headers["tus-resumable"] == "1.0.0"
    assert arrived(relay, person) == FILE
    assert (person.hand_in.state.value, person.hand_in.file_name) == ("waiting", "видео.mp4")
    assert person.headline() == "Thank you! The video is here."
    assert person.asks().headers["upload-offset"] == str(len(FILE))


@pytest.mark.slow
def test_it_goes_on_where_it_was_cut(relay, person):
    person.begins(len(FILE))
    person.sends(0, FILE[:1000])
    answer = person.asks()
    assert (answer.status_code, answer.headers["upload-offset"]) == (200, "1000")
    assert (answer.headers["upload-length"], answer.headers["cache-control"]) == (str(len(FILE)), "no-store")
    assert "9 % of “видео.mp4” has arrived." in person.sees()
    assert person.sends(1000, FILE[1000:]).status_code == 204
    assert arrived(relay, person) == FILE


def test_a_client_that_asks_how_far_a_whole_file_came_has_handed_it_in(relay, person, monkeypatch):
    """The desk was killed after the last byte: the client sees that all is here, and sends nothing more."""
    person.begins(len(FILE))
    with monkeypatch.context() as killed:
        killed.setattr(uploads.OpenUpload, "_keep", lambda part: part._file.close())
        person.sends(0, FILE)
    assert person.hand_in.state.value == "begun"
    assert person.asks().headers["upload-offset"] == str(len(FILE))
    assert person.hand_in.state.value == "waiting"
    assert arrived(relay, person) == FILE


@pytest.mark.slow
def test_a_broken_connection_leaves_what_came(relay, person):
    """The body ends in the midst of it, as when a phone loses its network."""
    person.begins(len(FILE))
    assert asyncio.run(cut_after(person, FILE[:3000])) == 408
    assert person.asks().headers["upload-offset"] == "3000"
    assert person.sends(3000, FILE[3000:]).status_code == 204
    assert arrived(relay, person) == FILE


async def cut_after(person, content: bytes) -> int:
    messages = iter(
        ({"type": "http.request", "body": content, "more_body": True}, {"type": "http.disconnect"})
    )  # fmt: skip
    return await spoken(person, lambda: asyncio.sleep(0, next(messages)))


async def spoken(person, receive) -> int:
    """A request to the application itself, byte by byte; the answer's status."""
    said = []
    headers = {**TUS, "upload-offset": "0", "content-type": tus.OFFSET_TYPE, "host": "desk.test"}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PATCH", "scheme": "http",
        "path": person.place, "raw_path": person.place.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
        "client": ("192.0.2.1", 1), "server": ("desk.test", 80),
    }  # fmt: skip
    app = person.browser._transport.inner.app

    async def send(message):
        said.append(message)

    await app(scope, receive, send)
    return said[0]["status"]


@pytest.mark.slow
def test_a_connection_that_says_nothing_more_is_given_up(relay, person, monkeypatch):
    monkeypatch.setattr(tus, "IDLE_SECONDS", 0.01)
    person.begins(len(FILE))

    async def silent_after(content):
        messages = [{"type": "http.request", "body": content, "more_body": True}]
        return await spoken(person, lambda: asyncio.sleep(0 if messages else 60, messages and messages.pop()))

    assert asyncio.run(silent_after(FILE[:2000])) == 408
    assert person.asks().headers["upload-offset"] == "2000"


@pytest.mark.slow
def test_a_new_request_takes_over_from_one_whose_connection_is_dead(relay, person, monkeypatch):
    """The phone is back, and the server has not noticed that its first connection is gone."""
    monkeypatch.setattr(tus, "PAUSE_SECONDS", 0.001)
    person.begins(len(FILE))

    async def both():
        first = [{"type": "http.request", "body": FILE[:2000], "more_body": True}]
        hanging = asyncio.create_task(
            spoken(person, lambda: asyncio.sleep(0 if first else 60, first and first.pop()))
        )  # fmt: skip
        while first or not person.browser._transport.inner.app.state.receiving:
            await asyncio.sleep(0.001)
        again = [{"type": "http.request", "body": b"", "more_body": False}]
        second = await spoken(person, lambda: asyncio.sleep(0, again.pop()))
        return await hanging, second

    assert asyncio.run(both()) == (408, 409), "the newer one is told that the file is longer now"
    assert person.sends(2000, FILE[2000:]).status_code == 204
    assert arrived(relay, person) == FILE


@pytest.mark.slow
def test_what_the_protocol_asks_for(person):
    able = person.browser.options(person.ticket).headers
    assert able["tus-version"] == "1.0.0"
    assert able["tus-extension"] == "creation,expiration,termination"
    assert able["tus-max-size"] == str(2048 << 20)
    assert person.begins(10, **{"tus-resumable": "0.2.2"}).status_code == 412
    person.begins(10)
    assert person.sends(3, b"x").status_code == 409
    assert person.sends(0, b"x", **{"content-type": "video/mp4"}).status_code == 415
    assert person.sends(0, b"x", **{"upload-offset": "-1"}).status_code == 400
    assert person.sends(0, b"x" * 11).status_code == 413
    assert person.browser.get(person.place).status_code == 405
    override = {**TUS, "x-http-method-override": "PATCH", "upload-offset": "0", "content-type": tus.OFFSET_TYPE}
    assert person.browser.post(person.place, content=b"x", headers=override).status_code == 204
    assert person.browser.post(person.place, content=b"x", headers=TUS).status_code == 405
    assert person.browser.delete(person.place, headers=TUS).status_code == 204
    assert person.asks().status_code == 410
    assert person.sends(0, b"x").status_code == 410


@pytest.mark.slow
def test_refusals_are_one_line_for_a_person(relay, person):
    for length, kind, name, status, line in (
        (10, "application/x-executable", "a.exe", 415, "This is not a video file."),
        (10, "text/html", "a.html", 415, "This is a web page, not a video."),
        (10, "application/mxf", "a.mxf", 415, "This kind of video (MXF) can't be read: save it as MP4"),
        (0, "video/mp4", "a.mp4", 415, "This file is empty."),
        ((2048 << 20) + 1, "video/mp4", "a.mp4", 413, "The file is larger than 2048 megabytes."),
    ):
        answer = person.begins(length, name, kind)
        assert answer.status_code == status
        assert answer.text.startswith(line)
        assert answer.headers["content-type"].startswith("text/plain")
    person.browser.remembers("relay-language", "ru")
    assert person.begins(10, "a.html", "text/html").text.startswith("Это веб-страница, а не видео.")
    for length in ("", "x", "1e3", "-1", "9" * 20):
        assert person.begins(10, **{"upload-length": length}).status_code == 400
    assert person.begins(10, **{"upload-metadata": "filename %%%"}).status_code == 400


@pytest.mark.slow
def test_a_ticket_opens_its_own_entry_only(relay, person):
    mine = person.ticket
    forged = mine[:-1] + ("0" if mine[-1] != "0" else "1")
    other = mine.replace("/uploads/1-", "/uploads/2-")
    headers = {**TUS, "upload-length": "10", "upload-metadata": ""}
    for ticket in (forged, other, "/uploads/1", "/uploads/1-", "/uploads/-", "/uploads/١-x", "/uploads/99999999999-x"):
        assert person.browser.post(ticket, headers=headers).status_code == 404
    person.begins(10)
    assert person.browser.head(person.place.replace("/uploads/1-", "/uploads/2-"), headers=TUS).status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("headers", [{"origin": "https://evil.test"}, {"sec-fetch-site": "cross-site"}], ids=str)
def test_another_site_can_t_send_a_file(person, headers):
    assert person.begins(10, **headers).status_code == 403
    person.begins(10)
    assert person.sends(0, b"0123456789", **headers).status_code == 403
    assert person.asks().headers["upload-offset"] == "0"


@pytest.mark.slow
def test_twin_without_the_question_where_from_another_site_sends_one(app, person):
    app.dependency_overrides[access.own_form] = lambda: None
    assert person.begins(10, origin="https://evil.test").status_code == 201


def test_twin_without_the_check_of_tickets_a_made_up_one_opens_an_entry(person, monkeypatch):
    monkeypatch.setattr(tus.hmac, "compare_digest", lambda *_: True)
    headers = {**TUS, "upload-length": "10", "upload-metadata": "filetype dmlkZW8vbXA0"}
    assert person.browser.post("/uploads/1-made-up", headers=headers).status_code == 201


@pytest.mark.slow
def test_the_way_in_for_files_is_no_way_in_for_large_forms(person):
    large = b"x" * 300_000
    assert person.browser.post(f"{person.receipt}/file", content=large).status_code == 413
    assert person.browser.post(f"{person.receipt}/withdraw", content=large).status_code == 413
    typed = {"content-type": "application/x-www-form-urlencoded"}
    assert person.browser.post(f"{person.receipt}/file", content=large, headers=typed).status_code == 413


# Without a script


@pytest.mark.slow
def test_a_plain_form_sends_the_file_too(relay, person):
    answer = person.sends_plainly(FILE * 50)
    assert (answer.status_code, answer.headers["location"]) == (303, person.receipt)
    assert arrived(relay, person) == FILE * 50
    assert (person.hand_in.bytes_total, person.hand_in.state.value) == (len(FILE) * 50, "waiting")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "status", "line"),
    [
        ("", b"", 415, "Choose a file first."),
        ("a.mp4", b"", 415, "This file is empty."),
    ],
)
def test_what_is_wrong_with_it_is_told_on_the_page(person, name, content, status, line):
    answer = person.sends_plainly(content, name)
    assert answer.status_code == status
    assert line in answer.text
    assert person.headline() == "Now the video"
    assert person.sends_plainly(FILE).status_code == 303


@pytest.mark.slow
def test_a_plain_form_needs_its_token_before_its_file(relay, person):
    assert person.sends_plainly(FILE, token="forged").status_code == 403
    assert person.browser.post(f"{person.receipt}/file", files={"file": ("a.mp4", FILE)}).status_code == 403
    assert not list(relay.folder("handed-in").iterdir())
    assert person.sends_plainly(FILE, headers={"origin": "https://evil.test"}).status_code == 403


@pytest.mark.slow
def test_a_plain_form_that_is_cut_leaves_nothing(relay, person):
    boundary = "----x"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{person.browser.token()}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    )
    typed = {"content-type": f"multipart/form-data; boundary={boundary}"}
    answer = person.browser.post(f"{person.receipt}/file", content=head.encode() + FILE, headers=typed)
    assert answer.status_code == 400
    assert "The connection broke before the whole file was here." in answer.text
    assert person.headline() == "Now the video"
    assert not list(relay.folder("handed-in").iterdir())
    for nonsense in (b"", b"x", b"--x--"):
        assert person.browser.post(f"{person.receipt}/file", content=nonsense, headers=typed).status_code in (403, 415)
    typed = {"content-type": "multipart/form-data"}
    assert person.browser.post(f"{person.receipt}/file", content=FILE, headers=typed).status_code == 415


@pytest.mark.slow
def test_a_plain_form_above_the_limit_is_refused(relay, person):
    relay.settings.max_video_mb = 1
    assert person.sends_plainly(b"x" * (1 << 20)).status_code == 303
    person.fills_in()
    answer = person.sends_plainly(b"x" * ((1 << 20) + 1))
    assert answer.status_code == 413
    assert "The file is larger than 1 megabytes." in answer.text or "More bytes came" in answer.text
    assert person.sends_plainly(b"x" * ((1 << 20) + 70_000)).status_code == 413
