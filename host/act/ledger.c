/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/ledger.h"

#include "act/catalog.h"
#include "act/guard.h"
#include "act/guard_query.h"
#include "act/kept.h"
#include "act/strays.h"
#include "base/error.h"
#include "model/absent.h"
#include "model/checksum.h"
#include "model/key_steps.h"

/* The columns of the original system come first and keep their names and types, so that either
 * system can take over a database of the other. Those of ours are nullable, since the original's
 * INSERT does not know them. */
static const SpCommand ensure_commands[] = {
    {.sql = "CREATE TABLE IF NOT EXISTS public.extension_migrations ("
            "id text PRIMARY KEY, extension_id text NOT NULL, version integer NOT NULL, "
            "name text NOT NULL, checksum text NOT NULL, "
            "applied_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP, sha256 text, "
            "UNIQUE (extension_id, version))"},
    {.sql = "ALTER TABLE public.extension_migrations ADD COLUMN IF NOT EXISTS sha256 text"},
    {.sql = "CREATE TABLE IF NOT EXISTS public.extension_digests ("
            "extension_id text NOT NULL, phase text NOT NULL, digest text NOT NULL, "
            "applied_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP, "
            "PRIMARY KEY (extension_id, phase))"},
    {.sql = "CREATE TABLE IF NOT EXISTS public.extension_migration_progress ("
            "extension_id text NOT NULL, version integer NOT NULL, name text NOT NULL, "
            "n_done integer NOT NULL, sha256 text NOT NULL, started_at timestamptz, "
            "PRIMARY KEY (extension_id, version))"},
    {.sql = "CREATE TABLE IF NOT EXISTS public.extension_objects ("
            "extension_id text NOT NULL, action text NOT NULL, class text NOT NULL, "
            "word text NOT NULL, namespace_name text NOT NULL, name text NOT NULL, "
            "parent text NOT NULL, arguments text, n_arguments integer NOT NULL, "
            "is_kept boolean NOT NULL, definition text, source text, "
            "source_line integer, source_column integer)"},
    {.sql = "CREATE INDEX IF NOT EXISTS extension_objects_extension_id "
            "ON public.extension_objects (extension_id)"},
    {.sql = "CREATE INDEX IF NOT EXISTS extension_objects_name "
            "ON public.extension_objects (namespace_name, name)"},
    {.sql = "CREATE TABLE IF NOT EXISTS public.extension_definitions ("
            "extension_id text NOT NULL, kind text NOT NULL, identity text NOT NULL, "
            "name text NOT NULL, parent text, definition text NOT NULL)"},
    {.sql = sp_guard_definition},
    {.sql = "COMMIT"},
};

/* What is there of the host's: ledger, the ledger's column of ours, digests, marks, objects,
 * definitions, the index of objects, the function of which $1 is the digest. */
static const char *const probe_query =
    "SELECT to_regclass('public.extension_migrations') IS NOT NULL, "
    "EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.extension_migrations') "
    "AND attname = 'sha256' AND NOT attisdropped), "
    "to_regclass('public.extension_digests') IS NOT NULL, "
    "to_regclass('public.extension_migration_progress') IS NOT NULL, "
    "to_regclass('public.extension_objects') IS NOT NULL, "
    "to_regclass('public.extension_definitions') IS NOT NULL, "
    "to_regclass('public.extension_objects_name') IS NOT NULL, "
    "EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure('public.extension_guard(jsonb)') "
    "AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = $1)";

#define N_PROBED 8

/* to_jsonb() reads the column of ours without failing on a ledger that lacks it. */
static const char *const applied_query =
    "SELECT extension_id, version, name, checksum, to_jsonb(m) ->> 'sha256', "
    "to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
    "FROM public.extension_migrations m WHERE $1::text[] IS NULL OR extension_id = ANY ($1) "
    "ORDER BY extension_id, version";

/* What was there after the last install and is gone, of extensions whose ledger is as it was left:
 * no migration can have taken it away. Other hosts may be putting it back at the same time. */
