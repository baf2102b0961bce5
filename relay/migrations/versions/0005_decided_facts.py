"""decided facts: what the program decides by moves out of the events into columns and rows of its own"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

import relay.models

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NOT_CHECKED = "The file could not be checked."
ACCEPTED_BY = "accepted by "
OVER = "It is over: "

EVENT = sa.table(
    "event",
    sa.column("id", sa.Integer),
    sa.column("at", relay.models.UtcDateTime),
    sa.column("subject", sa.String),
    sa.column("subject_id", sa.Integer),
    sa.column("what", sa.String),
    sa.column("person", sa.String),
    sa.column("details", sa.JSON),
)


class Happened(NamedTuple):
    """An event of before: its number, when, to which row, what, by whom, and its details."""

    id: int
    at: datetime
    row: int
    what: str
    person: str
    details: dict[str, Any]


def upgrade() -> None:
    _add_columns()
    _fill_videos()
    _fill_sources()
    _fill_hidden_posts()
    _fill_comment_counts()
    _fill_hand_ins()
    _fill_clips()
    _fill_matches()
    _fill_remarks()
    _fill_recalls()
    _fill_plan_changes()
    _fill_deliveries()


def _add_columns() -> None:
    count = {"nullable": False, "server_default": "0"}
    with op.batch_alter_table("video", schema=None, recreate="never") as batch_op:
        for name in ("unfinished", "failed_checks", "failures"):
            batch_op.add_column(sa.Column(name, sa.Integer(), **count))  # type: ignore[arg-type]
    with op.batch_alter_table("source", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("unseen", sa.Integer(), **count))  # type: ignore[arg-type]
    with op.batch_alter_table("handin", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("tries", sa.Integer(), **count))  # type: ignore[arg-type]
        batch_op.add_column(sa.Column("tried_at", relay.models.UtcDateTime(), nullable=True))
    with op.batch_alter_table("clip", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("corrected", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("handed_in", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("shots_failed", sa.Boolean(), nullable=False, server_default="0"))
    with op.batch_alter_table("match", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("accepted_by", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("delivery", schema=None, recreate="never") as batch_op:
        about = sa.Enum("open", "over", "test", name="notificationstate", native_enum=False, length=32)
        batch_op.add_column(sa.Column("about", about, nullable=False, server_default="open"))
    op.execute(  # with its key in one statement, which SQLite and PostgreSQL both take
        "ALTER TABLE remark ADD COLUMN sign_off_id INTEGER"
        " CONSTRAINT fk_remark_sign_off_id_signoff REFERENCES signoff (id)"
    )
    op.create_table(
        "recall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("render_id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_recall_clip_id_clip")),
        sa.ForeignKeyConstraint(["render_id"], ["render.id"], name=op.f("fk_recall_render_id_render")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
        sa.UniqueConstraint("render_id", "clip_id", name=op.f("uq_recall_render_id_clip_id")),
    )
    with op.batch_alter_table("recall", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_render_id"), ["render_id"], unique=False)
    op.create_table(  # tries of before the upgrade are forgotten: they count for a quarter of an hour
        "signintry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signintry")),
    )
    with op.batch_alter_table("signintry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signintry_key"), ["key"], unique=False)
    op.create_table(
        "hiddenpost",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_hiddenpost_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiddenpost")),
        sa.UniqueConstraint("source_id", "url", name=op.f("uq_hiddenpost_source_id_url")),
    )
    with op.batch_alter_table("hiddenpost", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hiddenpost_source_id"), ["source_id"], unique=False)
    op.create_table(
        "commentcount",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_commentcount_source_id_source")),
        sa.PrimaryKeyConstraint("source_id", "post", name=op.f("pk_commentcount")),
    )
    op.create_table(
        "planchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("almanac_id", sa.Integer(), nullable=False),
        sa.Column("at", relay.models.UtcDateTime(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["almanac_id"], ["almanac.id"], name=op.f("fk_planchange_almanac_id_almanac")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planchange")),
    )
    with op.batch_alter_table("planchange", schema=None) as batch_op:
        batch_op.create_index("ix_planchange_almanac_id_undone", ["almanac_id", "undone"], unique=False)


def _events(subject: str, what: str) -> Iterator[Happened]:
    """In the order in which they happened."""
    wanted = sa.select(EVENT.c.id, EVENT.c.at, EVENT.c.subject_id, EVENT.c.what, EVENT.c.person, EVENT.c.details)
    wanted = wanted.where(EVENT.c.subject == subject, EVENT.c.what == what).order_by(EVENT.c.id)
    for row in op.get_bind().execute(wanted).all():
        yield Happened(*row)


def _set(table: str, column: str, kind: Any, values: dict[int, Any]) -> None:
    """`values` by the row's number; a row that is not there any more is left out by itself."""
    rows = sa.table(table, sa.column("id", sa.Integer), sa.column(column, kind))
    for number, value in values.items():
        op.get_bind().execute(sa.update(rows).where(rows.c.id == number).values({column: value}))


