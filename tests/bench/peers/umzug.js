// SPDX-FileCopyrightText: The sp-host authors
// SPDX-License-Identifier: MIT

// umzug leaves the database and the record of what is applied to its user: here pg, a table, and one transaction a migration.
const { readFileSync } = require('node:fs');
const { Client } = require('pg');
const { Umzug } = require('umzug');

async function main() {
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS umzug (name text PRIMARY KEY)');
  const umzug = new Umzug({
    migrations: {
      glob: 'migrations/*.sql',
      resolve: ({ name, path }) => ({
        name,
        up: async () => {
          await client.query('BEGIN');
          await client.query(readFileSync(path, 'utf8'));
          await client.query('COMMIT');
        },
      }),
    },
    storage: {
      executed: async () => (await client.query('SELECT name FROM umzug ORDER BY name')).rows.map((row) => row.name),
      logMigration: ({ name }) => client.query('INSERT INTO umzug VALUES ($1)', [name]),
      unlogMigration: ({ name }) => client.query('DELETE FROM umzug WHERE name = $1', [name]),
    },
    logger: undefined,
  });
  await umzug.up();
  await client.end();
}

main();
