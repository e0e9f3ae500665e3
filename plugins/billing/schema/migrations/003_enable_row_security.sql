-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- Its policy stands in schema/ and is made afterwards. In between, nobody but the owner sees a row:
-- the safe side.
ALTER TABLE billing.invoices ENABLE ROW LEVEL SECURITY;
