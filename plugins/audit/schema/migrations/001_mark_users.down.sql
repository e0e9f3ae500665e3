-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

ALTER TABLE users DROP COLUMN IF EXISTS audited_since;
