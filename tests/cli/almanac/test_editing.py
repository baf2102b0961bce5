"""Plans, hand work and sign-offs on the command line."""

from __future__ import annotations

import re

import pytest

from relay.almanac.delivery import sign_off
from relay.models import ClipState
from tests.almanac.cinema import has_version
from tests.almanac.fonts import only_ours
from tests.cli import test_commands as commands

pytestmark = pytest.mark.slow  # whole commands
run, home, town, relay_at = commands.run, commands.home, commands.town, commands.relay_at
FILM = ("proryv80", "film")


@pytest.fixture
def clips(town, relay_at, run):
    found = []
    for name, district in (("Анна", "Тосненский"), ("Глеб", "Кировский"), ("Дина", "Тосненский")):
        clip = town.has_clip(name=name, town="Мга", state=ClipState.approved, duration=10)
        with relay_at.transaction() as session:
            row = town.clip(clip)
            row.district = district
            session.add(row)
        found.append(clip)
    run("almanac", "new", *FILM, "--rule", "order=district")
    return found


def order(run):
    return [segment["clip"] for segment in run("almanac", "show", *FILM, "--json").document["segments"]]


def test_a_plan_by_rule_and_by_hand(clips, run):
    one, two, three = clips
    assert order(run) == [two, one, three]
    assert run("almanac", "place", *FILM, three, "--before", two, "--as", "Борис").code == 0
    run("almanac", "trim", *FILM, one, "--in", "0:01", "--out", "4.5")
    run("almanac", "retitle", *FILM, one, "--name", "Анна Щ.")
    run("almanac", "pin", *FILM, one, "opening")
    shown = run("almanac", "show", *FILM, "--json").document
    assert [segment["clip"] for segment in shown["segments"]] == [one, three, two]
    first = shown["segments"][0]
    assert (first["in"], first["out"], first["name"], first["pinned"]) == (1.0, 4.52, "Анна Щ.", "opening")
    run("almanac", "leave-out", *FILM, two, "--reason", "тихо", "--as", "Борис")
    told = run("almanac", "show", *FILM)
    assert "Left out by Борис: clip 2. тихо" in told.out
    assert "opens the film, trimmed by hand, named by hand" in told.out
    run("almanac", "bring-back", *FILM, two)
    run("almanac", "undo", *FILM)
    assert two not in order(run)
    assert run("almanac", "undo", *FILM).code == 0
    assert two in order(run)


def test_rules_propose_and_are_followed_one_by_one(clips, run):
    one, two, three = clips
    told = run("almanac", "plan", *FILM, "--rule", "district=Тосненский", "--dry-run")
    assert re.search(r"Take out\s+2\s+Глеб\s+It is not from one of the chosen districts\.", told.out)
    found = run("almanac", "plan", *FILM, "--rule", "district=Тосненский", "--dry-run", "--json").document
    assert [(row["kind"], row["clip"], row["reason"]) for row in found] == [("remove", two, "district")]
    assert order(run) == [two, one, three]
    run("almanac", "plan", *FILM, "--rule", "district=Тосненский", "--accept", two)
    assert order(run) == [one, three]
    told = run("almanac", "plan", *FILM, "--dry-run")
    assert told.out.startswith("The plan is what the rules make of it")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["plan", *FILM, "--rule", "colour=red"], "There is no rule colour."),
        (["plan", *FILM, "--rule", "length=soon"], "The rule length can't be soon."),
        (["trim", *FILM, "1", "--in", "noon"], "noon is no time."),
        (["place", *FILM, "99"], "Clip 99 can't be in this film."),
        (["pin", *FILM, "1", "middle"], "A clip is pinned as opening or closing, not as middle."),
        (["sign-off", *FILM, "--to", "К. А. Веденеев"], "There is no such version of the film."),
        (["export", *FILM, "out", "--to", "avid"], "There is no format avid."),
    ],
)
def test_what_makes_no_sense_is_one_line(clips, run, words, line):
    told = run("almanac", *words)
    assert (told.code, told.out) == (1, "")
    assert told.line.startswith(line)


def test_a_link_is_made_listed_and_revoked(clips, relay_at, run):
    has_version(relay_at)
    told = run("almanac", "sign-off", *FILM, "--to", "К. А. Веденеев", "--position", "глава", "--days", "3", "--json")
    link = told.document["link"]
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/sign-off/[\w-]{43}", link)
    secret = link.rpartition("/")[2]
    sign_off.remark(relay_at, secret, "Громче", seconds=2.0)
    assert re.search(r"0:02\s+К\. А\. Веденеев\s+Громче", run("almanac", "remarks", *FILM).out)
    assert re.search(r"К\. А\. Веденеев\s+глава\s+no answer yet", run("almanac", "sign-off", *FILM).out)
    assert run("almanac", "sign-off", *FILM, "--revoke", "1").out == "Link 1 works no more.\n"
    assert run("almanac", "sign-off", *FILM, "--json").document[0]["state"] == "revoked"
    asked = run("almanac", "sign-off", *FILM, "--to", "Петров", "--json").document
    revoked = run("almanac", "sign-off", *FILM, "--revoke", asked["number"], "--json")
    assert revoked.document == {"number": 2, "works": False}


def test_a_diff_says_why_a_film_can_not_be_made(clips, run):
    told = run("almanac", "diff", *FILM)
    assert told.out.splitlines()[0] == "The first version is still to be made."
    assert "The original of clip 2 (Глеб) is missing." in told.out
    assert run("almanac", "diff", *FILM, "--json").document["clips"] == 3


def test_letters_that_no_font_has_are_told_before_a_film_is_made(clips, run, monkeypatch):
    run("almanac", "retitle", *FILM, clips[1], "--name", "李雷")
    line = "Clip 2: no font has the letters of the name “李雷”; the film says “Участник” in its place."
    with only_ours(monkeypatch):
        for command in ("plan", "show", "diff"):
            told = run("almanac", command, *FILM)
            assert (told.code, line in told.err) == (0, True), command
            (one,) = run("almanac", command, *FILM, "--json").document["undrawn"]
            assert (one["clip"], one["what"], one["letters"]) == (2, "whole", ["李", "雷"])
        refused = run("almanac", "render", *FILM)  # there are no originals here
        assert refused.code == 1
        assert line in refused.err


def test_a_clip_tells_which_letters_of_its_name_no_font_has(clips, run, monkeypatch):
    run("clip", "edit", clips[0], "--name", "Вэй 李")
    with only_ours(monkeypatch):
        assert "no font has these letters of the name “Вэй 李”: 李." in run("clip", "show", clips[0]).err
        assert run("clip", "show", clips[0], "--json").document["undrawn"][0]["letters"] == ["李"]
