-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- Seeds run at every boot. The WHERE at the end keeps a boot that changes nothing from writing
-- anything.
INSERT INTO roles (name, description) VALUES
    ('admin', 'May do everything'),
    ('clerk', 'Handles orders and invoices'),
    ('customer', 'Sees what is their own')
ON CONFLICT (name) DO UPDATE SET description = EXCLUDED.description
    WHERE roles.description IS DISTINCT FROM EXCLUDED.description;
