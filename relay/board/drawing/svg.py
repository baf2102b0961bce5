"""SVG as text. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

Attribute = str | float | int


def tag(name: str, *inside: str, **attributes: Attribute) -> str:
    """An element: `inside` is SVG already. `class_` is `class`, other underscores are dashes."""
    written = "".join(f' {_name(key)}="{escape(number(value))}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def words(text: str, x: float, y: float, **attributes: Attribute) -> str:
    return tag("text", escape(text), x=x, y=y, **attributes)


def picture(
    name: str, width: float, height: float, title: str, description: str, parts: Iterable[str], kind: str
) -> str:
    """The whole picture. `name` is unique on its page: a screen reader finds title and description by it."""
    told = (
        tag("title", escape(title), id=f"{name}-title"),
        tag("desc", escape(description), id=f"{name}-desc"),
    )
    return tag(
        "svg",
        *told,
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        class_=kind,
        width=width,
        height=height,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        focusable="false",
    )


def number(value: Attribute) -> str:
    """Short, and never `-0` or an exponent."""
    if isinstance(value, str):
        return value
    return f"{value:.1f}".rstrip("0").rstrip(".") if round(value, 1) else "0"


def _name(key: str) -> str:
    return key if key == "viewBox" else key.rstrip("_").replace("_", "-")
