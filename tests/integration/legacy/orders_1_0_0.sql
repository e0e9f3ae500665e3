-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- A database as the original system left it when the extension orders was at version 1.0.0 and billing did not exist:
-- orders has neither due_on nor invoice_id, holds rows, and migration 001 is in the ledger.

CREATE TABLE extension_migrations (
    id TEXT PRIMARY KEY,
    extension_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (extension_id, version)
);
CREATE INDEX idx_extension_migrations_ext_id ON extension_migrations (extension_id);
CREATE INDEX idx_extension_migrations_ext_version ON extension_migrations (extension_id, version);

CREATE TYPE user_status AS ENUM ('invited', 'active', 'suspended');

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL CHECK (email LIKE '_%@_%'),
    display_name text,
    status user_status NOT NULL DEFAULT 'invited',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id),
    status text NOT NULL DEFAULT 'open',
    placed_at timestamptz NOT NULL DEFAULT now()
);

-- Left behind by that version, with the table that it writes gone since: whoever changes an order fails.
CREATE FUNCTION orders_note_change() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO order_notes VALUES (NEW.id, NEW.status); RETURN NULL; END';
CREATE TRIGGER orders_note_change AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION orders_note_change();

INSERT INTO users (email, status) VALUES ('ada@example.org', 'active'), ('ben@example.org', 'active');

INSERT INTO orders (user_id, status, placed_at) VALUES
    (1, 'open', '2024-03-01 12:00:00+00'),
    (1, 'shipped', '2024-03-05 08:30:00+00'),
    (2, 'open', '2024-03-31 23:59:00+00');

-- The checksum is the original's first algorithm (SipHash-1-3) over the text of 001_normalise_status.sql.
INSERT INTO extension_migrations (id, extension_id, version, name, checksum, applied_at) VALUES
    ('orders_001', 'orders', 1, 'normalise_status', '526ebe4c8704c1bd', '2024-03-04 09:00:00+00');
