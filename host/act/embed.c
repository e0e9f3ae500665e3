/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/embed.h"

#include <string.h>

/* Characters beyond ASCII that a reader cannot see, or that a compiler warns of since they turn the
 * writing direction. A list of our own, so that the output does not depend on the Unicode version
 * of a library. */
static const struct {
    gunichar first, last;
} invisible[] = {
    {0x80, 0x9F},     {0x61C, 0x61C},   {0x200B, 0x200F},
    {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF},
};

static gboolean
is_visible(gunichar c)
{
    if (c < 0x20 || c == 0x7F)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(invisible); i++) {
        if (c >= invisible[i].first && c <= invisible[i].last)
            return FALSE;
    }
    return TRUE;
}

/* Octal escapes have three digits at most, so unlike hexadecimal ones they end where they should.
 */
static void
append_octal(GString *out, const char *p, const char *end)
{
    for (; p < end; p++)
        g_string_append_printf(out, "\\%03o", (guchar)*p);
}

static void
append_character(GString *out, const char *p, const char *end, char before)
{
    static const char plain[] = "\n\t\"\\";
    static const char *const escapes[] = {"\\n", "\\t", "\\\"", "\\\\"};
    const char *escape = strchr(plain, *p);
    gboolean is_trigraph = before == '?' && *p == '?';
    if (escape != NULL)
        g_string_append(out, escapes[escape - plain]);
    else if (is_trigraph || !is_visible(g_utf8_get_char(p)))
        append_octal(out, p, end);
    else
        g_string_append_len(out, p, end - p);
}

/* Appends @text as string literals, one a line of the text, each after the first on a line of its
 * own with @indent. */
static void
append_literal(GString *out, const char *text, const char *indent)
{
    g_string_append_c(out, '"');
    char before = '\0';
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        if (before == '\n')
            g_string_append_printf(out, "\"\n%s\"", indent);
        append_character(out, p, g_utf8_next_char(p), before);
        before = *p;
    }
    g_string_append_c(out, '"');
}

/* One member of an item in an array; nothing when @text is NULL. */
static void
append_member(GString *out, const char *member, const char *text)
{
    if (text == NULL)
        return;
    const char *indent = "            ";
    g_string_append_printf(out, "        .%s =", member);
    g_string_append_printf(out, strchr(text, '\n') != NULL ? "\n%s" : " ", indent);
    append_literal(out, text, indent);
    g_string_append(out, ",\n");
}

/* An array of strings and its name; nothing when it would be empty. */
static void
append_strings(GString *out, const char *name, const char *const *strings)
{
    if (strings[0] == NULL)
        return;
    g_string_append_printf(out, "static const char *const %s[] = {\n", name);
    for (guint i = 0; strings[i] != NULL; i++) {
        g_string_append(out, "    ");
        append_literal(out, strings[i], "    ");
        g_string_append(out, ",\n");
    }
    g_string_append(out, "};\n\n");
}

static void
append_dependency(GString *out, const SpExtension *extension, guint index)
{
    const SpDependency *dependency = sp_extension_get_dependency(extension, index);
    append_member(out, "id", dependency->id);
    append_member(out, "version_range", dependency->version_range);
    if (dependency->is_optional)
        g_string_append(out, "        .flags = SP_DEPENDENCY_OPTIONAL,\n");
}

static void
append_schema(GString *out, const SpExtension *extension, guint index)
{
    const SpSchema *schema = sp_extension_get_schema(extension, index);
    append_member(out, "table", schema->table);
    if (!g_str_equal(schema->namespace_name, "public"))
        append_member(out, "namespace_name", schema->namespace_name);
    append_member(out, "sql", schema->sql);
    if (schema->required_columns[0] != NULL)
        g_string_append_printf(out, "        .required_columns = SP_LIST(required_columns_%u),\n",
                               index + 1);
    append_member(out, "source", schema->source);
}

/* In one line, since a range of them can be long. */
static void
append_tombstone(GString *out, const SpMigration *tombstone)
{
    g_string_append_printf(out, "        .version = %u, .flags = SP_MIGRATION_TOMBSTONE, .name = ",
                           tombstone->version);
    append_literal(out, tombstone->name, "");
    g_string_append(out, ", .source = ");
    append_literal(out, tombstone->source, "");
    g_string_append(out, ",\n");
}

static void
append_migration(GString *out, const SpExtension *extension, guint index)
{
    const SpMigration *migration = sp_extension_get_migration(extension, index);
    if (migration->is_tombstone) {
        append_tombstone(out, migration);
        return;
    }
    g_string_append_printf(out, "        .version = %u,\n", migration->version);
    if (!migration->is_transactional)
        g_string_append(out, "        .flags = SP_MIGRATION_NO_TRANSACTION,\n");
    append_member(out, "name", migration->name);
    append_member(out, "sql", migration->sql);
    append_member(out, "down_sql", migration->down_sql);
    append_member(out, "source", migration->source);
    if (migration->down_sql != NULL)
        append_member(out, "down_source", migration->down_source);
}

static void
append_seed(GString *out, const SpExtension *extension, guint index)
{
    const SpSeed *seed = sp_extension_get_seed(extension, index);
    append_member(out, "id", seed->id);
    append_member(out, "sql", seed->sql);
    append_member(out, "source", seed->source);
}

