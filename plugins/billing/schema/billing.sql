-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

CREATE SCHEMA IF NOT EXISTS billing;

-- Like CREATE TYPE: no IF NOT EXISTS, so the host looks whether it is there.
CREATE DOMAIN billing.amount AS numeric(12, 2) CHECK (VALUE >= 0);

-- The table as version 1.0.0 had it. What came later is in migrations/, so that databases of every
-- age end up the same.
CREATE TABLE IF NOT EXISTS billing.invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id),
    number text NOT NULL UNIQUE,
    total billing.amount NOT NULL DEFAULT 0,
    issued_on date NOT NULL DEFAULT CURRENT_DATE
);

CREATE INDEX IF NOT EXISTS invoices_user_idx ON billing.invoices (user_id);

-- Both columns come from migrations, which run before any index is made.
CREATE INDEX IF NOT EXISTS invoices_unpaid_idx ON billing.invoices (due_on) WHERE paid_at IS NULL;

-- Takes effect with migration 003. The application says on whose behalf it asks: SET app.user_id =
-- '7'.
CREATE POLICY invoices_own ON billing.invoices FOR SELECT
    USING (user_id = nullif(current_setting('app.user_id', true), '')::bigint);
