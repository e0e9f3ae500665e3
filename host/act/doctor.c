/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/doctor.h"

#include "act/definitions.h"
#include "act/doctor_bodies.h"
#include "act/doctor_looks.h"
#include "act/doctor_sequences.h"
#include "act/json_rows.h"
#include "act/kept.h"
#include "act/ledger.h"
#include "act/retry.h"
#include "base/error.h"

/* What an install puts back, whether definitions were recorded or not. */
static const char *const lost_query =
    "SELECT o.extension_id, CASE o.class WHEN 'column' THEN 'table column' WHEN 'constraint' THEN "
    "'table constraint' ELSE o.word END, CASE WHEN o.parent = '' THEN format('%I.%I', "
    "o.namespace_name, o.name) WHEN o.class = 'column' THEN format('%I.%I.%I', o.namespace_name, "
    "o.parent, o.name) ELSE format('%I on %I.%I', o.name, o.namespace_name, o.parent) END, o.name, "
    "CASE WHEN o.parent <> '' THEN format('%I.%I', o.namespace_name, o.parent) END "
    "FROM public.extension_objects o " SP_KEPT_JOINS " WHERE o.is_kept AND NOT " SP_KEPT_IS_THERE;

static const char *const digests_query =
    "SELECT extension_id, phase, digest FROM public.extension_digests "
    "WHERE phase IN ('enabled', 'disabled')";

typedef struct {
    SpSession *session;
    const SpDeclared *declared;
    const SpDoctorOptions *options;
    SpDiagnosis *diagnosis;
} Examination;

static void
add_extension_trouble(Examination *this, SpErrorCode code, const char *id, const char *detail)
{
    sp_diagnosis_add(this->diagnosis, &(SpTrouble){.code = code,
                                                   .extension = id,
                                                   .kind = "extension",
                                                   .identity = id,
                                                   .detail = detail,
                                                   .hint = "Run sp-host install."});
}

/* Whether there is anything to be held against the catalog. @out_is_complete: (out) */
static gboolean
look_for_tables(Examination *this, gboolean *out_is_complete, GError **error)
{
    if (!sp_ledger_probe(this->session, out_is_complete, error))
        return FALSE;
    if (*out_is_complete)
        return TRUE;
    g_autoptr(SpRows) rows =
        sp_session_query(this->session,
                         "SELECT current_database(), to_regclass('public.extension_objects') "
                         "IS NOT NULL OR to_regclass('public.extension_migrations') IS NOT NULL",
                         NULL, 0, error);
    if (rows == NULL)
        return FALSE;
    gboolean has_some = sp_rows_get_boolean(rows, 0, 1);
    sp_diagnosis_add(
        this->diagnosis,
        &(SpTrouble){
            .code = has_some ? SP_ERROR_NOT_RECORDED : SP_ERROR_NEVER_INSTALLED,
            .kind = "database",
            .identity = sp_rows_get(rows, 0, 0),
            .detail = has_some ? "It was last installed into by an older host, or by the original "
                                 "system."
                               : "No host ever installed into it.",
            .hint = has_some ? "Run sp-host install."
                             : "Run sp-host install; or look whether it is the right database.",
        });
    return TRUE;
}

/* (nullable): the digest of what was last installed; NULL for nothing, or in another state */
static const char *
find_digest(const SpRows *digests, const char *id, const char *phase)
{
    for (guint i = 0; i < sp_rows_get_n(digests); i++)
        if (g_str_equal(sp_rows_get(digests, i, 0), id) &&
            g_str_equal(sp_rows_get(digests, i, 1), phase))
            return sp_rows_get(digests, i, 2);
    return NULL;
}

