-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

CREATE TABLE IF NOT EXISTS roles (
    name text PRIMARY KEY,
    description text NOT NULL
);

CREATE TABLE IF NOT EXISTS user_roles (
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL REFERENCES roles (name),
    PRIMARY KEY (user_id, role)
);

CREATE INDEX IF NOT EXISTS user_roles_role_idx ON user_roles (role);
