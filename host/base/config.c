/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/config.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define EXTENSION_GROUP "extension "
#define MAX_SIZE (1024 * 1024)
#define SHA256_DIGITS 64
#define ROLE_PREFIX_MAX 20u

/* The first is how it is without the key. */
static const char *const on_refused_words[] = {"fail", "skip"};
static const char *const baseline_words[] = {"run", "stamp"};
static const char *const no_or_yes[] = {"no", "yes"};

struct SpConfig {
    char **plugin_dirs;
    char **disabled;
    char *cache_dir;
    gboolean skips_refused;
    SpTrust trust; /* its lists are owned here */
    char *conninfo;
    gboolean pool_is_session;
    guint load_timeout_ms;
    guint lock_wait_ms;
    guint lock_timeout_ms;
    guint lock_attempts;
    gboolean stamps_fresh;
    gboolean takes_newer_grammar;
    guint statement_timeout_ms;
    gboolean has_roles;
    char *role_prefix;
};

typedef struct KeyRow KeyRow;

/* Takes the text of one value into its member; FALSE with a sentence that says what the value must
 * be. */
typedef gboolean (*TakeFunc)(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule);

struct KeyRow {
    const char *group;
    const char *key;
    TakeFunc take;
    size_t offset;
    guint min, max;           /* of a number or a time in seconds */
    const char *const *words; /* of a choice: for FALSE and for TRUE */
};

/* (transfer full) (nullable): without the space around it; NULL for a wrong escape sequence. */
static char *
value_text(const KeyRow *row, GKeyFile *file)
{
    /* GLib gives a text even then, so the error decides. */
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_key_file_get_string(file, row->group, row->key, &error);
    return error == NULL ? g_strstrip(g_steal_pointer(&text)) : NULL;
}

static gboolean
take_whole(const KeyRow *row, GKeyFile *file, guint unit, gpointer member, char **out_rule)
{
    g_autofree char *text = value_text(row, file);
    guint64 number = 0;
    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, row->min, row->max, &number, NULL)) {
        *out_rule = g_strdup_printf("It must be a whole number %sfrom %u to %u.",
                                    unit == 1 ? "" : "of seconds ", row->min, row->max);
        return FALSE;
    }
    *(guint *)member = (guint)number * unit;
    return TRUE;
}

static gboolean
take_number(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    return take_whole(row, file, 1, member, out_rule);
}

static gboolean
take_seconds(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    return take_whole(row, file, 1000, member, out_rule);
}

static gboolean
take_list(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) items = g_key_file_get_string_list(file, row->group, row->key, NULL, &error);
    if (error != NULL) {
        *out_rule = g_strdup("It must be a list of texts, separated by semicolons.");
        return FALSE;
    }
    for (char **item = items; *item != NULL; item++)
        g_strstrip(*item);
    g_strfreev(*(char ***)member);
    *(char ***)member = g_steal_pointer(&items);
    return TRUE;
}

