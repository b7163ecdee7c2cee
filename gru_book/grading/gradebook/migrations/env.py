"""Alembic runs this for each command; the connection comes from `schema.py`, inside its one transaction."""

from alembic import context

from gru_book.grading.gradebook.schema import VERSION_TABLE
from gru_book.grading.gradebook.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
