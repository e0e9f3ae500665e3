/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/note.h"

#include "base/error.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define LENGTH_MAX (64u << 10)
#define DEPTH_MAX 16

static gboolean
refuse(GError **error, const char *detail)
{
    return sp_error_set(error, SP_ERROR_NOTE, detail, "Write the note with SP_EXTENSION_NOTE().",
                        "the ELF note of the plugin is malformed");
}

/* The parser recurses, so a note of nothing but brackets would overflow the host's stack. Brackets
 * in texts count too: no honest note comes near the limit. */
static gboolean
is_shallow(const char *json, gsize length)
{
    gint depth = 0;
    for (gsize i = 0; i < length && depth <= DEPTH_MAX; i++)
        depth += (json[i] == '[' || json[i] == '{') - (json[i] == ']' || json[i] == '}');
    return depth <= DEPTH_MAX;
}

static gboolean
read_text(JsonObject *object, const char *key, char **out_text)
{
    JsonNode *node = json_object_get_member(object, key);
    if (node == NULL || json_node_get_value_type(node) != G_TYPE_STRING)
        return FALSE;
    *out_text = json_node_dup_string(node);
    return TRUE;
}

static gboolean
read_number(JsonObject *object, const char *key, guint *out_number)
{
    JsonNode *node = json_object_get_member(object, key);
    if (node == NULL || json_node_get_value_type(node) != G_TYPE_INT64)
        return FALSE;
    gint64 number = json_node_get_int(node);
    *out_number = (guint)number;
    return number >= 0 && number <= G_MAXUINT32;
}

static JsonObject *
as_object(JsonNode *node)
{
    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static gboolean
read_members(JsonObject *note, SpElfFacts *facts)
{
    JsonObject *abi = note != NULL ? as_object(json_object_get_member(note, "abi")) : NULL;
    return abi != NULL && read_text(note, "id", &facts->id) &&
           read_text(note, "name", &facts->name) && read_text(note, "version", &facts->version) &&
           read_number(abi, "major", &facts->note_major) &&
           read_number(abi, "minor", &facts->note_minor) &&
           read_number(abi, "min_minor", &facts->note_min_minor);
}

static gboolean
skip(const char **at, const char *end, const char *words)
{
    gsize length = strlen(words);
    if ((gsize)(end - *at) < length || memcmp(*at, words, length) != 0)
        return FALSE;
    *at += length;
    return TRUE;
}

/* Up to the closing quote, if nothing in it needs to be decoded. */
static gboolean
take_text(const char **at, const char *end, const char **out_start, gsize *out_length)
{
    const char *start = *at;
    while (*at < end && **at != '"' && **at != '\\' && (guint8) * *at >= ' ')
        (*at)++;
    *out_start = start;
    *out_length = (gsize)(*at - start);
    return *at < end && **at == '"';
}

static gboolean
take_number(const char **at, const char *end, guint *out_number)
{
    const char *start = *at;
    guint64 number = 0;
    for (; *at < end && g_ascii_isdigit(**at) && *at - start < 10; (*at)++)
        number = number * 10 + (guint64)(**at - '0');
    *out_number = (guint)number;
    return *at > start && (*start != '0' || *at == start + 1) && number <= G_MAXUINT32;
}

/* A general reader of JSON takes four times as long as all else that a listing does with a file,
 * and notes are what one macro writes: byte for byte this. */
static gboolean
read_as_written(const char *json, gsize length, SpElfFacts *facts)
{
    const char *at = json, *end = json + length, *texts[3];
    gsize lengths[3];
    SpElfFacts found = {0};
    if (!skip(&at, end, "{\"id\":\"") || !take_text(&at, end, &texts[0], &lengths[0]) ||
        !skip(&at, end, "\",\"name\":\"") || !take_text(&at, end, &texts[1], &lengths[1]) ||
        !skip(&at, end, "\",\"version\":\"") || !take_text(&at, end, &texts[2], &lengths[2]) ||
        !skip(&at, end, "\",\"abi\":{\"major\":") || !take_number(&at, end, &found.note_major) ||
        !skip(&at, end, ",\"minor\":") || !take_number(&at, end, &found.note_minor) ||
        !skip(&at, end, ",\"min_minor\":") || !take_number(&at, end, &found.note_min_minor) ||
        !skip(&at, end, "}}") || at != end)
        return FALSE;
    facts->id = g_strndup(texts[0], lengths[0]);
    facts->name = g_strndup(texts[1], lengths[1]);
    facts->version = g_strndup(texts[2], lengths[2]);
    facts->note_major = found.note_major;
    facts->note_minor = found.note_minor;
    facts->note_min_minor = found.note_min_minor;
    facts->has_note = TRUE;
    return TRUE;
}

gboolean
sp_note_parse(const char *json, gsize length, SpElfFacts *facts, GError **error)
{
    g_return_val_if_fail(json != NULL && facts != NULL, FALSE);
    if (length > LENGTH_MAX)
        return refuse(error, "It has more than 64 KiB.");
    if (!g_utf8_validate(json, (gssize)length, NULL))
        return refuse(error, "It is not UTF-8.");
    if (read_as_written(json, length, facts))
        return TRUE;
    if (!is_shallow(json, length))
        return refuse(error, "Its JSON is nested too deeply.");
    g_autoptr(GError) cause = NULL;
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    if (!json_parser_load_from_data(parser, json, (gssize)length, &cause))
        return refuse(error, cause->message);
    if (!read_members(as_object(json_parser_get_root(parser)), facts))
        return refuse(error, "It needs the texts id, name and version, and abi with the whole "
                             "numbers major, minor and min_minor.");
    facts->has_note = TRUE;
    return TRUE;
}
