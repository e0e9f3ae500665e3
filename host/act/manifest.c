/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/manifest.h"

#include "base/error.h"

#include <string.h>

struct SpManifest {
    GKeyFile *keys;
    char **lines; /* GKeyFile keeps no line numbers */
};

/* What checking needs at hand; lives on the stack of sp_manifest_new(). */
typedef struct {
    const SpManifest *manifest;
    const char *source;
    SpFindings *findings;
} Check;

typedef enum {
    VALUE_TEXT,
    VALUE_LITERAL,
    VALUE_LIST,
    VALUE_NUMBER,
    VALUE_FLAG,
    VALUE_SYMBOL
} ValueKind;

typedef struct {
    const char *group; /* SP_MANIFEST_SCHEMA_PREFIX stands for every group that begins so */
    const char *key;
    ValueKind kind;
} KeyRow;

static const KeyRow key_table[] = {
    {SP_MANIFEST_EXTENSION, "id", VALUE_LITERAL},
    {SP_MANIFEST_EXTENSION, "name", VALUE_LITERAL},
    {SP_MANIFEST_EXTENSION, "version", VALUE_LITERAL},
    {SP_MANIFEST_EXTENSION, "description", VALUE_TEXT},
    {SP_MANIFEST_EXTENSION, "license", VALUE_TEXT},
    {SP_MANIFEST_EXTENSION, "homepage", VALUE_TEXT},
    {SP_MANIFEST_EXTENSION, "config_group", VALUE_TEXT},
    {SP_MANIFEST_EXTENSION, "hooks", VALUE_SYMBOL},
    {SP_MANIFEST_EXTENSION, "validate_config", VALUE_SYMBOL},
    {SP_MANIFEST_EXTENSION, "priority", VALUE_NUMBER},
    {SP_MANIFEST_EXTENSION, "required", VALUE_FLAG},
    {SP_MANIFEST_EXTENSION, "dependencies", VALUE_LIST},
    {SP_MANIFEST_EXTENSION, "cross_extension_tables", VALUE_LIST},
    {SP_MANIFEST_EXTENSION, "schemas", VALUE_LIST},
    {SP_MANIFEST_SCHEMA_PREFIX, "table", VALUE_TEXT},
    {SP_MANIFEST_SCHEMA_PREFIX, "namespace", VALUE_TEXT},
    {SP_MANIFEST_SCHEMA_PREFIX, "required_columns", VALUE_LIST},
};

/* @error: (transfer full) */
static void
refuse(const Check *check, guint line, GError *error)
{
    sp_error_place(error, &(SpPlace){.source = check->source, .line = line});
    sp_findings_refuse(check->findings, error);
}

static gboolean
is_group_header(const char *line, const char *group)
{
    gsize length = strlen(group);
    return line[0] == '[' && strncmp(line + 1, group, length) == 0 && line[1 + length] == ']';
}

static gboolean
is_key_line(const char *line, const char *key)
{
    gsize length = strlen(key);
    const char *rest = line + length;
    return strncmp(line, key, length) == 0 && rest[strspn(rest, " \t")] == '=';
}

/* The line of the @nth (from 1) mention of a key; 0 when there are fewer. */
static guint
find_line(const SpManifest *manifest, const char *group, const char *key, guint nth)
{
    gboolean is_inside = FALSE;
    for (guint i = 0; manifest->lines[i] != NULL; i++) {
        const char *line = manifest->lines[i];
        gboolean is_match =
            key == NULL ? is_group_header(line, group) : is_inside && is_key_line(line, key);
        if (line[0] == '[')
            is_inside = is_group_header(line, group);
        if (is_match && --nth == 0)
            return i + 1;
    }
    return 0;
}

static const char *
group_kind(const char *group)
{
    return g_str_has_prefix(group, SP_MANIFEST_SCHEMA_PREFIX) ? SP_MANIFEST_SCHEMA_PREFIX : group;
}

static const KeyRow *
find_row(const char *group, const char *key)
{
    for (guint i = 0; i < G_N_ELEMENTS(key_table); i++) {
        const KeyRow *row = &key_table[i];
        if (g_str_equal(row->group, group_kind(group)) &&
            (key == NULL || g_str_equal(row->key, key)))
            return row;
    }
    return NULL;
}

/* These become string literals of an assembler directive that yields JSON: whatever one of the
 * three would read as more than itself stays out. */
static gboolean
is_literal(const char *text)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        if (*p == '"' || *p == '\\' || g_unichar_iscntrl(g_utf8_get_char(p)))
            return FALSE;
    }
    return TRUE;
}

/* An identifier of C; an empty value is as good as an absent one. */
static gboolean
is_symbol(const char *text)
{
    gboolean fits = !g_ascii_isdigit(*text);
    for (; fits && *text != '\0'; text++)
        fits = g_ascii_isalnum(*text) || *text == '_';
    return fits;
}

/* GKeyFile hands a text out although it complains of an escape in it. */
static gboolean
has_bad_escape(const Check *check, const KeyRow *row, const char *group)
{
    GKeyFile *keys = check->manifest->keys;
    g_autoptr(GError) error = NULL;
    if (row->kind == VALUE_LIST)
        g_strfreev(g_key_file_get_string_list(keys, group, row->key, NULL, &error));
    else
        g_free(g_key_file_get_string(keys, group, row->key, &error));
    return error != NULL;
}

