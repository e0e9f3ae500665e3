# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""What is installed: one made-up extension, and as many copies of it as wanted, which differ in their number only."""

from dataclasses import dataclass

# What stands in the texts for the number of the extension. Every number takes its place byte for byte, so a compiled
# plugin can be copied in the same way as its text.
MARK = "m99999"

STATEMENTS = [
    """CREATE TABLE IF NOT EXISTS {x}_account{n} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL DEFAULT '',
    state smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 9),
    created_at timestamptz NOT NULL DEFAULT now()
)""",
    "CREATE INDEX IF NOT EXISTS {x}_account{n}_state ON {x}_account{n} (state, created_at)",
    """CREATE TABLE IF NOT EXISTS {x}_entry{n} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES {x}_account{n} (id) ON DELETE CASCADE,
    amount numeric(12, 2) NOT NULL,
    note text
)""",
    "CREATE INDEX IF NOT EXISTS {x}_entry{n}_account ON {x}_entry{n} (account_id)",
    """CREATE OR REPLACE FUNCTION {x}_touch{n}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END
$$""",
    """CREATE OR REPLACE TRIGGER {x}_touch{n} BEFORE UPDATE ON {x}_account{n}
    FOR EACH ROW EXECUTE FUNCTION {x}_touch{n}()""",
    """CREATE OR REPLACE VIEW {x}_balance{n} AS
    SELECT a.id, a.email, coalesce(sum(e.amount), 0) AS balance
    FROM {x}_account{n} a LEFT JOIN {x}_entry{n} e ON e.account_id = a.id GROUP BY a.id""",
    "COMMENT ON TABLE {x}_account{n} IS 'accounts of {x}; who owns entries'",
    "COMMENT ON COLUMN {x}_entry{n}.amount IS 'in the currency of the account'",
    "COMMENT ON VIEW {x}_balance{n} IS 'what each account of {x} holds'",
]
MIGRATION = "ALTER TABLE {x}_account ADD COLUMN extra_{n} integer NOT NULL DEFAULT 0"
DOWN = "ALTER TABLE {x}_account DROP COLUMN extra_{n}"
SEED = "INSERT INTO {x}_account (email) VALUES ('user{n}@{x}.example') ON CONFLICT DO NOTHING"
CHANGE = "CREATE INDEX IF NOT EXISTS {x}_account_created ON {x}_account (created_at, id)"


@dataclass(frozen=True)
class Shape:
    """How much SQL one extension declares."""

    statements: int = 10
    migrations: int = 5
    seeds: int = 1
    is_changed: bool = False  # one more statement in the schema
    is_reversible: bool = False  # a down for each migration

    def schema(self):
        """The names of the second ten of statements have a number behind them, and so on."""
        texts = []
        for i in range(self.statements):
            block = i // len(STATEMENTS)
            texts.append(STATEMENTS[i % len(STATEMENTS)].format(x=MARK, n=block or ""))
        if self.is_changed:
            texts.append(CHANGE.format(x=MARK))
        return "".join(text + ";\n" for text in texts)

    def migration(self, number):
        return MIGRATION.format(x=MARK, n=number) + ";\n"

    def seed(self, number):
        return SEED.format(x=MARK, n=number) + ";\n"

    def files(self):
        """{path: text} of the folder that "sp-host embed" reads."""
        files = {
            "extension.conf": f"[extension]\nid={MARK}\nname=Benchmark {MARK}\nversion=1.0.0\n",
            f"schema/{MARK}.sql": self.schema(),
        }
        for i in range(1, self.migrations + 1):
            files[f"schema/migrations/{i:03}_extra_{i}.sql"] = self.migration(i)
            if self.is_reversible:
                files[f"schema/migrations/{i:03}_extra_{i}.down.sql"] = DOWN.format(x=MARK, n=i) + ";\n"
        for i in range(1, self.seeds + 1):
            files[f"seeds/user_{i:03}.sql"] = self.seed(i)
        return files


def stamp(template, number):
    """The copy of a text or of a plugin that belongs to an extension."""
    name = f"m{number:05}"
    assert len(name) == len(MARK)
    if isinstance(template, bytes):
        return template.replace(MARK.encode(), name.encode())
    return template.replace(MARK, name)


def list_units(extensions, shape):
    """[(name, sql)]: what other tools run as one migration each, in the order of the host: all schemas, then
    migrations, then seeds."""
    parts = [("schema", shape.schema())]
    parts += [(f"extra_{i}", shape.migration(i)) for i in range(1, shape.migrations + 1)]
    parts += [(f"user_{i}", shape.seed(i)) for i in range(1, shape.seeds + 1)]
    return [(f"m{number:05}_{name}", stamp(sql, number)) for name, sql in parts for number in range(extensions)]


def pending_unit(shape):
    """One more migration of the first extension."""
    number = shape.migrations + 1
    return f"m00000_extra_{number}", stamp(shape.migration(number), 0)
