-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

ALTER TABLE billing.invoices ADD COLUMN IF NOT EXISTS paid_at timestamptz;