static const char *const lost_query =
    "SELECT o.extension_id, o.class = 'column', CASE o.class WHEN 'column' THEN "
    "format('ALTER TABLE IF EXISTS %I.%I ADD COLUMN IF NOT EXISTS %I %s', o.namespace_name, "
    "o.parent, o.name, o.definition) ELSE "
    "format('DO $sp_host$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid "
    "= %L::regclass AND conname = %L) THEN ALTER TABLE %I.%I ADD CONSTRAINT %I %s; END IF; END "
    "$sp_host$', quote_ident(o.namespace_name) || '.' || quote_ident(o.parent), o.name, "
    "o.namespace_name, o.parent, o.name, o.definition) END, o.name "
    "FROM public.extension_objects o " SP_KEPT_JOINS
    " WHERE o.is_kept AND o.class IN ('column', 'constraint') AND NOT " SP_KEPT_IS_THERE
    " AND ($1::text[] IS NULL OR o.extension_id = ANY ($1)) "
    "AND (SELECT digest FROM (" SP_KEPT_LEDGERS_QUERY " WHERE extension_id = o.extension_id "
    "GROUP BY extension_id) AS l(extension_id, digest)) IS NOT DISTINCT FROM "
    "(SELECT digest FROM public.extension_digests d WHERE d.extension_id = o.extension_id "
    "AND d.phase = 'ledger') "
    "ORDER BY o.extension_id, o.class, o.source_line, o.name";

static gboolean
read_version(const char *text, guint *out_version)
{
    guint64 version;
    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, &version, NULL))
        return FALSE;
    *out_version = (guint)version;
    return TRUE;
}

static gboolean
read_applied(const SpRows *rows, guint row, SpHistory *history, GError **error)
{
    const char *extension = sp_rows_get(rows, row, 0);
    const char *name = sp_rows_get(rows, row, 2);
    const char *checksum = sp_rows_get(rows, row, 3);
    guint version = 0;
    if (extension == NULL || name == NULL || checksum == NULL ||
        !read_version(sp_rows_get(rows, row, 1), &version))
        return sp_error_set(error, SP_ERROR_LEDGER,
                            "Its extension_id, version, name and checksum must be set, and the "
                            "version must not be negative. Nothing was written.",
                            "Mend or delete the row by hand.",
                            "cannot read row %u of the ledger \"extension_migrations\" (extension "
                            "\"%s\", version %s)",
                            row + 1, extension ? extension : "NULL",
                            sp_rows_get(rows, row, 1) ? sp_rows_get(rows, row, 1) : "NULL");
    SpApplied *applied = g_new0(SpApplied, 1);
    applied->extension = g_strdup(extension);
    applied->version = version;
    applied->name = g_strdup(name);
    applied->checksum = g_strdup(checksum);
    applied->sha256 = g_strdup(sp_rows_get(rows, row, 4));
    applied->applied_at = g_strdup(sp_rows_get(rows, row, 5));
    sp_history_add_applied(history, applied);
    return TRUE;
}

/* Something of that name which is no ledger. @problem: (transfer full): what the server said of it
 */
static gboolean
refuse_ledger(GError *problem, GError **error)
{
    g_autoptr(GError) reason = problem;
    if (reason->code != SP_ERROR_STATEMENT) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return FALSE;
    }
    return sp_error_set(error, SP_ERROR_LEDGER, reason->message,
                        "Look what the table is, and move it out of the way.",
                        "cannot read the ledger \"public.extension_migrations\"");
}

/* (transfer full) (nullable): the ids of the extensions whose past is needed, as an array of SQL;
 * NULL for all. @only_same: of those that declare what they declared before */
static char *
ids_of_read(const SpDeclared *declared, gboolean only_same)
{
    const SpRecall *recall = sp_declared_get_recall(declared);
    if (recall == NULL)
        return NULL;
    GString *ids = g_string_new("{");
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    for (guint i = 0; i < n; i++) {
        const SpPrepared *prepared = sp_declared_get_prepared(declared, i);
        const SpExtension *extension = sp_prepared_get_extension(prepared);
        if (sp_prepared_is_read(prepared) && (!only_same || sp_recall_is_same(recall, extension)))
            g_string_append_printf(ids, "%s\"%s\"", ids->len > 1 ? "," : "",
                                   sp_extension_get_id(extension));
    }
    g_string_append_c(ids, '}');
    return g_string_free(ids, FALSE);
}

static gboolean
take_ledger(SpHistory *history, const SpRows *rows, GError **error)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        if (!read_applied(rows, i, history, error))
            return FALSE;
    return TRUE;
}

static gboolean
take_digests(SpHistory *history, const SpRows *rows, G_GNUC_UNUSED GError **error)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        sp_history_add_digest(history, sp_rows_get(rows, i, 0), sp_rows_get(rows, i, 1),
                              sp_rows_get(rows, i, 2));
    return TRUE;
}

