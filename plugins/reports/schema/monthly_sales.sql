-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- It does not read the view order_totals: a materialized view on a view would keep that from being
-- replaced.
CREATE MATERIALIZED VIEW IF NOT EXISTS reports.monthly_sales AS
SELECT
    date_trunc('month', o.placed_at AT TIME ZONE 'UTC')::date AS month,
    sum(l.quantity * l.unit_price) AS total
FROM orders AS o
JOIN order_lines AS l ON l.order_id = o.id
GROUP BY 1;

-- REFRESH ... CONCURRENTLY needs a unique index.
CREATE UNIQUE INDEX IF NOT EXISTS monthly_sales_month_key ON reports.monthly_sales (month);

-- For a timer of the application; the host itself never refreshes.
CREATE OR REPLACE FUNCTION reports.refresh() RETURNS void
LANGUAGE sql AS $$
    REFRESH MATERIALIZED VIEW CONCURRENTLY reports.monthly_sales;
$$;