static void
append_retirement(GString *out, const SpExtension *extension, guint index)
{
    const SpRetirement *retirement = sp_extension_get_retirement(extension, index);
    append_member(out, "sql", retirement->sql);
    append_member(out, "source", retirement->source);
}

/* The arrays of items, in the order of the vtable's members of the same name. */
static const struct {
    const char *type;
    const char *name;
    guint (*get_count)(const SpExtension *extension);
    void (*append_item)(GString *out, const SpExtension *extension, guint index);
} array_table[] = {
    {"sp_dependency", "dependencies", sp_extension_get_n_dependencies, append_dependency},
    {"sp_schema", "schemas", sp_extension_get_n_schemas, append_schema},
    {"sp_migration", "migrations", sp_extension_get_n_migrations, append_migration},
    {"sp_seed", "seeds", sp_extension_get_n_seeds, append_seed},
    {"sp_retirement", "retirements", sp_extension_get_n_retirements, append_retirement},
};

static void
append_arrays(GString *out, const SpExtension *extension)
{
    for (guint i = 0; i < G_N_ELEMENTS(array_table); i++) {
        guint count = array_table[i].get_count(extension);
        if (count == 0)
            continue;
        g_string_append_printf(out, "static const struct %s %s[] = {\n", array_table[i].type,
                               array_table[i].name);
        for (guint k = 0; k < count; k++) {
            g_string_append(out, "    {\n");
            array_table[i].append_item(out, extension, k);
            g_string_append(out, "    },\n");
        }
        g_string_append(out, "};\n\n");
    }
}

static void
append_required_columns(GString *out, const SpExtension *extension)
{
    for (guint i = 0; i < sp_extension_get_n_schemas(extension); i++) {
        g_autofree char *name = g_strdup_printf("required_columns_%u", i + 1);
        append_strings(out, name, sp_extension_get_schema(extension, i)->required_columns);
    }
}

/* One argument of SP_EXTENSION(); nothing when @text is NULL. */
static void
append_argument(GString *out, const char *member, const char *text)
{
    if (text == NULL)
        return;
    g_string_append_printf(out, ",\n    .%s = ", member);
    append_literal(out, text, "    ");
}

/* What the author's own source defines, and the linker brings together with this one. */
static void
append_symbols(GString *out, const SpFolderSymbols *symbols)
{
    if (symbols->hooks != NULL)
        g_string_append_printf(out, "extern const struct sp_hooks %s;\n\n", symbols->hooks);
    if (symbols->validate_config != NULL)
        g_string_append_printf(out,
                               "int32_t %s(const struct sp_setting *settings, uint64_t count,\n"
                               "    struct sp_problem *problem);\n\n",
                               symbols->validate_config);
}

static void
append_vtable(GString *out, const SpExtension *extension, const SpFolderSymbols *symbols)
{
    g_string_append(out, "SP_EXTENSION(");
    append_literal(out, sp_extension_get_id(extension), "");
    g_string_append(out, ", ");
    append_literal(out, sp_extension_get_name(extension), "");
    g_string_append(out, ", ");
    append_literal(out, sp_extension_get_version(extension), "");
    /* C99 wants at least one more argument, so this one is written also when it is the default. */
    g_string_append_printf(out, ",\n    .priority = %u", sp_extension_get_priority(extension));
    if (sp_extension_is_required(extension))
        g_string_append(out, ",\n    .flags = SP_EXTENSION_REQUIRED");
    append_argument(out, "description", sp_extension_get_description(extension));
    append_argument(out, "license", sp_extension_get_license(extension));
    append_argument(out, "homepage", sp_extension_get_homepage(extension));
    append_argument(out, "config_group", sp_extension_get_config_group(extension));
    if (symbols->validate_config != NULL)
        g_string_append_printf(out, ",\n    .validate_config = %s", symbols->validate_config);
    if (symbols->hooks != NULL)
        g_string_append_printf(out, ",\n    .hooks = &%s", symbols->hooks);
    for (guint i = 0; i < G_N_ELEMENTS(array_table); i++) {
        if (array_table[i].get_count(extension) > 0)
            g_string_append_printf(out, ",\n    .%s = SP_LIST(%s)", array_table[i].name,
                                   array_table[i].name);
    }
    if (sp_extension_get_cross_tables(extension)[0] != NULL)
        g_string_append(out, ",\n    .cross_extension_tables = SP_LIST(cross_extension_tables)");
    g_string_append(out, ")\n");
}

char *
sp_embed_c_source(const SpExtension *extension, const SpFolderSymbols *symbols)
{
    GString *out = g_string_new(
        "/* Made by \"sp-host embed\". Change the SQL that it was made of, not this. */\n");
    /* A host that knows no retirements would leave them out in silence. */
    if (sp_extension_get_n_retirements(extension) > 0)
        g_string_append(out, "#define SP_ABI_MIN_MINOR 1\n");
    g_string_append(out, "#include <sp/extension.h>\n\n"
                         "/* C99 promises 4095 characters a literal; the SQL may be longer. */\n"
                         "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n");
    append_required_columns(out, extension);
    append_arrays(out, extension);
    append_strings(out, "cross_extension_tables", sp_extension_get_cross_tables(extension));
    append_symbols(out, symbols);
    append_vtable(out, extension, symbols);
    return g_string_free(out, FALSE);
}
