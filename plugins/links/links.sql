-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

CREATE TABLE IF NOT EXISTS links (
    url text PRIMARY KEY,
    title text NOT NULL,
    visits integer NOT NULL DEFAULT 0
);

CREATE INDEX IF NOT EXISTS links_title_idx ON links (lower(title));