/* (nullable): what is wrong with the value, as a sentence. */
static const char *
value_fault(const Check *check, const KeyRow *row, const char *group)
{
    if (has_bad_escape(check, row, group))
        return "A backslash may stand before s, n, t, r and another backslash only.";
    g_autofree char *text = sp_manifest_get_text(check->manifest, group, row->key);
    const char *value = text != NULL ? text : "";
    if (row->kind == VALUE_LITERAL && !is_literal(value))
        return "It may not hold quotation marks, backslashes or control characters.";
    if (row->kind == VALUE_SYMBOL && !is_symbol(value))
        return "It has to be the name of something that a C source of yours defines.";
    if (row->kind == VALUE_NUMBER &&
        !g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT32, NULL, NULL))
        return "It has to be a whole number from 0 to 4294967295.";
    if (row->kind == VALUE_FLAG && !g_str_equal(value, "true") && !g_str_equal(value, "false"))
        return "It has to be true or false.";
    return NULL;
}

static void
check_key(const Check *check, const char *group, const char *key)
{
    guint line = find_line(check->manifest, group, key, 1);
    const KeyRow *row = find_row(group, key);
    if (row == NULL) {
        refuse(check, line,
               sp_error_new(SP_ERROR_FOLDER, NULL, NULL, "unknown key \"%s\" in group \"%s\"", key,
                            group));
        return;
    }
    const char *fault = value_fault(check, row, group);
    if (fault != NULL)
        refuse(check, line,
               sp_error_new(SP_ERROR_FOLDER, fault, NULL, "value of \"%s\" does not fit", key));
}

/* Of a key that is given several times GKeyFile would take the last. */
static void
refuse_repetition(const Check *check, const char *group, const char *key, guint nth)
{
    refuse(check, find_line(check->manifest, group, key, nth),
           sp_error_new(SP_ERROR_FOLDER, NULL, "Join the values into one line.",
                        "key \"%s\" is given again in group \"%s\"", key, group));
}

static void
check_group(const Check *check, const char *group)
{
    if (find_row(group, NULL) == NULL) {
        refuse(check, find_line(check->manifest, group, NULL, 1),
               sp_error_new(SP_ERROR_FOLDER, NULL, "There are [extension] and [schema FILE.sql].",
                            "unknown group \"%s\"", group));
        return;
    }
    g_auto(GStrv) keys = g_key_file_get_keys(check->manifest->keys, group, NULL, NULL);
    for (guint i = 0; keys[i] != NULL; i++) {
        guint nth = 1;
        for (guint k = 0; k < i; k++)
            nth += g_str_equal(keys[k], keys[i]);
        if (nth == 1)
            check_key(check, group, keys[i]);
        else
            refuse_repetition(check, group, keys[i], nth);
    }
}

static char **
split_lines(const char *text)
{
    char **lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        g_strstrip(lines[i]);
    return lines;
}

SpManifest *
sp_manifest_new(const char *text, const char *source, SpFindings *findings)
{
    if (g_str_has_prefix(text, "\xEF\xBB\xBF"))
        text += 3;
    SpManifest *manifest = g_new0(SpManifest, 1);
    manifest->keys = g_key_file_new();
    manifest->lines = split_lines(text);

    Check check = {manifest, source, findings};
    g_autoptr(GError) error = NULL;
    /* Without KEEP_TRANSLATIONS the locale would decide which of "name[de]" is seen. */
    if (!g_key_file_load_from_data(manifest->keys, text, strlen(text), G_KEY_FILE_KEEP_TRANSLATIONS,
                                   &error))
        refuse(&check, 0,
               sp_error_new(SP_ERROR_FOLDER, error->message, NULL, "cannot read \"%s\"", source));
    g_auto(GStrv) groups = sp_manifest_get_groups(manifest);
    for (guint i = 0; groups[i] != NULL; i++)
        check_group(&check, groups[i]);
    return manifest;
}

void
sp_manifest_free(SpManifest *manifest)
{
    if (manifest == NULL)
        return;
    g_key_file_free(manifest->keys);
    g_strfreev(manifest->lines);
    g_free(manifest);
}

char *
sp_manifest_get_text(const SpManifest *manifest, const char *group, const char *key)
{
    g_autofree char *text = g_key_file_get_string(manifest->keys, group, key, NULL);
    if (text == NULL || *g_strstrip(text) == '\0')
        return NULL;
    return g_steal_pointer(&text);
}

char **
sp_manifest_get_list(const SpManifest *manifest, const char *group, const char *key)
{
    char **list = g_key_file_get_string_list(manifest->keys, group, key, NULL, NULL);
    if (list == NULL)
        return g_new0(char *, 1);
    for (guint i = 0; list[i] != NULL; i++)
        g_strstrip(list[i]);
    return list;
}

guint32
sp_manifest_get_number(const SpManifest *manifest, const char *group, const char *key,
                       guint32 fallback)
{
    g_autofree char *text = sp_manifest_get_text(manifest, group, key);
    guint64 number = fallback;
    if (text != NULL)
        g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &number, NULL);
    return (guint32)number;
}

gboolean
sp_manifest_get_flag(const SpManifest *manifest, const char *group, const char *key)
{
    g_autofree char *text = sp_manifest_get_text(manifest, group, key);
    return g_strcmp0(text, "true") == 0;
}

char **
sp_manifest_get_groups(const SpManifest *manifest)
{
    return g_key_file_get_groups(manifest->keys, NULL);
}

guint
sp_manifest_get_line(const SpManifest *manifest, const char *group, const char *key)
{
    return find_line(manifest, group, key, 1);
}
