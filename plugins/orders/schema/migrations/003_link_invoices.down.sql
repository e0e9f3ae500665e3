-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

ALTER TABLE orders DROP COLUMN IF EXISTS invoice_id;