static gboolean
look_for_pending(Examination *this, GError **error)
{
    g_autoptr(SpRows) digests = sp_session_query(this->session, digests_query, NULL, 0, error);
    const SpRegistry *registry = sp_declared_get_registry(this->declared);
    for (guint i = 0; digests != NULL && i < sp_registry_get_n(registry); i++) {
        const SpExtension *extension = sp_registry_get(registry, i);
        const char *id = sp_extension_get_id(extension);
        const char *enabled = find_digest(digests, id, "enabled");
        gboolean was_there = enabled != NULL || find_digest(digests, id, "disabled") != NULL;
        if (g_strcmp0(enabled, sp_extension_get_digest(extension)) != 0)
            add_extension_trouble(this, SP_ERROR_INSTALL_PENDING, id,
                                  was_there ? "Another release of it was installed last; what is "
                                              "new in this one was not looked for."
                                            : "It was not installed, or something of it was undone "
                                              "since.");
    }
    return digests != NULL;
}

static void
collect_namespaces(const SpPrepared *prepared, GHashTable *made)
{
    const GPtrArray *scripts = sp_prepared_get_scripts(prepared);
    for (guint i = 0; i < scripts->len; i++) {
        const GPtrArray *statements = sp_script_get_statements(g_ptr_array_index(scripts, i));
        for (guint k = 0; k < statements->len; k++) {
            const GPtrArray *effects =
                ((const SpStatement *)g_ptr_array_index(statements, k))->effects;
            for (guint j = 0; j < effects->len; j++) {
                const SpEffect *effect = g_ptr_array_index(effects, j);
                if (effect->action == SP_ACTION_CREATE &&
                    effect->object->class == SP_OBJECT_NAMESPACE &&
                    !g_str_equal(effect->object->name, "public"))
                    g_hash_table_add(made, (gpointer)effect->object->name);
            }
        }
    }
}

/* (transfer full) (nullable): NULL for everywhere */
static char *
namespaces_as_json(const Examination *this)
{
    if (this->options->looks_everywhere)
        return NULL;
    g_autoptr(GHashTable) made = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = sp_registry_get_n(sp_declared_get_registry(this->declared));
    const GPtrArray *disabled = sp_declared_get_disabled(this->declared);
    for (guint i = 0; i < n; i++)
        collect_namespaces(sp_declared_get_prepared(this->declared, i), made);
    for (guint i = 0; i < disabled->len; i++)
        collect_namespaces(g_ptr_array_index(disabled, i), made);
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, made);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        sp_json_rows_add(json, name);
    return sp_json_rows_finish(json);
}

static char *
known_as_json(const char *const *known)
{
    g_autoptr(SpJsonRows) json = sp_json_rows_new();
    for (; *known != NULL; known++)
        sp_json_rows_add(json, *known);
    return sp_json_rows_finish(json);
}

/* Those without definitions to compare with are told by what the install would put back. */
static GHashTable *
take_lost(Examination *this, const SpRows *rows)
{
    GHashTable *lost = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < sp_rows_get_n(rows); i++) {
        const char *extension = sp_rows_get(rows, i, 0);
        g_hash_table_add(lost, sp_diagnosis_key(sp_rows_get(rows, i, 4), sp_rows_get(rows, i, 3)));
        if (sp_diagnosis_has(this->diagnosis, SP_ERROR_NOT_RECORDED, extension))
            sp_diagnosis_add(
                this->diagnosis,
                &(SpTrouble){
                    .code = SP_ERROR_OBJECT_MISSING,
                    .extension = extension,
                    .kind = sp_rows_get(rows, i, 1),
                    .identity = sp_rows_get(rows, i, 2),
                    .hint = "Run sp-host install: it makes it again, without the data.",
                });
    }
    return lost;
}

/* Of what is gone, half installed or was never recorded nothing can be said. */
static GHashTable *
list_left_out(const Examination *this, const SpFingerprint *fingerprint)
{
    static const SpErrorCode reasons[] = {SP_ERROR_NOT_RECORDED, SP_ERROR_INSTALL_UNFINISHED};
    GHashTable *leaves_out = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) extensions = sp_fingerprint_get_extensions(fingerprint);
    for (guint i = 0; i < extensions->len; i++) {
        const char *id = g_ptr_array_index(extensions, i);
        gboolean is_out = !g_strv_contains(this->options->known, id);
        for (guint k = 0; k < G_N_ELEMENTS(reasons); k++)
            is_out = is_out || sp_diagnosis_has(this->diagnosis, reasons[k], id);
        if (is_out)
            g_hash_table_add(leaves_out, g_strdup(id));
    }
    return leaves_out;
}