static gboolean
take_lost(SpHistory *history, const SpRows *rows, G_GNUC_UNUSED GError **error)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++)
        sp_history_add_lost_part(history, sp_rows_get(rows, i, 0), sp_rows_get_boolean(rows, i, 1),
                                 sp_rows_get(rows, i, 3), sp_rows_get(rows, i, 2));
    return TRUE;
}

static gboolean
take_marks(SpHistory *history, const SpRows *rows, G_GNUC_UNUSED GError **error)
{
    for (guint i = 0; i < sp_rows_get_n(rows); i++) {
        SpProgressMark *mark = g_new0(SpProgressMark, 1);
        mark->extension = g_strdup(sp_rows_get(rows, i, 0));
        mark->version = (guint)g_ascii_strtoull(sp_rows_get(rows, i, 1), NULL, 10);
        mark->name = g_strdup(sp_rows_get(rows, i, 2));
        mark->n_done = (guint)g_ascii_strtoull(sp_rows_get(rows, i, 3), NULL, 10);
        mark->sha256 = g_strdup(sp_rows_get(rows, i, 4));
        sp_history_add_mark(history, mark);
    }
    return TRUE;
}

/* One thing that is asked of the host's tables, and who takes the answer. */
typedef struct {
    SpCommand command;
    gboolean (*take)(SpHistory *history, const SpRows *rows, GError **error);
} Question;

static void
add_question(GArray *questions, const char *sql, const char *const *params,
             gboolean (*take)(SpHistory *, const SpRows *, GError **))
{
    const Question question = {{.sql = sql, .params = params, .n_params = params != NULL}, take};
    g_array_append_val(questions, question);
}

/* In one flight. */
static gboolean
ask(SpSession *session, const GArray *questions, SpHistory *history, GError **error)
{
    if (questions->len == 0)
        return TRUE;
    g_autofree SpCommand *commands = g_new0(SpCommand, questions->len);
    for (guint i = 0; i < questions->len; i++)
        commands[i] = g_array_index(questions, Question, i).command;
    g_autoptr(GPtrArray) answers = sp_session_query_many(session, commands, questions->len, error);
    if (answers == NULL)
        return FALSE;
    for (guint i = 0; i < answers->len; i++)
        if (!g_array_index(questions, Question, i)
                 .take(history, g_ptr_array_index(answers, i), error))
            return FALSE;
    return TRUE;
}

/* Which of the host's tables are there. */
typedef struct {
    gboolean has_applied, has_digests, has_progress, has_objects, is_complete;
} Tables;

/* The marks of a recall were read when all of them were found. */
static gboolean
is_known(const SpDeclared *declared)
{
    const SpRecall *recall = sp_declared_get_recall(declared);
    return recall != NULL && sp_recall_has_marks(recall);
}

/* Something of the name of the ledger may be none, so it is read alone where nobody has read it. */
static gboolean
read_ledger(SpSession *session, const SpDeclared *declared, const Tables *tables,
            SpHistory *history, GError **error)
{
    g_autofree char *read_ids = ids_of_read(declared, FALSE);
    g_autofree char *same_ids = ids_of_read(declared, TRUE);
    const char *const read[] = {read_ids}, *const same[] = {same_ids};
    g_autoptr(GArray) questions = g_array_new(FALSE, FALSE, sizeof(Question));
    if (tables->has_applied)
        add_question(questions, applied_query, read, take_ledger);
    if (tables->has_applied && !is_known(declared)) {
        GError *problem = NULL;
        if (!ask(session, questions, history, &problem))
            return refuse_ledger(problem, error);
        g_array_set_size(questions, 0);
    }
    if (tables->has_digests)
        add_question(questions, "SELECT extension_id, phase, digest FROM public.extension_digests",
                     NULL, take_digests);
    if (tables->has_progress)
        add_question(questions,
                     "SELECT extension_id, version, name, greatest(n_done, 0), sha256 "
                     "FROM public.extension_migration_progress WHERE version >= 0",
                     NULL, take_marks);
    if (tables->is_complete && g_strcmp0(same_ids, "{}") != 0)
        add_question(questions, lost_query, same, take_lost);
    return ask(session, questions, history, error);
}

