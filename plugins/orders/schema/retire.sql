-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- Version 1.0.0 noted every change of an order from a trigger, in a table that is gone. Where it was
-- left behind it would make the UPDATEs of the migrations fail. No text creates the two any more,
-- and this one takes them away before anything else runs: first the trigger, then its function.
DROP TRIGGER IF EXISTS orders_note_change ON orders;
DROP FUNCTION IF EXISTS orders_note_change();
