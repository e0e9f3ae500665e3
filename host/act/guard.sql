-- SPDX-FileCopyrightText: The sp-host authors
-- SPDX-License-Identifier: MIT

-- The host's function, which looks at the transaction that it runs in; see act/guard_query.h. It is a
-- function since that keeps its plans as long as the session lasts, and each query is planned only
-- when it is reached. The build expands what is defined here, and takes the comments away.

-- A row is of this transaction when its xmin is that of the transaction or of one inside it, which
-- are younger. Those of others that committed meanwhile are younger too, and visible: their status
-- tells. age() may count from any transaction, so it is only compared with itself. The bound keeps out
-- rows that were frozen ages ago, whose xmin means nothing any more.
-- @define OWN(row) = CASE WHEN v_base - age(row.xmin) NOT BETWEEN 0 AND 16777215 THEN FALSE WHEN v_base = age(row.xmin) THEN TRUE ELSE txid_status(v_id + v_base - age(row.xmin)) = 'in progress' END

-- A look at every row of a catalog reads no more of most of them than this.
-- @define IS_YOUNG(row) = age(row.xmin) <= v_base

-- The counters of a session are those of many transactions, so what they were before this one is
-- noted. What they deny did not happen. Without a note that the host has sealed they count from zero.
-- @define COUNTS(catalog) = 'catalog', jsonb_build_array(pg_stat_get_xact_tuples_inserted('catalog'::regclass), pg_stat_get_xact_tuples_updated('catalog'::regclass))
-- @define SEAL(note) = encode(sha256(convert_to((v_guard ->> 'secret') || note, 'UTF8')), 'hex')
-- @define WROTE(catalog) = (v_is_blind OR v_counts -> 'catalog' <> coalesce(v_noted -> 'catalog', '[0, 0]'))
-- @define MORE(catalog, what) = ((v_counts -> 'catalog' ->> what)::bigint - coalesce((v_noted -> 'catalog' ->> what)::bigint, 0))
-- @define INSERTS(catalog) = MORE(catalog, 0)
-- @define UPDATES(catalog) = MORE(catalog, 1)
-- @define UNEXPLAINED(is_usual, count) = (CASE WHEN NOT v_is_blind AND is_usual THEN count ELSE 1000000000 END)

-- Names are compared under the collation of the index.
-- @define NAME(name) = name::text COLLATE "default"
-- Who makes a default updates its column in the same command; a column that another one left as it is
-- was updated twice.
-- @define N_COLUMNS(c) = CASE WHEN c.relkind IN ('r', 'p', 'f', 'v') THEN (SELECT coalesce(sum(CASE WHEN a.cmin = d.cmin THEN 1 ELSE 2 END), 0) FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = c.oid AND OWN(d)) ELSE 0 END
-- @define IS_OWNED(o) = o.action IN ('create', 'own', 'claim')
-- @define OWNERS(kind, space, object) = ARRAY(SELECT o.extension_id FROM public.extension_objects o WHERE o.namespace_name = NAME(space) AND o.name = NAME(object) AND o.class = kind AND IS_OWNED(o))
-- What verify makes to cut transactions off is nobody's.
-- @define IS_USERS(n) = n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'sp_host_trap')
-- @define IS_MEMBER(catalog, member) = EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'catalog'::regclass AND e.objid = member AND e.deptype = 'e')
-- @define TABLE_OF(o, object) = (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = o.namespace_name AND c.relname = object)
-- @define LACKS(catalog, relation, part) = EXISTS TABLE_OF(o, o.parent) AND NOT EXISTS (SELECT FROM catalog x WHERE x.relation = TABLE_OF(o, o.parent) AND x.part = o.name)
-- What the statements have SET ends last: a temporary object may take along what stands on it.
-- @define END_WELL(asked) = IF asked ? 'reset' THEN EXECUTE asked ->> 'reset'; END IF; RETURN 0
-- @define MADE(KIND, WORD, SPACE, OBJECT, TYPES, N) = v_made := v_made || jsonb_build_object('class', KIND, 'word', WORD, 'namespace_name', SPACE, 'name', OBJECT, 'arguments', TYPES, 'n_arguments', N)
-- @define REPORT(KIND, OBJECT, OWNER, WHAT) = v_found := v_found || jsonb_build_object('word', KIND, 'name', OBJECT, 'owner', OWNER, 'done', WHAT)

