-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- A reference only reads the other extension's table, so the dependency is enough and nothing else
-- has to be declared.
ALTER TABLE orders
    ADD COLUMN IF NOT EXISTS invoice_id bigint REFERENCES billing.invoices (id);
