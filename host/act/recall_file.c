/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/recall_file.h"

#include "act/verdict_file.h"
#include "base/fd.h"
#include "edge/build_id.h"
#include "edge/scan.h"
#include "model/marks.h"

#define FILE_NAME "sp-host.read"

/* Action, class, word, namespace, name, parent, arguments, whether it is kept; where it stands. */
#define MARK_TYPE "(yysssmsmsbmsuu)"
/* Id, whether it is disabled, digest, marks. */
#define EXTENSION_TYPE "(sbsa" MARK_TYPE ")"
/* The build of the host, and the extensions. */
#define BODY_TYPE "(sa" EXTENSION_TYPE ")"

static SpMark *
mark_from(GVariant *tuple)
{
    guchar action, class;
    const char *word, *namespace_name, *name, *parent, *arguments, *source;
    SpMark *mark = g_new0(SpMark, 1);
    g_variant_get(tuple, "(yy&s&s&sm&sm&sbm&suu)", &action, &class, &word, &namespace_name, &name,
                  &parent, &arguments, &mark->is_kept, &source, &mark->line, &mark->column);
    mark->action = action;
    mark->object =
        sp_object_new(class, g_intern_string(word), namespace_name, name, parent, arguments);
    mark->source = g_strdup(source);
    return mark;
}

static void
take_extension(SpRecall *recall, GVariant *tuple)
{
    const char *id, *digest;
    gboolean is_disabled;
    g_autoptr(GVariant) marks = NULL;
    g_variant_get(tuple, "(&sb&s@a" MARK_TYPE ")", &id, &is_disabled, &digest, &marks);
    sp_recall_add(recall, id, digest, is_disabled);
    for (gsize i = 0; i < g_variant_n_children(marks); i++) {
        g_autoptr(GVariant) mark = g_variant_get_child_value(marks, i);
        sp_recall_add_mark(recall, id, mark_from(mark));
    }
}

SpRecall *
sp_recall_file_read(const char *directory)
{
    g_autofree char *build = sp_build_id();
    sp_autofd int fd = sp_directory_open_safe(directory, NULL);
    g_autoptr(GVariant) body =
        fd >= 0 ? sp_verdict_file_read(fd, FILE_NAME, G_VARIANT_TYPE(BODY_TYPE)) : NULL;
    if (body == NULL)
        return NULL;
    const char *writer;
    g_autoptr(GVariant) extensions = NULL;
    g_variant_get(body, "(&s@a" EXTENSION_TYPE ")", &writer, &extensions);
    if (g_strcmp0(writer, build) != 0)
        return NULL;
    SpRecall *recall = sp_recall_new();
    for (gsize i = 0; i < g_variant_n_children(extensions); i++) {
        g_autoptr(GVariant) extension = g_variant_get_child_value(extensions, i);
        take_extension(recall, extension);
    }
    return recall;
}

static void
add_marks(GVariantBuilder *builder, const GPtrArray *marks)
{
    for (guint i = 0; marks != NULL && i < marks->len; i++) {
        const SpMark *mark = g_ptr_array_index(marks, i);
        const SpObject *object = mark->object;
        g_variant_builder_add(builder, MARK_TYPE, (guchar)mark->action, (guchar)object->class,
                              object->word, object->namespace_name, object->name, object->parent,
                              object->arguments, mark->is_kept, mark->source, mark->line,
                              mark->column);
    }
}

static void
add_extension(GVariantBuilder *builder, const SpDeclared *declared, const SpPrepared *prepared,
              gboolean is_disabled)
{
    const SpExtension *extension = sp_prepared_get_extension(prepared);
    const char *id = sp_extension_get_id(extension);
    gboolean is_read = sp_prepared_is_read(prepared);
    g_autoptr(GPtrArray) made =
        is_read ? sp_marks_new(prepared, sp_declared_get_ownership(declared)) : NULL;
    g_variant_builder_open(builder, G_VARIANT_TYPE(EXTENSION_TYPE));
    g_variant_builder_add(builder, "s", id);
    g_variant_builder_add(builder, "b", is_disabled);
    g_variant_builder_add(builder, "s", sp_extension_get_digest(extension));
    g_variant_builder_open(builder, G_VARIANT_TYPE("a" MARK_TYPE));
    add_marks(builder, is_read ? made : sp_recall_get_marks(sp_declared_get_recall(declared), id));
    g_variant_builder_close(builder);
    g_variant_builder_close(builder);
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
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE(BODY_TYPE));
    g_variant_builder_add(&builder, "s", build);
    g_variant_builder_open(&builder, G_VARIANT_TYPE("a" EXTENSION_TYPE));
    for (guint i = 0; i < n; i++)
        add_extension(&builder, declared, sp_declared_get_prepared(declared, i), FALSE);
    for (guint i = 0; i < disabled->len; i++)
        add_extension(&builder, declared, g_ptr_array_index(disabled, i), TRUE);
    g_variant_builder_close(&builder);
    g_autoptr(GVariant) body = g_variant_ref_sink(g_variant_builder_end(&builder));
    sp_verdict_file_write(fd, FILE_NAME, body);
}
