-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

UPDATE orders SET status = lower(trim(status)) WHERE status <> lower(trim(status));

UPDATE orders SET status = 'open' WHERE status IN ('new', 'pending');
