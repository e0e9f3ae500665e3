-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- A seed may hold several statements, and UPDATE as well. The host cannot prove that an UPDATE is
-- safe to repeat: this one is, since it only fills what is empty.
UPDATE currencies SET symbol = '€' WHERE code = 'EUR' AND symbol IS NULL;
UPDATE currencies SET symbol = '¥' WHERE code = 'JPY' AND symbol IS NULL;
UPDATE currencies SET symbol = '$' WHERE code = 'USD' AND symbol IS NULL;