static gboolean
take_directories(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    if (!take_list(row, file, member, out_rule))
        return FALSE;
    for (char **item = *(char ***)member; *item != NULL; item++) {
        if (!g_path_is_absolute(*item)) {
            *out_rule = g_strdup("Every folder must be an absolute path.");
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
take_directory(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    g_autofree char *text = value_text(row, file);
    if (text == NULL || !g_path_is_absolute(text)) {
        *out_rule = g_strdup("The folder must be an absolute path.");
        return FALSE;
    }
    *(char **)member = g_steal_pointer(&text);
    return TRUE;
}

/* A hash with a slip of the pen would allow or deny nothing, in silence. */
static gboolean
take_hashes(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    if (!take_list(row, file, member, out_rule))
        return FALSE;
    for (char **item = *(char ***)member; *item != NULL; item++) {
        for (char *digit = *item; *digit != '\0'; digit++)
            *digit = g_ascii_tolower(*digit);
        if (strlen(*item) != SHA256_DIGITS || strspn(*item, "0123456789abcdef") != SHA256_DIGITS) {
            *out_rule = g_strdup("A SHA-256 has 64 hexadecimal digits.");
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
take_text(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    g_autofree char *text = value_text(row, file);
    if (text == NULL) {
        *out_rule = g_strdup("A backslash in it must be written twice.");
        return FALSE;
    }
    if (text[0] != '\0')
        *(char **)member = g_steal_pointer(&text);
    return TRUE;
}

/* Role names end up in SQL, and those that begin with "pg_" are PostgreSQL's. */
static gboolean
take_role_prefix(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    static const char *const letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
    g_autofree char *text = value_text(row, file);
    gsize length = text != NULL ? strlen(text) : 0;
    if (length < 1 || length > ROLE_PREFIX_MAX || strspn(text, letters) != length ||
        g_ascii_isdigit(text[0]) || g_str_has_prefix(text, "pg_")) {
        *out_rule = g_strdup_printf("It has 1 to %u characters a-z, 0-9 and \"_\", and begins with "
                                    "neither a digit nor \"pg_\".",
                                    ROLE_PREFIX_MAX);
        return FALSE;
    }
    g_free(*(char **)member);
    *(char **)member = g_steal_pointer(&text);
    return TRUE;
}

static gboolean
take_pool_mode(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    g_autofree char *text = value_text(row, file);
    if (g_strcmp0(text, "session") != 0) {
        *out_rule = g_strdup("The only mode of a pool that can be used is \"session\".");
        return FALSE;
    }
    *(gboolean *)member = TRUE;
    return TRUE;
}

static gboolean
take_choice(const KeyRow *row, GKeyFile *file, gpointer member, char **out_rule)
{
    g_autofree char *text = value_text(row, file);
    gboolean is_second = g_strcmp0(text, row->words[1]) == 0;
    if (!is_second && g_strcmp0(text, row->words[0]) != 0) {
        *out_rule = g_strdup_printf("It is \"%s\" or \"%s\".", row->words[0], row->words[1]);
        return FALSE;
    }
    *(gboolean *)member = is_second;
    return TRUE;
}

#define DAY_S (24 * 60 * 60)
#define MEMBER(name) offsetof(SpConfig, name)

static const KeyRow key_table[] = {
    {"plugins", "directories", take_directories, MEMBER(plugin_dirs)},
    {"plugins", "disabled", take_list, MEMBER(disabled)},
    {"plugins", "load_timeout", take_seconds, MEMBER(load_timeout_ms), 1, 3600},
    {"plugins", "cache_dir", take_directory, MEMBER(cache_dir)},
    {"plugins", "on_refused", take_choice, MEMBER(skips_refused), .words = on_refused_words},
    {"trust", "keys", take_list, MEMBER(trust.keys)},
    {"trust", "require_signature", take_choice, MEMBER(trust.requires_signature),
     .words = no_or_yes},
    {"trust", "allow_ids", take_list, MEMBER(trust.allow_ids)},
    {"trust", "deny_ids", take_list, MEMBER(trust.deny_ids)},
    {"trust", "allow_sha256", take_hashes, MEMBER(trust.allow_sha256)},
    {"trust", "deny_sha256", take_hashes, MEMBER(trust.deny_sha256)},
    {"database", "conninfo", take_text, MEMBER(conninfo)},
    {"database", "pool_mode", take_pool_mode, MEMBER(pool_is_session)},
    {"install", "baseline", take_choice, MEMBER(stamps_fresh), .words = baseline_words},
    {"install", "lock_attempts", take_number, MEMBER(lock_attempts), 1, 100},
    {"install", "lock_timeout", take_seconds, MEMBER(lock_timeout_ms), 0, DAY_S},
    {"install", "lock_wait", take_seconds, MEMBER(lock_wait_ms), 0, DAY_S},
    {"install", "newer_grammar", take_choice, MEMBER(takes_newer_grammar), .words = no_or_yes},
    {"install", "role_prefix", take_role_prefix, MEMBER(role_prefix)},
    {"install", "roles", take_choice, MEMBER(has_roles), .words = no_or_yes},
    {"install", "statement_timeout", take_seconds, MEMBER(statement_timeout_ms), 0, DAY_S},
};

static const KeyRow *
find_row(const char *group, const char *key)
{
    for (guint i = 0; i < G_N_ELEMENTS(key_table); i++) {
        gboolean same_key = key == NULL || g_str_equal(key_table[i].key, key);
        if (same_key && g_str_equal(key_table[i].group, group))
            return &key_table[i];
    }
    return NULL;
}

static gboolean
take_group(SpConfig *config, GKeyFile *file, const char *group, GError **error)
{
    gboolean is_extension =
        g_str_has_prefix(group, EXTENSION_GROUP) && group[strlen(EXTENSION_GROUP)] != '\0';
    if (is_extension)
        return TRUE;
    if (find_row(group, NULL) == NULL)
        return sp_error_set(error, SP_ERROR_CONFIGURATION,
                            "The groups are [plugins], [trust], [database], [install] and "
                            "[extension ID].",
                            NULL, "there is no group \"%s\" in the configuration", group);
    g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);
    for (char **key = keys; *key != NULL; key++) {
        const KeyRow *row = find_row(group, *key);
        g_autofree char *rule = NULL;
        if (row == NULL)
            return sp_error_set(error, SP_ERROR_CONFIGURATION, NULL, NULL,
                                "there is no key \"%s\" in group \"%s\" of the configuration", *key,
                                group);
        if (!row->take(row, file, G_STRUCT_MEMBER_P(config, row->offset), &rule))
            return sp_error_set(error, SP_ERROR_CONFIGURATION, rule, NULL,
                                "cannot use the value of \"%s\" in group \"%s\"", *key, group);
    }
    return TRUE;
}

static gboolean
take_groups(SpConfig *config, GKeyFile *file, GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    for (char **group = groups; *group != NULL; group++) {
        if (!take_group(config, file, *group, error))
            return FALSE;
    }
    const SpTrust *trust = &config->trust;
    if (!trust->requires_signature || (trust->keys != NULL && trust->keys[0] != NULL))
        return TRUE;
    return sp_error_set(error, SP_ERROR_CONFIGURATION, "No plugin at all could be accepted.",
                        "Give the public keys in \"keys\" of group \"trust\".",
                        "\"require_signature\" needs keys to verify signatures with");
}

/* The first line up to which the text cannot be parsed. GLib names the line only by its content,
 * which may be secret. */
static guint
find_bad_line(const char *text)
{
    guint line = 1;
    for (const char *end = text; (end = strchr(end, '\n')) != NULL; end++, line++) {
        g_autoptr(GKeyFile) file = g_key_file_new();
        if (!g_key_file_load_from_data(file, text, (gsize)(end - text), G_KEY_FILE_NONE, NULL) &&
            end > text)
            break;
    }
    return line;
}

static gboolean
parse(SpConfig *config, const char *text, gsize length, GError **error)
{
    if (!g_utf8_validate_len(text, length, NULL))
        return sp_error_set(error, SP_ERROR_CONFIGURATION, NULL, NULL,
                            "the configuration is not UTF-8 text");
    g_autoptr(GKeyFile) file = g_key_file_new();
    /* Translations are kept so that "key[de]" is refused like any other key that does not exist. */
    GKeyFileFlags flags = G_KEY_FILE_KEEP_TRANSLATIONS;
    if (length == 0 || g_key_file_load_from_data(file, text, length, flags, NULL))
        return take_groups(config, file, error);
    const SpPlace place = {.line = find_bad_line(text)};
    g_autoptr(GError) refusal =
        sp_error_new(SP_ERROR_CONFIGURATION, "A line is a [group], a key=value or a #comment.",
                     NULL, "cannot read line %u of the configuration", place.line);
    sp_error_place(refusal, &place);
    g_propagate_error(error, g_steal_pointer(&refusal));
    return FALSE;
}

static gboolean
read_text(const char *path, struct stat *out_stat, char **out_text, gsize *out_length,
          GError **error)
{
    g_autoptr(GError) reason = NULL;
    if (stat(path, out_stat) != 0)
        return sp_error_set(error, SP_ERROR_CONFIGURATION, g_strerror(errno), NULL,
                            "could not read configuration \"%s\"", path);
    if (!S_ISREG(out_stat->st_mode) || out_stat->st_size > MAX_SIZE)
        return sp_error_set(error, SP_ERROR_CONFIGURATION,
                            "It must be a regular file of at most 1 MiB.", NULL,
                            "cannot read configuration \"%s\"", path);
    return g_file_get_contents(path, out_text, out_length, &reason) ||
           sp_error_set(error, SP_ERROR_CONFIGURATION, reason->message, NULL,
                        "could not read configuration \"%s\"", path);
}

static gboolean
read_file(SpConfig *config, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    struct stat facts;
    if (!read_text(path, &facts, &text, &length, error) || !parse(config, text, length, error))
        return FALSE;
    if (config->conninfo == NULL || (facts.st_mode & S_IROTH) == 0)
        return TRUE;
    return sp_error_set(error, SP_ERROR_PERMISSION,
                        "It holds a connection string, and everybody may read it.",
                        "Take the right to read away from others: chmod o-r.",
                        "cannot trust configuration \"%s\"", path);
}

static SpConfig *
config_new(void)
{
    SpConfig *config = g_new0(SpConfig, 1);
    config->plugin_dirs = g_new0(char *, 1);
    config->disabled = g_new0(char *, 1);
    config->load_timeout_ms = 5000;
    config->lock_wait_ms = 60000;
    config->lock_timeout_ms = 5000;
    config->lock_attempts = 6;
    config->role_prefix = g_strdup("sp_");
    return config;
}

SpConfig *
sp_config_read(const char *path, GError **error)
{
    g_autoptr(SpConfig) config = config_new();
    if (path == NULL && !g_file_test(SP_DEFAULT_CONFIG, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&config);
    g_autoptr(GError) refusal = NULL;
    const SpPlace place = {.path = path ? path : SP_DEFAULT_CONFIG};
    if (read_file(config, place.path, &refusal))
        return g_steal_pointer(&config);
    sp_error_place(refusal, &place);
    g_propagate_error(error, g_steal_pointer(&refusal));
    return NULL;
}

void
sp_config_free(SpConfig *config)
{
    if (config == NULL)
        return;
    g_strfreev(config->plugin_dirs);
    g_strfreev(config->disabled);
    g_free(config->cache_dir);
    const char *const *lists[] = {config->trust.keys, config->trust.allow_ids,
                                  config->trust.deny_ids, config->trust.allow_sha256,
                                  config->trust.deny_sha256};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        g_strfreev((char **)lists[i]);
    g_free(config->conninfo);
    g_free(config->role_prefix);
    g_free(config);
}

const char *const *
sp_config_get_plugin_dirs(const SpConfig *config)
{
    return (const char *const *)config->plugin_dirs;
}

const char *const *
sp_config_get_disabled(const SpConfig *config)
{
    return (const char *const *)config->disabled;
}

const char *
sp_config_get_cache_dir(const SpConfig *config)
{
    return config->cache_dir;
}

gboolean
sp_config_get_skips_refused(const SpConfig *config)
{
    return config->skips_refused;
}

const SpTrust *
sp_config_get_trust(const SpConfig *config)
{
    return &config->trust;
}

const char *
sp_config_get_conninfo(const SpConfig *config)
{
    return config->conninfo;
}

gboolean
sp_config_get_pool_is_session(const SpConfig *config)
{
    return config->pool_is_session;
}

guint
sp_config_get_load_timeout_ms(const SpConfig *config)
{
    return config->load_timeout_ms;
}

guint
sp_config_get_lock_wait_ms(const SpConfig *config)
{
    return config->lock_wait_ms;
}

guint
sp_config_get_lock_timeout_ms(const SpConfig *config)
{
    return config->lock_timeout_ms;
}

guint
sp_config_get_lock_attempts(const SpConfig *config)
{
    return config->lock_attempts;
}

gboolean
sp_config_get_stamps_fresh(const SpConfig *config)
{
    return config->stamps_fresh;
}

gboolean
sp_config_get_takes_newer_grammar(const SpConfig *config)
{
    return config->takes_newer_grammar;
}

guint
sp_config_get_statement_timeout_ms(const SpConfig *config)
{
    return config->statement_timeout_ms;
}

const char *
sp_config_get_role_prefix(const SpConfig *config)
{
    return config->has_roles ? config->role_prefix : NULL;
}
