-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

CREATE TABLE IF NOT EXISTS currencies (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
    name text NOT NULL,
    symbol text,
    decimals smallint NOT NULL DEFAULT 2 CHECK (decimals BETWEEN 0 AND 4)
);
