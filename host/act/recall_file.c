/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/recall_file.h"

#include "act/verdict_file.h"
#include "base/fd.h"
#include "base/wire.h"
#include "edge/build_id.h"
#include "edge/scan.h"
#include "model/marks.h"

#define FILE_NAME "sp-host.read"

/* (nullable): what a wire of put_mark() says */
static SpMark *
get_mark(SpWire *wire)
{
    guint32 action = sp_wire_get_number(wire);
    guint32 class = sp_wire_get_number(wire);
    const char *texts[6];
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        texts[i] = sp_wire_get_text(wire);
    gboolean is_kept = sp_wire_get_flag(wire);
    guint32 line = sp_wire_get_number(wire);
    guint32 column = sp_wire_get_number(wire);
    if (wire->is_broken)
        return NULL;
    SpMark *mark = g_new0(SpMark, 1);
    mark->action = action;
    mark->object =
        sp_object_new(class, g_intern_string(texts[0]), texts[1], texts[2], texts[3], texts[4]);
    mark->is_kept = is_kept;
    mark->source = g_strdup(texts[5]);
    mark->line = line;
    mark->column = column;
    return mark;
}

static void
take_extension(SpRecall *recall, SpWire *wire)
{
    const char *id = sp_wire_get_text(wire);
    gboolean is_disabled = sp_wire_get_flag(wire);
    const char *digest = sp_wire_get_text(wire);
    guint32 n = sp_wire_get_count(wire);
    if (wire->is_broken)
        return;
    sp_recall_add(recall, id, digest, is_disabled);
    for (guint32 i = 0; i < n && !wire->is_broken; i++) {
        SpMark *mark = get_mark(wire);
        if (mark != NULL)
            sp_recall_add_mark(recall, id, mark);
    }
}

SpRecall *
sp_recall_file_read(const char *directory)
{
    g_autofree char *build = sp_build_id();
    sp_autofd int fd = sp_directory_open_safe(directory, NULL);
    g_autoptr(GBytes) body = fd >= 0 ? sp_verdict_file_read(fd, FILE_NAME) : NULL;
    if (body == NULL)
        return NULL;
    SpWire wire = sp_wire(body);
    if (g_strcmp0(sp_wire_get_text(&wire), build) != 0)
        return NULL;
    g_autoptr(SpRecall) recall = sp_recall_new();
    guint32 n = sp_wire_get_count(&wire);
    for (guint32 i = 0; i < n && !wire.is_broken; i++)
        take_extension(recall, &wire);
    return sp_wire_is_read(&wire) ? g_steal_pointer(&recall) : NULL;
}

static void
put_marks(GByteArray *bytes, const GPtrArray *marks)
{
    sp_wire_put_number(bytes, marks != NULL ? marks->len : 0);
    for (guint i = 0; marks != NULL && i < marks->len; i++) {
        const SpMark *mark = g_ptr_array_index(marks, i);
        const SpObject *object = mark->object;
        const char *const texts[] = {object->word,   object->namespace_name, object->name,
                                     object->parent, object->arguments,      mark->source};
        sp_wire_put_number(bytes, mark->action);
        sp_wire_put_number(bytes, object->class);
        for (guint text = 0; text < G_N_ELEMENTS(texts); text++)
            sp_wire_put_text(bytes, texts[text]);
        sp_wire_put_number(bytes, mark->is_kept);
        sp_wire_put_number(bytes, mark->line);
        sp_wire_put_number(bytes, mark->column);
    }
}

static void
put_extension(GByteArray *bytes, const SpDeclared *declared, const SpPrepared *prepared,
              gboolean is_disabled)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const char *id = sp_extension_get_id(extension);
    gboolean is_read = sp_prepared_is_read(prepared);
    g_autoptr(GPtrArray) made =
        is_read ? sp_marks_new(prepared, sp_declared_get_ownership(declared)) : NULL;
    sp_wire_put_text(bytes, id);
    sp_wire_put_number(bytes, is_disabled);
    sp_wire_put_text(bytes, sp_extension_get_digest(extension));
    put_marks(bytes, is_read ? made : sp_recall_get_marks(sp_declared_get_recall(declared), id));
}

static gboolean
is_clean(const SpDeclared *declared)
{
    const SpFindings *findings = sp_declared_get_findings(declared);
    return sp_findings_refusals(findings)->len == 0 && sp_findings_warnings(findings)->len == 0;
}

void
sp_recall_file_write(const char *directory, const SpDeclared *declared)
{
    g_autofree char *build = sp_build_id();
    sp_autofd int fd = sp_directory_open_safe(directory, NULL);
    if (build == NULL || fd < 0 || !is_clean(declared))
        return;
    const GPtrArray *disabled = sp_declared_get_disabled(declared);
    guint n = sp_registry_get_n(sp_declared_get_registry(declared));
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    sp_wire_put_text(bytes, build);
    sp_wire_put_number(bytes, n + disabled->len);
    for (guint i = 0; i < n; i++)
        put_extension(bytes, declared, sp_declared_get_prepared(declared, i), FALSE);
    for (guint i = 0; i < disabled->len; i++)
        put_extension(bytes, declared, g_ptr_array_index(disabled, i), TRUE);
    g_autoptr(GBytes) body = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    sp_verdict_file_write(fd, FILE_NAME, body);
}