/* (transfer full) (nullable) */
static SpRows *
probe_tables(SpSession *session, GError **error)
{
    const char *const params[] = {sp_guard_digest};
    return sp_session_query(session, probe_query, params, 1, error);
}

static gboolean
is_complete(const SpRows *probe)
{
    for (guint i = 0; i < N_PROBED; i++)
        if (!sp_rows_get_boolean(probe, 0, i))
            return FALSE;
    return TRUE;
}

gboolean
sp_ledger_probe(SpSession *session, gboolean *out_is_complete, GError **error)
{
    g_autoptr(SpRows) probe = probe_tables(session, error);
    *out_is_complete = probe != NULL && is_complete(probe);
    return probe != NULL;
}

static gboolean
find_tables(SpSession *session, const SpDeclared *declared, Tables *tables, GError **error)
{
    *tables = (Tables){TRUE, TRUE, TRUE, TRUE, TRUE};
    if (is_known(declared))
        return TRUE;
    g_autoptr(SpRows) probe = probe_tables(session, error);
    if (probe == NULL)
        return FALSE;
    *tables = (Tables){
        .has_applied = sp_rows_get_boolean(probe, 0, 0),
        .has_digests = sp_rows_get_boolean(probe, 0, 2),
        .has_progress = sp_rows_get_boolean(probe, 0, 3),
        .has_objects = sp_rows_get_boolean(probe, 0, 4),
        .is_complete = is_complete(probe),
    };
    return TRUE;
}

SpHistory *
sp_ledger_read(SpSession *session, const SpDeclared *declared, GError **error)
{
    g_autoptr(SpHistory) history = sp_history_new();
    if (sp_declared_is_unchanged(declared)) {
        sp_history_set_has_ledger(history);
        return g_steal_pointer(&history);
    }
    Tables tables;
    if (!find_tables(session, declared, &tables, error) ||
        !read_ledger(session, declared, &tables, history, error))
        return NULL;
    if (tables.is_complete)
        sp_history_set_has_ledger(history);
    g_autoptr(GArray) made = sp_strays_list_declared(declared);
    g_autoptr(GPtrArray) objects = g_ptr_array_new();
    for (guint i = 0; i < made->len; i++)
        g_ptr_array_add(objects, (gpointer)g_array_index(made, SpDeclaredObject, i).object);
    g_autoptr(GPtrArray) absent = sp_absent_tables(declared, history);
    g_autoptr(GPtrArray) keys = sp_key_steps_list(declared);
    sp_key_steps_add_others(declared, objects);
    const SpInspection inspection = {objects, absent, keys, made, tables.has_objects};
    if (!sp_catalog_inspect(session, &inspection, history, error))
        return NULL;
    return g_steal_pointer(&history);
}

gboolean
sp_ledger_ensure(SpSession *session, const char *setting, GError **error)
{
    const SpCommand opening[] = {{.sql = "BEGIN"}, {.sql = setting}};
    g_autoptr(GArray) commands = g_array_new(FALSE, FALSE, sizeof(SpCommand));
    g_array_append_vals(commands, opening, setting != NULL ? 2 : 1);
    g_array_append_vals(commands, ensure_commands, G_N_ELEMENTS(ensure_commands));
    return sp_session_run(session, (const SpCommand *)(gpointer)commands->data, commands->len, NULL,
                          NULL, error);
}

SpRecord
sp_record_new(const char *sql, char **params)
{
    return (SpRecord){
        .command = {.sql = sql,
                    .params = (const char *const *)params,
                    .n_params = g_strv_length(params)},
        .params = params,
    };
}

SpRecord
sp_ledger_record_migration(const char *extension, const SpMigration *migration)
{
    g_autoptr(GStrvBuilder) params = g_strv_builder_new();
    g_autofree char *id = g_strdup_printf("%s_%03u", extension, migration->version);
    g_autofree char *version = g_strdup_printf("%u", migration->version);
    g_autofree char *checksum = sp_checksum_xxh64(migration->sql);
    g_autofree char *sha256 = sp_checksum_sha256(migration->sql);
    g_strv_builder_add_many(params, id, extension, version, migration->name, checksum, sha256,
                            NULL);
    return sp_record_new("INSERT INTO public.extension_migrations "
                         "(id, extension_id, version, name, checksum, sha256) "
                         "VALUES ($1, $2, $3::integer, $4, $5, $6)",
                         g_strv_builder_end(params));
}