/* An install that stopped half way the first time has made things, and recorded none of them. */
static void
leave_out_begun(const Examination *this, const SpFingerprint *recorded, const SpFingerprint *now,
                GHashTable *leaves_out)
{
    g_autoptr(GPtrArray) extensions = sp_fingerprint_get_extensions(now);
    g_autoptr(GPtrArray) known = sp_fingerprint_get_extensions(recorded);
    for (guint i = 0; i < extensions->len; i++) {
        const char *id = g_ptr_array_index(extensions, i);
        if (sp_diagnosis_has(this->diagnosis, SP_ERROR_INSTALL_PENDING, id) &&
            !g_ptr_array_find_with_equal_func(known, id, g_str_equal, NULL))
            g_hash_table_add(leaves_out, g_strdup(id));
    }
}

static gboolean
compare(Examination *this, GError **error)
{
    g_autoptr(SpRows) rows = sp_session_query(this->session, lost_query, NULL, 0, error);
    g_autoptr(SpFingerprint) recorded = rows ? sp_definitions_read(this->session, error) : NULL;
    g_autoptr(SpFingerprint) now = recorded ? sp_definitions_look(this->session, error) : NULL;
    if (now == NULL)
        return FALSE;
    g_autoptr(GHashTable) lost = take_lost(this, rows);
    g_autoptr(GHashTable) leaves_out = list_left_out(this, now);
    g_autoptr(GHashTable) others = list_left_out(this, recorded);
    GHashTableIter iter;
    gpointer id;
    g_hash_table_iter_init(&iter, others);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        g_hash_table_add(leaves_out, g_strdup(id));
    leave_out_begun(this, recorded, now, leaves_out);
    sp_diagnosis_compare(this->diagnosis, recorded, now, leaves_out, lost);
    return TRUE;
}

static gboolean
examine(Examination *this, GError **error)
{
    gboolean is_complete = FALSE;
    if (!look_for_tables(this, &is_complete, error))
        return FALSE;
    if (!is_complete)
        return TRUE;
    g_autofree char *known = known_as_json(this->options->known);
    g_autofree char *namespaces = namespaces_as_json(this);
    return sp_doctor_look(this->session, known, this->options->knows_all, namespaces,
                          this->diagnosis, error) &&
           look_for_pending(this, error) && compare(this, error) &&
           sp_doctor_read_bodies(this->session, this->diagnosis, error) &&
           sp_doctor_read_sequences(this->session, this->diagnosis, error);
}

/* One attempt is enough: it can be run again at any time. */
static gboolean
explain(GError *problem, GError **error)
{
    const char *sqlstate = sp_error_get_place(problem)->sqlstate;
    gboolean is_lock = g_strcmp0(sqlstate, "55P03") == 0;
    if (!is_lock) {
        g_propagate_error(error, problem);
        return FALSE;
    }
    sp_error_set(error, SP_ERROR_LOCK_TIMEOUT, sp_error_detail(problem),
                 "Try again when the session that changes it is done.",
                 "could not look at a table that somebody keeps locked");
    g_error_free(problem);
    return FALSE;
}

SpDiagnosis *
sp_doctor_examine(SpSession *session, const SpDeclared *declared, const SpDoctorOptions *options,
                  GError **error)
{
    const SpPatience patience = {.lock_timeout_ms = options->lock_timeout_ms};
    g_autofree char *setting = sp_patience_sql(&patience);
    const SpCommand opening[] = {
        {.sql = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"}, {.sql = setting}};
    const SpCommand closing = {.sql = "COMMIT"};
    g_autoptr(SpDiagnosis) diagnosis = sp_diagnosis_new();
    Examination this = {session, declared, options, diagnosis};
    GError *problem = NULL;
    if (sp_session_run(session, opening, G_N_ELEMENTS(opening), NULL, NULL, &problem) &&
        examine(&this, &problem) && sp_session_run(session, &closing, 1, NULL, NULL, &problem))
        return g_steal_pointer(&diagnosis);
    explain(problem, error);
    return NULL;
}
