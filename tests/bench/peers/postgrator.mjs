// SPDX-FileCopyrightText: The sp-host authors
// SPDX-License-Identifier: MIT

// As in the manual of postgrator: a client of pg, and a folder of SQL.
import pg from 'pg';
import Postgrator from 'postgrator';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const postgrator = new Postgrator({
  migrationPattern: 'migrations/*',
  driver: 'pg',
  database: process.env.PGDATABASE,
  execQuery: (query) => client.query(query),
});
await postgrator.migrate();
await client.end();
