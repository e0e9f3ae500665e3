# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Alembic's environment: the connection comes from the environment."""

from alembic import context
from sqlalchemy import create_engine, pool

with create_engine("postgresql://", poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
