-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- A database from the days of version 1.0.0 has this table, without the columns that the migrations
-- add. IF NOT EXISTS leaves it as it is.
CREATE TABLE IF NOT EXISTS orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id),
    status text NOT NULL DEFAULT 'open',
    placed_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS orders_user_idx ON orders (user_id, placed_at DESC);

-- due_on comes from migration 002.
CREATE INDEX IF NOT EXISTS orders_due_idx ON orders (due_on) WHERE status = 'open';

-- invoice_id comes from migration 003.
CREATE INDEX IF NOT EXISTS orders_invoice_idx ON orders (invoice_id);
