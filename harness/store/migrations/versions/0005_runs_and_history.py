"""Runs with state and plan, figures of calls, and what a history is searched by."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _columns_of_runs() -> list[sa.Column[Any]]:
    return [
        sa.Column("kind", sa.String, nullable=False, server_default="probe"),
        sa.Column("state", sa.String, nullable=True),
        sa.Column("suite", sa.String, nullable=False, server_default=""),
        sa.Column("label", sa.String, nullable=False, server_default=""),
        sa.Column("parent_id", sa.String, nullable=True),
        sa.Column("ended_at", sa.DateTime, nullable=True),
        sa.Column("stop_reason", sa.String, nullable=False, server_default=""),
        sa.Column("planned", sa.Integer, nullable=False, server_default="0"),
        sa.Column("seed", sa.Integer, nullable=False, server_default="0"),
        sa.Column("plan", sa.JSON, nullable=True),
        sa.Column("note", sa.String, nullable=False, server_default=""),
        sa.Column("starred", sa.Boolean, nullable=False, server_default="0"),
        sa.Column("deleted_at", sa.DateTime, nullable=True),
        sa.Column("summary", sa.JSON, nullable=True),
        sa.Column("engine_id", sa.String, nullable=True),
    ]


def _columns_of_calls() -> list[sa.Column[Any]]:
    return [
        sa.Column("slot", sa.String, nullable=False, server_default=""),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("agent_name", sa.String, nullable=False, server_default=""),
        sa.Column("version", sa.JSON, nullable=True),
        sa.Column("starred", sa.Boolean, nullable=False, server_default="0"),
        sa.Column("note", sa.String, nullable=False, server_default=""),
        sa.Column("origin", sa.String, nullable=False, server_default=""),
        sa.Column("figures", sa.JSON, nullable=True),
        sa.Column("bytes", sa.Integer, nullable=True),
    ]


_INDEXES = (
    ("ix_runs_created_at", "runs", ["created_at"]),
    ("ix_runs_suite", "runs", ["suite"]),
    ("ix_runs_engine_id", "runs", ["engine_id"]),
    ("ix_calls_scenario_created_at", "calls", ["scenario", "created_at"]),
    ("ix_calls_agent_created_at", "calls", ["agent", "created_at"]),
    ("ix_calls_deleted_at_created_at", "calls", ["deleted_at", "created_at"]),
)
_WORDS = (
    """CREATE VIRTUAL TABLE call_words USING fts5(said, replied, content='call_texts',
    content_rowid='id', tokenize='unicode61 remove_diacritics 2')""",
    """CREATE TRIGGER call_texts_in AFTER INSERT ON call_texts BEGIN
    INSERT INTO call_words(rowid, said, replied) VALUES (new.id, new.said, new.replied);
    END""",
    """CREATE TRIGGER call_texts_out AFTER DELETE ON call_texts BEGIN
    INSERT INTO call_words(call_words, rowid, said, replied)
    VALUES ('delete', old.id, old.said, old.replied);
    END""",
    """CREATE TRIGGER call_texts_anew AFTER UPDATE ON call_texts BEGIN
    INSERT INTO call_words(call_words, rowid, said, replied)
    VALUES ('delete', old.id, old.said, old.replied);
    INSERT INTO call_words(rowid, said, replied) VALUES (new.id, new.said, new.replied);
    END""",
)
"""An index of words beside the texts, kept in step as the manual of FTS5 says (section 4.4.3)."""


def upgrade() -> None:
    """Add columns, tables and the index of words; what is known of old calls is filled in."""
    for column in _columns_of_runs():
        op.add_column("runs", column)
    for column in _columns_of_calls():
        op.add_column("calls", column)
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    op.create_table(
        "call_tags",
        sa.Column(
            "call_id",
            sa.String,
            sa.ForeignKey("calls.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("tag", sa.String, primary_key=True, index=True),
    )
    op.create_table(
        "filters",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("query", sa.JSON, nullable=False),
    )
    op.create_table(
        "baselines",
        sa.Column("suite", sa.String, primary_key=True),
        sa.Column(
            "run_id", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("set_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "options",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
    )
    op.create_table(
        "call_texts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "call_id",
            sa.String,
            sa.ForeignKey("calls.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("said", sa.String, nullable=False),
        sa.Column("replied", sa.String, nullable=False),
    )
    for statement in _WORDS:
        op.execute(statement)
    op.execute("UPDATE calls SET agent_name = coalesce(json_extract(\"plan\", '$.agent.name'), '')")
    op.execute(
        "UPDATE runs SET kind = 'import' "
        "WHERE id IN (SELECT run_id FROM calls WHERE purpose = 'import')"
    )


def downgrade() -> None:
    """Take all of it away."""
    op.execute("DROP TABLE call_words")
    for table in ("call_texts", "options", "baselines", "filters", "call_tags"):
        op.drop_table(table)
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
    for column in _columns_of_calls():
        op.drop_column("calls", column.name)
    for column in _columns_of_runs():
        op.drop_column("runs", column.name)
