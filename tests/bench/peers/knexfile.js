// SPDX-FileCopyrightText: The sp-host authors
// SPDX-License-Identifier: MIT

module.exports = { client: 'pg', connection: process.env.DATABASE_URL, migrations: { directory: './migrations' } };
