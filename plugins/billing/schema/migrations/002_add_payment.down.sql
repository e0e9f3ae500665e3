-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

ALTER TABLE billing.invoices DROP COLUMN IF EXISTS paid_at;