SpRecord
sp_ledger_reconcile_migration(const char *extension, const SpMigration *migration)
{
    g_autoptr(GStrvBuilder) params = g_strv_builder_new();
    g_autofree char *version = g_strdup_printf("%u", migration->version);
    g_autofree char *checksum = sp_checksum_xxh64(migration->sql);
    g_autofree char *sha256 = sp_checksum_sha256(migration->sql);
    g_autoptr(GString) superseded = g_string_new("{");
    for (guint i = 0; i < migration->directives->supersedes->len; i++)
        g_string_append_printf(
            superseded, "%s\"%s\"", i > 0 ? "," : "",
            (const char *)g_ptr_array_index(migration->directives->supersedes, i));
    g_string_append_c(superseded, '}');
    g_strv_builder_add_many(params, extension, version, migration->name, superseded->str, checksum,
                            sha256, NULL);
    return sp_record_new("UPDATE public.extension_migrations SET checksum = $5, sha256 = $6 "
                         "WHERE extension_id = $1 AND version = $2::integer AND name = $3 "
                         "AND checksum = ANY ($4::text[])",
                         g_strv_builder_end(params));
}

SpRecord
sp_ledger_assert_migration(const char *extension, const SpMigration *migration)
{
    g_autoptr(GStrvBuilder) params = g_strv_builder_new();
    g_autofree char *version = g_strdup_printf("%u", migration->version);
    g_autofree char *checksum = sp_checksum_xxh64(migration->sql);
    g_strv_builder_add_many(params, extension, version, migration->name, checksum, NULL);
    return sp_record_new("SELECT 1 / count(*) FROM public.extension_migrations "
                         "WHERE extension_id = $1 AND version = $2::integer AND name = $3 "
                         "AND checksum = $4",
                         g_strv_builder_end(params));
}

SpRecord
sp_ledger_record_mark(const char *extension, const SpMigration *migration, guint n_done,
                      const char *digest)
{
    g_autoptr(GStrvBuilder) params = g_strv_builder_new();
    g_autofree char *version = g_strdup_printf("%u", migration->version);
    g_autofree char *n = g_strdup_printf("%u", n_done);
    g_strv_builder_add_many(params, extension, version, migration->name, n, digest, NULL);
    return sp_record_new("INSERT INTO public.extension_migration_progress "
                         "(extension_id, version, name, n_done, sha256, started_at) "
                         "VALUES ($1, $2::integer, $3, $4::integer, $5, CURRENT_TIMESTAMP) "
                         "ON CONFLICT (extension_id, version) DO UPDATE SET name = excluded.name, "
                         "n_done = excluded.n_done, sha256 = excluded.sha256, "
                         "started_at = excluded.started_at",
                         g_strv_builder_end(params));
}

static SpRecord
mark_command(const char *sql, const char *extension, const SpMigration *migration)
{
    g_autoptr(GStrvBuilder) params = g_strv_builder_new();
    g_autofree char *version = g_strdup_printf("%u", migration->version);
    g_strv_builder_add_many(params, extension, version, NULL);
    return sp_record_new(sql, g_strv_builder_end(params));
}

SpRecord
sp_ledger_record_failure(const char *extension, const SpMigration *migration)
{
    return mark_command("UPDATE public.extension_migration_progress SET started_at = NULL "
                        "WHERE extension_id = $1 AND version = $2::integer",
                        extension, migration);
}

SpRecord
sp_ledger_forget_mark(const char *extension, const SpMigration *migration)
{
    return mark_command("DELETE FROM public.extension_migration_progress "
                        "WHERE extension_id = $1 AND version = $2::integer",
                        extension, migration);
}

SpRecord
sp_ledger_record_digest(const SpPrepared *prepared, SpPhase phase)
{
    g_autoptr(GStrvBuilder) params = g_strv_builder_new();
    g_strv_builder_add_many(params, sp_extension_get_id(sp_prepared_get_extension(prepared)),
                            sp_phase_nick(phase), sp_prepared_get_digest(prepared, phase), NULL);
    return sp_record_new("INSERT INTO public.extension_digests (extension_id, phase, digest) "
                         "VALUES ($1, $2, $3) ON CONFLICT (extension_id, phase) DO UPDATE "
                         "SET digest = excluded.digest, applied_at = excluded.applied_at",
                         g_strv_builder_end(params));
}

void
sp_record_clear(SpRecord *record)
{
    g_strfreev(record->params);
    *record = (SpRecord){0};
}
