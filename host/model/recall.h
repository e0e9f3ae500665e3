/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What a database remembers of the extensions that were installed into it, so that a boot reads the
 * SQL of those alone that changed. */
#pragma once

#include "model/extension.h"
#include "model/object.h"
#include "model/statement.h"

/** What the SQL of an extension does to one object: an own one that it creates, or a foreign one.
 */
typedef struct {
    SpAction action;
    SpObject *object;
    gboolean is_kept; /* made by a schema, so it has to be in the catalog from then on */
    char *source;
    guint line, column;
} SpMark;

void sp_mark_free(SpMark *mark);

typedef struct SpRecall SpRecall;

/** A database that remembers nothing. Fill it, then hand it on as const. */
SpRecall *sp_recall_new(void);
void sp_recall_free(SpRecall *recall);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpRecall, sp_recall_free)

/** @digest: sp_extension_get_digest() of what was installed */
void sp_recall_add(SpRecall *recall, const char *extension, const char *digest,
                   gboolean is_disabled);
/** Says that the ledger has rows of @extension. */
void sp_recall_set_has_ledger(SpRecall *recall, const char *extension);
/** Says that @extension has to be looked at: its ledger is not what the last install left, an
 * object is gone, a migration is half done. */
void sp_recall_set_unsettled(SpRecall *recall, const char *extension);
/** @mark: (transfer full) */
void sp_recall_add_mark(SpRecall *recall, const char *extension, SpMark *mark);

/** (transfer container) (element-type utf8): the ids of all extensions that are remembered, or have
 * rows in the ledger, in byte order. */
GList *sp_recall_get_extensions(const SpRecall *recall);
gboolean sp_recall_has_ledger(const SpRecall *recall, const char *extension);
/** Whether that very declaration was installed, and enabled. */
gboolean sp_recall_is_same(const SpRecall *recall, const SpExtension *extension);
/** Whether that very declaration was installed, enabled or disabled as it is now, nothing of its
 * ledger changed since and nothing of it is gone. */
gboolean sp_recall_is_settled(const SpRecall *recall, const SpExtension *extension,
                              gboolean is_disabled);
/** Whether it says what the extensions create, and not only that nothing changed. */
gboolean sp_recall_has_marks(const SpRecall *recall);
/** (nullable) (element-type SpMark) */
const GPtrArray *sp_recall_get_marks(const SpRecall *recall, const char *extension);
