from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite
from sqlmodel import SQLModel

from relay import models
from relay.models import (
    Alert,
    CampaignState,
    ClipState,
    Doubt,
    HandInState,
    LookState,
    MendingState,
    NotificationState,
    PermissionGate,
    PermissionRule,
    SourceState,
    TextEnum,
    UtcDateTime,
    VideoState,
    enum_type,
    need_id,
)
from relay.models.columns import NetworkJson

TAKEN = {name: getattr(models, name) for name in models.__all__}
TABLES = [kind for kind in TAKEN.values() if isinstance(kind, type) and issubclass(kind, SQLModel)]

SAID = {
    ("Campaign", "language"): "ru",
    ("Campaign", "state"): CampaignState.draft,
    ("Campaign", "permission"): PermissionRule.public_post,
    ("Campaign", "gate"): PermissionGate.tell,
    ("Source", "state"): SourceState.active,
    ("Video", "kind"): "video",
    ("Video", "state"): VideoState.found,
    ("Clip", "state"): ClipState.awaiting,
    ("HandIn", "state"): HandInState.begun,
    ("HandIn", "language"): "ru",
    ("Alert", "times"): 1,
    ("Delivery", "about"): NotificationState.open,
    ("Lease", "fence"): 1,
    ("Mending", "state"): MendingState.open,
    ("SecondLook", "state"): LookState.waiting,
    ("Account", "language"): "ru",
    ("Account", "active"): True,
}
"""Everything else is nothing until somebody has said it."""


def test_every_table_can_be_taken_and_each_name_comes_from_where_it_says() -> None:
    models.load_all()
    assert {table.__tablename__ for table in TABLES} == set(SQLModel.metadata.tables)
    named = {name: module for module, names in models.MODULES.items() for name in names.split()}
    assert set(named) | {"load_all"} == set(models.__all__)
    assert {name: getattr(TAKEN[name], "__module__", "") for name in named} == {
        name: f"relay.models.{module}" for name, module in named.items()
    }
    files = {path.stem for path in Path(models.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(models.MODULES) == files


def test_what_no_module_of_the_tables_has_is_missing() -> None:
    with pytest.raises(AttributeError, match="Campaing"):
        models.Campaing  # type: ignore[attr-defined]  # noqa: B018


def test_a_new_row_says_nothing_that_nobody_has_said() -> None:
    said = {
        (table.__name__, name): field.get_default(call_default_factory=True)
        for table in TABLES
        for name, field in table.model_fields.items()
        if not field.is_required()
    }
    assert {what: value for what, value in said.items() if value} == SAID


def test_every_table_is_in_the_glossary() -> None:
    lines = (models.__doc__ or "").splitlines()
    assert [
        table.__name__ for table in TABLES if not any(line.startswith(f"{table.__name__} ") for line in lines)
    ] == []


def test_a_row_that_is_not_stored_has_no_number() -> None:
    assert need_id(Alert(id=7, key="k", text="t")) == 7
    with pytest.raises(LookupError, match="Alert has not been stored yet"):
        need_id(Alert(key="k", text="t"))


def test_a_text_column_takes_and_gives_only_what_its_enum_has() -> None:
    column, dialect = TextEnum(Doubt), sqlite.dialect()
    stored = [column.process_bind_param(value, dialect) for value in ("", "hand-in", Doubt.post, None)]
    assert stored == ["", "hand-in", "post", None]
    assert column.process_result_value("hand-in", dialect) is Doubt.hand_in
    assert column.process_result_value(None, dialect) is None
    for use in (column.process_bind_param, column.process_result_value):
        with pytest.raises(ValueError, match="'weather' is not a valid Doubt"):
            use("weather", dialect)


def test_states_are_stored_as_they_are_told() -> None:
    assert enum_type(HandInState).enums == ["begun", "waiting", "taken in", "refused", "withdrawn"]


@given(st.datetimes(timezones=st.timezones()))
def test_sqlite_gets_moments_as_sqlalchemy_writes_them(moment: datetime) -> None:
    try:
        naive = moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return
    by_sqlalchemy = sqlite.DATETIME().bind_processor(sqlite.dialect())
    ours = UtcDateTime().bind_processor(sqlite.dialect())
    assert by_sqlalchemy is not None
    assert ours is not None
    assert ours(moment) == ours(naive.replace(tzinfo=UTC)) == by_sqlalchemy(naive)
    with pytest.raises(TypeError, match="naive datetime"):
        ours(naive)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ({"text": "Читаю"}, '{"text":"Читаю"}'),
        ({}, "{}"),
        ({"half": "\ud83d"}, '{"half": "\\ud83d"}'),
        ({"views": 1 << 80}, f'{{"views": {1 << 80}}}'),
    ],
)
def test_what_a_network_said_comes_back_as_it_was(said: dict[str, Any], stored: str) -> None:
    """Also what orjson can't write, and what older versions wrote by `json`."""
    column, dialect = NetworkJson(), sqlite.dialect()
    write, read = column.bind_processor(dialect), column.result_processor(dialect, None)
    assert write is not None
    assert read is not None
    assert write(said) == stored
    assert read(stored) == said == read(json.dumps(said))
    assert read(None) is None
    assert write({1: "a"}) == '{"1": "a"}'
    assert math.isnan(read('{"at": NaN}')["at"])


def test_a_moment_is_stored_in_utc_and_comes_back_aware() -> None:
    column, dialect = UtcDateTime(), sqlite.dialect()
    noon = datetime(2023, 1, 12, 12, tzinfo=timezone(timedelta(hours=3)))
    stored = column.process_bind_param(noon, dialect)
    assert (stored, stored.tzinfo if stored else 0) == (datetime(2023, 1, 12, 9), None)  # noqa: DTZ001
    back = column.process_result_value(stored, dialect)
    assert (back, back.tzinfo if back else 0) == (noon, UTC)
    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None
    with pytest.raises(TypeError, match="naive datetime"):
        column.process_bind_param(datetime(2023, 1, 12), dialect)  # noqa: DTZ001
