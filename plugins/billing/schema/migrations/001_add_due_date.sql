-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

ALTER TABLE billing.invoices ADD COLUMN IF NOT EXISTS due_on date;

UPDATE billing.invoices SET due_on = issued_on + 30 WHERE due_on IS NULL;

ALTER TABLE billing.invoices
    ALTER COLUMN due_on SET DEFAULT CURRENT_DATE + 30,
    ALTER COLUMN due_on SET NOT NULL;
