-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- The index on the column goes with it.
ALTER TABLE billing.invoices DROP COLUMN IF EXISTS due_on;
