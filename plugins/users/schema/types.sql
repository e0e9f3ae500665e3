-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- CREATE TYPE has no IF NOT EXISTS. The host looks in the catalog and leaves the statement out
-- where the type exists, so it needs no DO block around it. A new label comes with a migration:
-- ALTER TYPE user_status ADD VALUE ...
CREATE TYPE user_status AS ENUM ('invited', 'active', 'suspended');
