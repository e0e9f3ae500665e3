-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- Text written for psql often brings its own BEGIN and COMMIT. Around the whole of a migration they
-- are allowed: the host leaves both out, since it has a transaction open already, in which the
-- ledger is written too.
BEGIN;

ALTER TABLE orders ADD COLUMN IF NOT EXISTS due_on date;

UPDATE orders SET due_on = (placed_at AT TIME ZONE 'UTC')::date + 14 WHERE due_on IS NULL;

ALTER TABLE orders
    ALTER COLUMN due_on SET DEFAULT CURRENT_DATE + 14,
    ALTER COLUMN due_on SET NOT NULL;

COMMIT;