def _insert(table: sa.TableClause, rows: list[dict[str, Any]]) -> None:
    if rows:
        op.bulk_insert(table, rows)


def _fill_videos() -> None:
    video = sa.table(
        "video",
        sa.column("id", sa.Integer),
        sa.column("network", sa.String),
        sa.column("fetched_at", relay.models.UtcDateTime),
    )
    came_in = sa.select(video.c.network, sa.func.max(video.c.fetched_at)).group_by(video.c.network)
    newest = {row[0]: row[1] for row in op.get_bind().execute(came_in)}
    networks = sa.select(video.c.id, video.c.network)
    since = {number: newest[name] for number, name in op.get_bind().execute(networks).all()}
    failures, failed_checks = Counter[int](), Counter[int]()
    for event in _events("video", "unavailable"):
        success = since.get(event.row)
        if "from" not in event.details:  # else it was its network that said so, and nobody had tried
            failures[event.row] += success is None or event.at > success
        failed_checks[event.row] += str(event.details.get("reason", "")).startswith(NOT_CHECKED)
    _set("video", "failures", sa.Integer, failures)
    _set("video", "failed_checks", sa.Integer, failed_checks)
    _set("video", "unfinished", sa.Integer, Counter(event.row for event in _events("video", "reclaimed")))


def _fill_sources() -> None:
    unseen = Counter[int]()
    for event in _events("source", "count"):
        unseen[event.row] += int(event.details["missing"])
    _set("source", "unseen", sa.Integer, unseen)


def _fill_hidden_posts() -> None:
    source = sa.table("source", sa.column("id", sa.Integer), sa.column("campaign_id", sa.Integer))
    campaign = {row[0]: row[1] for row in op.get_bind().execute(sa.select(source.c.id, source.c.campaign_id))}
    told = [*_events("source", "not shown"), *_events("source", "shown after all")]
    hidden: dict[tuple[int, str], bool] = {}
    for event in sorted(told, key=lambda event: event.id):
        for link in event.details["posts"]:
            if event.what == "not shown":
                hidden[event.row, link] = False
                continue
            hidden.pop((event.row, link), None)
            for number, url in hidden:
                if url == link and campaign.get(number) == campaign.get(event.row):
                    hidden[number, url] = True
    table = sa.table(
        "hiddenpost", sa.column("source_id", sa.Integer), sa.column("url", sa.String), sa.column("shown", sa.Boolean)
    )
    _insert(table, [{"source_id": number, "url": url, "shown": shown} for (number, url), shown in hidden.items()])


def _fill_comment_counts() -> None:
    read: dict[tuple[int, str], int] = {}
    for event in _events("source", "comments read"):
        read |= {(event.row, post): count for post, count in event.details.items()}
    table = sa.table(
        "commentcount",
        sa.column("source_id", sa.Integer),
        sa.column("post", sa.String),
        sa.column("comments", sa.Integer),
    )
    _insert(table, [{"source_id": number, "post": post, "comments": count} for (number, post), count in read.items()])


def _fill_hand_ins() -> None:
    tries, tried_at = Counter[int](), dict[int, datetime]()
    for event in _events("hand-in", "put off"):
        tries[event.row] += 1
        tried_at[event.row] = event.at
    _set("handin", "tries", sa.Integer, tries)
    _set("handin", "tried_at", relay.models.UtcDateTime, tried_at)


