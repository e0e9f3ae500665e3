-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- Alters a table of the extension users, as cross_extension_tables declares.
ALTER TABLE users ADD COLUMN IF NOT EXISTS audited_since timestamptz NOT NULL DEFAULT now();
