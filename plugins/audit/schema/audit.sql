-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

CREATE TABLE IF NOT EXISTS audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    row_id bigint NOT NULL,
    action text NOT NULL,
    actor text NOT NULL DEFAULT CURRENT_USER,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS audit_log_row_idx ON audit_log (table_name, row_id, at);

CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    changed record := coalesce(NEW, OLD);
BEGIN
    INSERT INTO audit_log (table_name, row_id, action) VALUES (TG_TABLE_NAME, changed.id, TG_OP);
    RETURN NULL;
END
$$;

-- A trigger on somebody else's table. It stands here and not in a migration because a migration
-- runs before functions are made.
CREATE OR REPLACE TRIGGER users_audit
    AFTER INSERT OR UPDATE OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION audit_row();

-- The body is looked up when it runs, so it can ask for a table that may not be there.
CREATE OR REPLACE FUNCTION audit_open_invoices(user_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    n bigint := 0;
BEGIN
    IF to_regclass('billing.invoices') IS NOT NULL THEN
        EXECUTE 'SELECT count(*) FROM billing.invoices WHERE user_id = $1 AND paid_at IS NULL'
            INTO n USING user_id;
    END IF;
    RETURN n;
END
$$;