CREATE OR REPLACE FUNCTION public.extension_guard(v_guard jsonb) RETURNS integer LANGUAGE plpgsql AS $sp_host$
#variable_conflict use_column
DECLARE
    v_counts jsonb := jsonb_build_object(COUNTS(pg_class), COUNTS(pg_attribute), COUNTS(pg_proc),
        COUNTS(pg_type), COUNTS(pg_enum), COUNTS(pg_namespace), COUNTS(pg_constraint));
    v_id bigint := txid_current_if_assigned();
    v_note text;
    v_noted jsonb;
    v_is_blind boolean;
    v_base bigint;
    v_ids text[];
    v_class_updates bigint;
    v_attribute_updates bigint;
    v_type_inserts bigint;
    v_relations oid[];
    v_written oid[];
    v_altered oid[];
    v_exclusive oid[];
    v_beyond_key oid[];
    v_objects oid[];
    v_constraints oid[];
    v_may_miss boolean;
    v_made jsonb := '[]';
    v_found jsonb := '[]';
    v_owners text[];
    v_names text[];
    v_word text;
    r record;
BEGIN
    IF NOT v_guard ? 'ids' THEN
        v_note := set_config('sp_host.noted', SEAL(v_counts::text) || v_counts, FALSE);
        RETURN 0;
    END IF;
    IF v_id IS NULL THEN
        END_WELL(v_guard);
    END IF;

    -- The plans are made once and kept, also where tables were still empty; and are not worth compiling.
    v_word := concat(set_config('jit', 'off', TRUE), set_config('enable_seqscan', 'off', TRUE),
        set_config('enable_hashjoin', 'off', TRUE), set_config('enable_mergejoin', 'off', TRUE),
        set_config('plan_cache_mode', 'force_generic_plan', TRUE));
    v_note := current_setting('sp_host.noted', TRUE);
    v_noted := CASE WHEN left(v_note, 64) = SEAL(substr(v_note, 65)) THEN substr(v_note, 65)::jsonb ELSE '{}' END;
    v_is_blind := NOT current_setting('track_counts')::boolean;
    v_base := age((v_id & 4294967295)::text::xid);
    v_ids := string_to_array(v_guard ->> 'ids', ',');

    -- Every change of a relation takes a lock, and locks stay until the end of the transaction.
    -- Foreign keys and triggers ask for no more than ShareRowExclusiveLock.
    SELECT coalesce(array_agg(DISTINCT relation) FILTER (WHERE locktype = 'relation'), '{}'),
        coalesce(array_agg(relation) FILTER (WHERE mode = 'RowExclusiveLock'), '{}'),
        coalesce(array_agg(relation) FILTER (WHERE locktype = 'relation' AND mode <> 'RowExclusiveLock'), '{}'),
        coalesce(array_agg(relation) FILTER (WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'), '{}'),
        coalesce(array_agg(relation) FILTER (WHERE locktype = 'relation'
            AND mode NOT IN ('RowExclusiveLock', 'ShareRowExclusiveLock')), '{}'),
        coalesce(array_agg(objid) FILTER (WHERE locktype = 'object'), '{}'),
        coalesce(array_agg(objid) FILTER (WHERE classid = 'pg_constraint'::regclass), '{}'),
        coalesce(bool_or(locktype = 'object' AND mode = 'AccessExclusiveLock'), FALSE)
    INTO v_relations, v_written, v_altered, v_exclusive, v_beyond_key, v_objects, v_constraints, v_may_miss
    FROM pg_locks
    WHERE pid = pg_backend_pid() AND granted AND locktype IN ('relation', 'object') AND database <> 0
        AND mode NOT IN ('AccessShareLock', 'RowShareLock');

    -- Who writes to the catalog itself may make the counters say anything.
    v_is_blind := v_is_blind OR v_written && ARRAY['pg_class'::regclass, 'pg_attribute'::regclass,
        'pg_attrdef'::regclass, 'pg_type'::regclass, 'pg_depend'::regclass]::oid[];
    v_class_updates := UNEXPLAINED(UPDATES(pg_class) >= 0, UPDATES(pg_class));
    v_attribute_updates := UNEXPLAINED(UPDATES(pg_attribute) >= 0, UPDATES(pg_attribute));
    v_type_inserts := UNEXPLAINED(UPDATES(pg_type) = 0, INSERTS(pg_type));

    -- Where nothing is new or renamed, what is the extension's own is its to change.
    IF UNEXPLAINED(INSERTS(pg_class) = 0 AND UPDATES(pg_type) = 0, 0) = 0 THEN
        SELECT coalesce(array_agg(k.oid) FILTER (WHERE k.is_own IS NOT TRUE), '{}'),
            v_class_updates - count(*) FILTER (WHERE k.is_own AND k.is_changed),
            v_attribute_updates - coalesce(sum(k.n_columns) FILTER (WHERE k.is_own), 0)
        INTO v_relations, v_class_updates, v_attribute_updates
        FROM (SELECT l.oid, OWN(c) AS is_changed, N_COLUMNS(c) AS n_columns,
                c.relkind IN ('r', 'p', 'f', 'v', 'm') AND
                EXISTS (SELECT FROM public.extension_objects o WHERE o.namespace_name = NAME(n.nspname)
                    AND o.name = NAME(c.relname) AND o.class = 'relation' AND IS_OWNED(o)
                    AND o.extension_id = ANY (v_ids)) AS is_own
            FROM unnest(v_relations) AS l(oid) LEFT JOIN pg_class c ON c.oid = l.oid
            LEFT JOIN pg_namespace n ON n.oid = c.relnamespace OFFSET 0) AS k;
    END IF;

    LOOP
        IF v_relations = '{}' THEN
            -- GRANT takes no lock, and nor does who writes to the catalog directly, but for that of the
            -- catalog. What the relations do not explain is looked for, once.
            IF v_class_updates > 0 THEN
                v_relations := ARRAY(SELECT c.oid FROM (SELECT c.oid, c.xmin FROM pg_class c
                        WHERE (c.relacl IS NOT NULL OR (SELECT 'pg_class'::regclass = ANY (v_written))) AND IS_YOUNG(c)
                        OFFSET 0) AS c
                    WHERE OWN(c) AND c.oid <> ALL (v_altered || v_written));
            END IF;
            IF v_attribute_updates > 0 THEN
                v_relations := v_relations || ARRAY(SELECT DISTINCT a.attrelid FROM (SELECT a.attrelid, a.xmin
                        FROM pg_attribute a WHERE a.attacl IS NOT NULL AND IS_YOUNG(a) OFFSET 0) AS a
                    WHERE OWN(a) AND a.attrelid <> ALL (v_altered || v_written || v_relations));
            END IF;
            EXIT WHEN v_relations = '{}';
            v_altered := v_altered || v_relations;
            v_class_updates := 0;
            v_attribute_updates := 0;
        END IF;

        -- An index is part of its table, and so is a sequence that a column owns.
        FOR r IN
            SELECT l.oid, c.relkind, c.reltype, NAME(c.relname) AS name, NAME(n.nspname) AS space, s.oid AS subject,
                NAME(s.relname) AS subject_name, NAME(m.nspname) AS subject_space, s.relispartition,
                OWN(c) AS is_changed,
                -- All columns can be written to; that a type goes with its table is written once.
                OWN(c) AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT OWN(a))
                    AND (c.reltype = 0 OR EXISTS (SELECT FROM pg_depend t WHERE t.classid = 'pg_type'::regclass
                    AND t.objid = c.reltype AND t.objsubid = 0 AND t.deptype = 'i' AND OWN(t))) AS is_made,
                OWNERS('relation', n.nspname, c.relname)
                    || CASE WHEN s.oid <> c.oid THEN OWNERS('relation', m.nspname, s.relname) END AS owners,
                -- Each of these is set by an update of its own.
                CASE WHEN c.relkind IN ('r', 'p', 'm') THEN (c.reltoastrelid <> 0)::integer + (c.relchecks > 0)::integer
                    + c.relhastriggers::integer + c.relhasrules::integer ELSE 0 END AS n_updates_if_made,
                N_COLUMNS(c) AS n_columns,
                -- The type of a row, and that of arrays of it, which an old server's sequence lacks.
                CASE WHEN c.reltype <> 0 THEN (SELECT CASE c.relkind WHEN 'S' THEN 1 ELSE 2 END * count(*)
                    FROM pg_type y WHERE y.oid = c.reltype AND OWN(y)) ELSE 0 END AS n_types
            FROM unnest(v_relations) AS l(oid) LEFT JOIN pg_class c ON c.oid = l.oid
            LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_class s ON s.oid = coalesce(
                (SELECT i.indrelid FROM pg_index i WHERE i.indexrelid = c.oid),
                (SELECT d.refobjid FROM pg_depend d
                    WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1), c.oid)
            LEFT JOIN pg_namespace m ON m.oid = s.relnamespace
            WHERE c.oid IS NULL OR c.relkind <> 't' AND IS_USERS(n) AND NOT IS_MEMBER(pg_class, s.oid)
        LOOP
            IF r.relkind IS NULL THEN
                v_may_miss := v_may_miss OR r.oid = ANY (v_exclusive);
                CONTINUE;
            END IF;
            IF r.is_changed THEN
                v_class_updates := v_class_updates
                    - CASE WHEN r.is_made AND r.relkind <> 'v' THEN r.n_updates_if_made ELSE 1 END;
            END IF;
            v_attribute_updates := v_attribute_updates - r.n_columns;
            v_type_inserts := v_type_inserts - r.n_types;
            IF r.relkind = 'c' THEN
                v_objects := v_objects || r.reltype;
                CONTINUE;
            END IF;
            v_owners := r.owners;
            v_names := ARRAY[r.space || '.' || r.name, r.subject_space || '.' || r.subject_name];
            v_word := CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index'
                WHEN 'I' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END;

            -- What ran in the transaction before has written its own records.
            IF r.subject_space = 'public' AND v_guard -> 'host' ? r.subject_name THEN
                IF r.is_changed OR r.oid = ANY (v_altered) THEN
                    REPORT(v_word, v_names[1], 'sp-host', 'altered');
                ELSIF array_length(v_ids, 1) = 1 THEN
                    REPORT(v_word, v_names[1], 'sp-host', 'wrote');
                END IF;
                CONTINUE;
            END IF;

            -- A partition that nobody made is its root's.
            IF v_owners = '{}' AND r.relispartition THEN
                v_owners := ARRAY(SELECT o.extension_id FROM pg_class c
                    JOIN pg_namespace n ON n.oid = c.relnamespace
                    JOIN public.extension_objects o ON o.namespace_name = NAME(n.nspname) AND o.name = NAME(c.relname)
                    AND o.class = 'relation' AND IS_OWNED(o) WHERE c.oid = pg_partition_root(r.subject));
            END IF;

            IF r.is_made THEN
                IF v_owners <> '{}' AND NOT v_owners && v_ids AND NOT v_guard -> 'tables' ?| v_names THEN
                    REPORT(v_word, v_names[1], v_owners[1], 'made');
                ELSE
                    MADE('relation', v_word, r.space, r.name, NULL, 0);
                END IF;
                CONTINUE;
            END IF;

            -- What has the name of something own may have it since this transaction.
            v_may_miss := v_may_miss OR r.is_changed AND r.oid = ANY (v_exclusive)
                AND (NOT v_owners && v_ids OR r.relkind IN ('S', 'i', 'I') OR UPDATES(pg_type) <> 0);
            IF v_owners && v_ids OR v_guard -> 'tables' ?| v_names
                OR v_owners = '{}' AND v_guard -> 'changes' ?| v_names THEN
                CONTINUE;
            END IF;

            IF r.is_changed OR r.oid = ANY (v_altered) THEN
                IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.oid AND OWN(a))
                    OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = r.oid AND OWN(k))
                    OR EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = r.oid AND NOT g.tgisinternal AND OWN(g))
                    OR EXISTS (SELECT FROM pg_policy y WHERE y.polrelid = r.oid AND OWN(y))
                    OR EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = r.oid AND OWN(w))
                    OR EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = r.oid AND OWN(d))
                    OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid AND OWN(i)) THEN
                    REPORT(v_word, v_names[1], v_owners[1], 'altered');

                -- A foreign key puts triggers on the table it refers to, and takes them away again.
                ELSIF r.oid <> ALL (v_beyond_key)
                    AND (v_guard -> 'dependencies' ?| v_owners OR v_guard -> 'reads' ?| v_names)
                    AND EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = r.oid AND OWN(k))
                    OR NOT r.is_changed AND v_constraints <> '{}'
                    AND (r.oid = ANY (v_exclusive) OR r.oid <> ALL (v_beyond_key)) THEN
                    CONTINUE;

                -- What is locked and no more, as by ANALYZE, was allowed by the check of texts.
                ELSIF r.is_changed OR r.oid = ANY (v_exclusive)
                    OR NOT (v_guard -> 'reads' ?| v_names OR v_guard -> 'changes' ?| v_names) THEN
                    REPORT(v_word, v_names[1], v_owners[1], 'altered');
                END IF;

            -- What a trigger of the owner writes, or a foreign key of his, is his own doing.
            ELSIF NOT EXISTS (SELECT FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
                    JOIN pg_namespace n ON n.oid = p.pronamespace
                    CROSS JOIN LATERAL (SELECT OWNERS('routine', n.nspname, p.proname) AS owners) AS f
                    WHERE g.tgrelid = ANY (v_written) AND NOT g.tgisinternal AND NOT OWN(g) AND NOT OWN(p)
                    AND (f.owners = '{}' OR f.owners && v_owners) AND NOT f.owners && v_ids)
                AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = r.oid
                    AND k.confrelid = ANY (v_written) AND NOT OWN(k)
                    AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))) THEN
                REPORT(v_word, v_names[1], v_owners[1], 'wrote');
            END IF;
        END LOOP;

        v_relations := '{}';
    END LOOP;

    -- Only PostgreSQL's own objects have smaller numbers. The type of a table goes with it.
    IF WROTE(pg_proc) THEN
        v_objects := v_objects || ARRAY(SELECT p.oid FROM pg_proc p WHERE p.oid >= 16384 AND OWN(p));
    END IF;
    IF v_type_inserts > 0 THEN
        v_objects := v_objects || ARRAY(SELECT y.oid FROM pg_type y
            WHERE y.oid >= 16384 AND y.typcategory <> 'A' AND OWN(y));
    END IF;
    IF WROTE(pg_constraint) THEN
        v_objects := v_objects || ARRAY(SELECT k.contypid FROM pg_constraint k WHERE k.contypid >= 16384 AND OWN(k));
    END IF;
    IF WROTE(pg_enum) THEN
        v_objects := v_objects || ARRAY(SELECT e.enumtypid FROM pg_enum e WHERE OWN(e));
    END IF;
    IF v_objects <> '{}' THEN
        FOR r IN
            SELECT 'routine' AS class, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'
                ELSE 'function' END AS word, NAME(n.nspname) AS space, NAME(p.proname) AS name,
                p.pronargs::integer AS n_arguments,
                (SELECT string_agg(format_type(t, NULL), ',') FROM unnest(p.proargtypes) AS t) AS arguments
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE p.oid = ANY (v_objects) AND IS_USERS(n) AND NOT IS_MEMBER(pg_proc, p.oid)
            UNION ALL
            SELECT 'type', CASE y.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, NAME(n.nspname), NAME(y.typname), 0, NULL
            FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
            LEFT JOIN pg_class c ON c.oid = y.typrelid
            WHERE y.oid = ANY (v_objects)
                AND y.typcategory <> 'A' AND y.typtype <> 'm' AND (y.typrelid = 0 OR c.relkind = 'c')
                AND IS_USERS(n) AND NOT IS_MEMBER(pg_type, y.oid)
        LOOP
            v_owners := ARRAY(SELECT o.extension_id FROM public.extension_objects o
                WHERE o.namespace_name = r.space AND o.name = r.name AND o.class = r.class
                AND o.n_arguments = r.n_arguments AND IS_OWNED(o));
            v_may_miss := v_may_miss OR v_owners = '{}';
            IF r.space = 'public' AND v_guard -> 'host' ? r.name THEN
                REPORT(r.word, r.space || '.' || r.name, 'sp-host', 'altered');
            ELSIF v_owners <> '{}' AND NOT v_owners && v_ids THEN
                REPORT(r.word, r.space || '.' || r.name, v_owners[1], 'altered');
            ELSE
                MADE(r.class, r.word, r.space, r.name, r.arguments, r.n_arguments);
            END IF;
        END LOOP;
    END IF;

    -- Where nothing was dropped or renamed, nothing needs to be looked for.
    IF NOT v_may_miss THEN
        v_may_miss := WROTE(pg_namespace) AND EXISTS (SELECT FROM pg_namespace n WHERE OWN(n));
    END IF;
    IF v_may_miss THEN
        FOR r IN
            SELECT o.ctid AS at, o.* FROM public.extension_objects o
            WHERE (o.action = 'own' OR o.action = 'create' AND o.is_kept) AND CASE o.class
                WHEN 'relation' THEN NOT EXISTS TABLE_OF(o, o.name)
                WHEN 'column' THEN EXISTS TABLE_OF(o, o.parent) AND NOT EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = TABLE_OF(o, o.parent) AND a.attname = o.name AND NOT a.attisdropped)
                WHEN 'constraint' THEN LACKS(pg_constraint, conrelid, conname)
                WHEN 'trigger' THEN LACKS(pg_trigger, tgrelid, tgname)
                WHEN 'policy' THEN LACKS(pg_policy, polrelid, polname)
                WHEN 'rule' THEN LACKS(pg_rewrite, ev_class, rulename)
                WHEN 'type' THEN NOT EXISTS (SELECT FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
                    WHERE n.nspname = o.namespace_name AND y.typname = o.name)
                WHEN 'routine' THEN NOT EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                    WHERE n.nspname = o.namespace_name AND p.proname = o.name AND p.pronargs = o.n_arguments)
                ELSE FALSE END
        LOOP
            -- A part of a table goes with the records that the end of the install makes anew.
            IF r.extension_id = ANY (v_ids) AND r.action = 'own' THEN
                DELETE FROM public.extension_objects WHERE ctid = r.at;
            ELSIF r.extension_id = ANY (v_ids) THEN
                UPDATE public.extension_objects SET is_kept = FALSE WHERE ctid = r.at;

            -- What was missing before the run is not the doing of this transaction.
            ELSIF NOT v_guard -> 'tables' ? (r.namespace_name || '.' || coalesce(nullif(r.parent, ''), r.name))
                AND NOT EXISTS (SELECT FROM public.extension_objects b WHERE b.class = r.class
                    AND b.namespace_name = r.namespace_name AND b.name = r.name AND b.parent = r.parent
                    AND (b.action = 'gone' AND b.extension_id = r.extension_id
                        OR IS_OWNED(b) AND b.extension_id = ANY (v_ids))) THEN
                REPORT(CASE r.class WHEN 'relation' THEN r.word ELSE r.class END, concat_ws('.', r.namespace_name, nullif(r.parent, ''), r.name), r.extension_id, 'dropped');
            END IF;
        END LOOP;
    END IF;

    IF v_found <> '[]' THEN
        RAISE EXCEPTION USING MESSAGE = v_found::text, ERRCODE = 'SP00O';
    END IF;
    IF v_made <> '[]' THEN
        INSERT INTO public.extension_objects
            (extension_id, action, class, word, namespace_name, name, parent, arguments, n_arguments, is_kept)
        SELECT v_ids[array_upper(v_ids, 1)], 'own', k.class, k.word, k.namespace_name, k.name, '', k.arguments,
            k.n_arguments, FALSE
        FROM jsonb_to_recordset(v_made) AS k(class text, word text, namespace_name text, name text, arguments text,
            n_arguments integer)
        -- This is not made a join of, which would be planned for a table without rows.
        WHERE (SELECT count(*) FROM public.extension_objects o WHERE o.namespace_name = k.namespace_name
            AND o.name = k.name AND o.class = k.class AND o.n_arguments = k.n_arguments AND o.action = 'own') = 0;
    END IF;
    END_WELL(v_guard);
END
$sp_host$;
