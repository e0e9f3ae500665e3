/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Reading a declaration: takes texts out of a stranger's bytes and says what is wrong with them. */
#pragma once

#include "base/wire.h"
#include "model/extension.h"
#include "model/word.h"

/** A declaration while it is read. */
typedef struct {
    SpExtension *extension; /* what it becomes; path and id are for messages */
    SpWire wire;            /* what is left of the declaration */
    SpFindings *findings;
    const char *list; /* (nullable): where the reading is, as the plugin's author counts */
    gsize index;
    gboolean is_refused;
} SpReading;

/** @error: (transfer full) */
void sp_reading_refuse_with(SpReading *reading, GError *error);
/** SP_ERROR_INVALID_EXTENSION, with the place in the list that is being read. */
void sp_reading_refuse(SpReading *reading, const char *detail, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/**
 * All of these read the next text, called @what in messages.
 * Returns: (transfer none) (nullable): valid UTF-8, in the declaration's bytes; NULL where it is
 * absent, or refused
 */
/** One that may be absent. */
const char *sp_reading_text(SpReading *reading, const char *what);
/** One that may be neither absent nor empty. */
const char *sp_reading_mandatory(SpReading *reading, const char *what);
/** Likewise, and of at most 1000 bytes. */
const char *sp_reading_title(SpReading *reading, const char *what);
/** Likewise mandatory, and of the form @kind. */
const char *sp_reading_word(SpReading *reading, SpWord kind, const char *what);
/** A database identifier that may be absent. */
const char *sp_reading_identifier(SpReading *reading, const char *what);
