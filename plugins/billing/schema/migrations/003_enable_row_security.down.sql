-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

ALTER TABLE billing.invoices DISABLE ROW LEVEL SECURITY;
