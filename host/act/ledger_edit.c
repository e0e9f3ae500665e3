/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/ledger_edit.h"

#include "act/kept.h"
#include "model/checksum.h"

SpRecord
sp_ledger_forget_migration(const char *extension, guint version)
{
    g_autoptr(GStrvBuilder) params = g_strv_builder_new();
    g_autofree char *number = g_strdup_printf("%u", version);
    g_strv_builder_add_many(params, extension, number, NULL);
    return sp_record_new("DELETE FROM public.extension_migrations "
                         "WHERE extension_id = $1 AND version = $2::integer",
                         g_strv_builder_end(params));
}

SpRecord
sp_ledger_forget_digests(const char *extension)
{
    g_autoptr(GStrvBuilder) params = g_strv_builder_new();
    g_strv_builder_add(params, extension);
    return sp_record_new("DELETE FROM public.extension_digests WHERE extension_id = $1",
                         g_strv_builder_end(params));
}

SpRecord
sp_ledger_correct_migration(const char *extension, const SpMigration *migration,
                            const char *checksum)
{
    g_autoptr(GStrvBuilder) params = g_strv_builder_new();
    g_autofree char *number = g_strdup_printf("%u", migration->version);
    g_autofree char *xxh64 = sp_checksum_xxh64(migration->sql);
    g_autofree char *sha256 = sp_checksum_sha256(migration->sql);
    g_strv_builder_add_many(params, xxh64, sha256, extension, number, checksum, NULL);
    return sp_record_new("UPDATE public.extension_migrations SET checksum = $1, sha256 = $2 "
                         "WHERE extension_id = $3 AND version = $4::integer AND checksum = $5",
                         g_strv_builder_end(params));
}

/* $1 the extension, $2 to $7 as in the table. */
static GStrvBuilder *
name_object(const char *extension, const SpObject *object)
{
    GStrvBuilder *params = g_strv_builder_new();
    g_autofree char *n_arguments = g_strdup_printf("%u", sp_object_count_arguments(object));
    g_strv_builder_add_many(params, extension, sp_kept_class_nick(object->class),
                            object->namespace_name, object->name,
                            object->parent ? object->parent : "", n_arguments, NULL);
    return params;
}

SpRecord
sp_ledger_adopt_object(const char *extension, const SpObject *object)
{
    g_autoptr(GStrvBuilder) params = name_object(extension, object);
    g_strv_builder_add_many(params, object->word, object->arguments ? object->arguments : "", NULL);
    return sp_record_new("INSERT INTO public.extension_objects (extension_id, action, class, "
                         "namespace_name, name, parent, n_arguments, word, arguments, is_kept) "
                         "VALUES ($1, 'own', $2, $3, $4, $5, $6::integer, $7, nullif($8, ''), "
                         "FALSE)",
                         g_strv_builder_end(params));
}

SpRecord
sp_ledger_give_up_object(const char *extension, const SpObject *object)
{
    g_autoptr(GStrvBuilder) params = name_object(extension, object);
    return sp_record_new("DELETE FROM public.extension_objects WHERE extension_id = $1 "
                         "AND action IN ('create', 'own') AND namespace_name = $3 "
                         "AND (class = $2 AND name = $4 AND parent = $5 "
                         "AND n_arguments = $6::integer OR $2 = 'relation' "
                         "AND class IN ('column', 'constraint') AND parent = $4)",
                         g_strv_builder_end(params));
}

static void
append_literal(GString *sql, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "'", -1);
    g_autofree char *doubled = g_strjoinv("''", parts);
    g_string_append_printf(sql, "'%s'", doubled);
}

char *
sp_record_to_sql(const SpRecord *record)
{
    GString *sql = g_string_new(NULL);
    for (const char *rest = record->command.sql; *rest != '\0';) {
        gboolean is_parameter = rest[0] == '$' && g_ascii_isdigit(rest[1]);
        if (is_parameter)
            append_literal(sql, record->params[g_ascii_digit_value(rest[1]) - 1]);
        else
            g_string_append_c(sql, *rest);
        rest += is_parameter ? 2 : 1;
    }
    return g_string_free(sql, FALSE);
}
