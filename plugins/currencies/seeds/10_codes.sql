-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- What an operator has changed or added stays: DO NOTHING.
INSERT INTO currencies (code, name, decimals) VALUES
    ('CHF', 'Swiss franc', 2),
    ('EUR', 'Euro', 2),
    ('JPY', 'Yen', 0),
    ('TND', 'Tunisian dinar', 3),
    ('USD', 'US dollar', 2)
ON CONFLICT (code) DO NOTHING;
