/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/ledger_edit.h"

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
