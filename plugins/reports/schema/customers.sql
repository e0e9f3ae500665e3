-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

CREATE SCHEMA IF NOT EXISTS reports;

-- OR REPLACE cannot rename, reorder or drop the columns of a view. Dropping it first can, and IF
-- EXISTS makes that safe to repeat; CASCADE is not needed as long as nothing else builds on it.
DROP VIEW IF EXISTS reports.customers;
CREATE VIEW reports.customers AS
SELECT u.id, u.email, count(t.id) AS orders, coalesce(sum(t.total), 0) AS spent
FROM users AS u
LEFT JOIN order_totals AS t ON t.user_id = u.id
GROUP BY u.id, u.email;
