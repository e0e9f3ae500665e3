/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The prepared schemas of all extensions, kept over several rounds of checks. */
#pragma once

#include "model/prepared.h"
#include "model/recall.h"
#include "model/registry.h"

/** What came of preparing one extension. */
typedef struct {
    const SpExtension *extension;
    SpPrepared *prepared;
    SpFindings *findings;
    gboolean is_changed; /* it had to be read for its own sake */
    gboolean skips_sql;  /* it was to be left unread, as far as its seeds can be cut unread */
} SpPreparation;

typedef struct SpPreparations SpPreparations;

/** @flags: bits of SpPreparedFlags */
SpPreparations *sp_preparations_new(guint flags);
void sp_preparations_free(SpPreparations *preparations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpPreparations, sp_preparations_free)

/**
 * Prepares the enabled and disabled extensions of @registry that are not prepared yet; of many,
 * several at a time. No text is read twice, however often this is called.
 * @recall: (nullable): leaves those unread that did not change since, and that no change concerns:
 * see sp_marks_meet()
 * Returns: whether nothing was read, since the database knows exactly these extensions and so all
 * checks have been made
 */
gboolean sp_preparations_make(SpPreparations *preparations, const SpRegistry *registry,
                              const SpRecall *recall);
/** (transfer none): of an extension of the registry that was prepared last. */
const SpPreparation *sp_preparations_find(const SpPreparations *preparations,
                                          const SpExtension *extension);