def _fill_clips() -> None:
    corrected: dict[int, set[str]] = defaultdict(set)
    for event in _events("clip", "edited"):
        corrected[event.row] |= set(event.details)
    _set("clip", "corrected", sa.JSON, {clip: sorted(fields) for clip, fields in corrected.items()})
    first: dict[int, str] = {}
    for event in _events("clip", "handed in"):
        first.setdefault(event.row, event.details.get("hand_in") or "")
    _set("clip", "handed_in", sa.String, first)
    _set("clip", "shots_failed", sa.Boolean, {event.row: True for event in _events("clip", "shots failed")})


def _fill_deliveries() -> None:
    delivery = sa.table("delivery", sa.column("text", sa.String), sa.column("about", sa.String))
    over = sa.update(delivery).where(delivery.c.text.startswith(OVER))
    op.get_bind().execute(over.values(about="over"))


def _fill_matches() -> None:
    match = sa.table("match", sa.column("id", sa.Integer), sa.column("matched_in", sa.String))
    rows = sa.select(match.c.id, match.c.matched_in).where(match.c.matched_in.startswith(ACCEPTED_BY))
    found = op.get_bind().execute(rows).all()
    _set("match", "accepted_by", sa.String, {number: text.removeprefix(ACCEPTED_BY) or "?" for number, text in found})


def _fill_remarks() -> None:
    by_link = [event.details for event in _events("almanac", "remarked") if event.details.get("sign_off") is not None]
    _set("remark", "sign_off_id", sa.Integer, {details["remark"]: details["sign_off"] for details in by_link})


def _fill_recalls() -> None:
    """Of the newest version of each film, if it was there before the clip was withdrawn."""
    render = sa.table(
        "render",
        sa.column("id", sa.Integer),
        sa.column("almanac_id", sa.Integer),
        sa.column("version", sa.Integer),
        sa.column("at", relay.models.UtcDateTime),
    )
    made = sa.select(render.c.almanac_id, render.c.id, render.c.at).order_by(render.c.version)
    newest = {row[0]: (row[1], row[2]) for row in op.get_bind().execute(made)}
    recalled: dict[tuple[int, int], datetime] = {}
    for event in _events("almanac", "clip withdrawn"):
        number, at = newest.get(event.row, (0, None))
        if at is not None and event.at >= at:
            recalled.setdefault((number, event.details["clip"]), event.at)
    table = sa.table(
        "recall",
        sa.column("render_id", sa.Integer),
        sa.column("clip_id", sa.Integer),
        sa.column("at", relay.models.UtcDateTime),
    )
    _insert(table, [{"render_id": number, "clip_id": clip, "at": at} for (number, clip), at in recalled.items()])


def _fill_plan_changes() -> None:
    changes = list(_events("almanac", "plan changed"))
    undone = {event.details.get("undoes") for event in changes}
    table = sa.table(
        "planchange",
        sa.column("almanac_id", sa.Integer),
        sa.column("at", relay.models.UtcDateTime),
        sa.column("person", sa.String),
        sa.column("did", sa.String),
        sa.column("clip_id", sa.Integer),
        sa.column("before", sa.JSON),
        sa.column("token", sa.String),
        sa.column("undone", sa.Boolean),
    )
    rows = [
        {
            "almanac_id": event.row,
            "at": event.at,
            "person": event.person,
            "did": event.details["did"],
            "clip_id": event.details.get("clip"),
            "before": event.details["before"],
            "token": event.details["token"],
            "undone": event.id in undone,
        }
        for event in changes
        if event.details.get("undoes") is None
    ]
    _insert(table, rows)


def downgrade() -> None:
    op.drop_table("planchange")
    op.drop_table("commentcount")
    op.drop_table("hiddenpost")
    op.drop_table("signintry")
    op.drop_table("recall")
    dropped = {
        "remark": ("sign_off_id",),
        "delivery": ("about",),
        "match": ("accepted_by",),
        "clip": ("shots_failed", "handed_in", "corrected"),
        "handin": ("tried_at", "tries"),
        "source": ("unseen",),
        "video": ("failures", "failed_checks", "unfinished"),
    }
    for table, names in dropped.items():
        with op.batch_alter_table(table, schema=None, recreate="never") as batch_op:
            for name in names:
                batch_op.drop_column(name)
