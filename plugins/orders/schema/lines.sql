-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

CREATE TABLE IF NOT EXISTS order_lines (
    order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    position integer NOT NULL CHECK (position > 0),
    product text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    unit_price billing.amount NOT NULL,
    PRIMARY KEY (order_id, position)
);

CREATE OR REPLACE VIEW order_totals AS
SELECT o.id, o.user_id, o.status, o.due_on, coalesce(sum(l.quantity * l.unit_price), 0) AS total
FROM orders AS o
LEFT JOIN order_lines AS l ON l.order_id = o.id
GROUP BY o.id;
