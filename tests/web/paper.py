"""A browser without scripts: it reads pages, follows their links and sends their forms, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from bs4 import BeautifulSoup, Tag

from tests.web.whole_walk import waiting

Fields = dict[str, list[str]]


class Paper:
    """Somebody at such a browser. `page`: what lies before them; `url`: its address."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, follow_redirects=True, timeout=120, trust_env=False)
        self._client.headers["accept-language"] = "en"
        self.url, self.page = url, BeautifulSoup("", "html.parser")

    def __enter__(self) -> Paper:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    @property
    def text(self) -> str:
        return " ".join(self.page.get_text(" ").split())

    def opens(self, address: str) -> None:
        """Types it, as people do with an address from a letter."""
        self._reads(self._client.get(address))

    def follows(self, name: str) -> None:
        """The first link of that name, or that begins with it."""
        links = [link for link in self.page.select("a[href]") if _name(link).startswith(name)]
        exact = [link for link in links if _name(link) == name]
        assert links, (name, self.url, [_name(link) for link in self.page.select("a[href]")])
        self.opens(urljoin(self.url, str((exact or links)[0]["href"])))

    def bytes_behind(self, name: str) -> bytes:
        """A file, by its link."""
        link = next(link for link in self.page.select("a[href]") if _name(link).startswith(name))
        answer = self._client.get(urljoin(self.url, str(link["href"])))
        assert answer.status_code == 200
        return answer.content

    def sends(self, button: str, files: dict[str, Path] | None = None, **typed: str) -> None:
        """Types into the fields of the form that has this button and all of them, and presses it."""
        pressed, form = self._form(button, set(typed) | set(files or {}))
        fields = self._filled(form, typed)
        if pressed.get("name"):
            fields[str(pressed["name"])] = [str(pressed.get("value", ""))]
        action = urljoin(self.url, str(pressed.get("formaction") or form.get("action") or ""))
        assert str(form.get("method", "get")).casefold() == "post", "a form that changes something"
        self._reads(self._posts(action, fields, files))

    def _posts(self, action: str, fields: Fields, files: dict[str, Path] | None) -> httpx.Response:
        headers = {"origin": str(self._client.base_url).rstrip("/")}
        sent = {name: (path.name, path.read_bytes()) for name, path in (files or {}).items()}
        return self._client.post(action, data=fields, files=sent or None, headers=headers)

    def waits_for(self, words: str) -> None:
        """Loads the page again until it says so."""
        for _ in waiting():
            self.opens(self.url)
            if words in self.text:
                return
        raise TimeoutError((words, self.text[:2000]))

    def _reads(self, answer: httpx.Response) -> None:
        self.url, self.page = str(answer.url), BeautifulSoup(answer.text, "html.parser")
        assert answer.status_code == 200, (answer.status_code, self.url, self.text[:2000])

    def _form(self, button: str, fields: set[str]) -> tuple[Tag, Tag]:
        for pressed in self.page.select("button"):
            form = self._form_of(pressed)
            if (
                _name(pressed).startswith(button)
                and form is not None
                and fields <= {str(one["name"]) for one in self._parts(form)}
            ):
                return pressed, form
        raise AssertionError((button, fields, self.url, [_name(one) for one in self.page.select("button")]))

    def _form_of(self, part: Tag) -> Tag | None:
        named = part.get("form")
        return self.page.find("form", id=str(named)) if named else part.find_parent("form")

    def _parts(self, form: Tag) -> list[Tag]:
        found = self.page.select("input[name], select[name], textarea[name]")
        return [part for part in found if self._form_of(part) is form]

    def _filled(self, form: Tag, typed: dict[str, str]) -> Fields:
        fields: Fields = {}
        for part in self._parts(form):
            name = str(part["name"])
            value = _typed(part, typed[name]) if name in typed else _given(part)
            if value is not None:
                fields.setdefault(name, []).append(value)
        assert set(typed) <= set(fields), "what was typed is sent"
        return fields


def _name(part: Tag) -> str:
    words = " ".join(part.get_text(" ").split())
    return words or str(part.get("title", "") or part.get("aria-label", ""))


def _typed(part: Tag, text: str) -> str | None:
    """What the field sends when somebody has typed or chosen that."""
    if part.name == "select":
        assert text in {_value(option) for option in part.select("option")}, (part["name"], text)
        return text
    if part.get("type") in ("radio", "checkbox"):
        return text if part.get("value") == text else None
    return text


def _given(part: Tag) -> str | None:
    """What it sends when nobody touches it."""
    if part.name == "textarea":
        return part.get_text()
    if part.name == "select":
        options = part.select("option")
        return _value(next((one for one in options if one.has_attr("selected")), options[0])) if options else None
    kind: Any = part.get("type")
    if kind in ("submit", "button", "file") or (kind in ("radio", "checkbox") and not part.has_attr("checked")):
        return None
    return str(part.get("value", "on" if kind == "checkbox" else ""))


def _value(option: Tag) -> str:
    return str(option.get("value", option.get_text()))
