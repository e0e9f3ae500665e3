/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What a host has read of extensions before, kept in a file, so that a listing need not read the
 * same SQL again. */
#pragma once

#include "model/declared.h"

/**
 * Reads the file in the folder of kept verdicts; see sp_verdict_file_read() for what it has to be.
 * Returns: (transfer full) (nullable): NULL when there is none that this very build of the host
 * wrote
 */
SpRecall *sp_recall_file_read(const char *directory);

/**
 * Keeps what was read, if nothing was wrong with it: neither a refusal nor a warning. A failure is
 * a debug message.
 * @declared: one of which everything was read
 */
void sp_recall_file_write(const char *directory, const SpDeclared *declared);
