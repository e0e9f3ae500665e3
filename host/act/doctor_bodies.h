/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Functions whose bodies name what does not exist. */
#pragma once

#include "edge/session.h"
#include "model/diagnosis.h"

/**
 * Reads the bodies in PL/pgSQL of the extensions' functions, and of those that the triggers on
 * their tables call. Nothing is said of a name that any function makes, or that may be a
 * transition table, of one in a body that can do without, of what EXECUTE runs, and of a body that
 * the parser cannot read; --verbose names those.
 */
gboolean sp_doctor_read_bodies(SpSession *session, SpDiagnosis *diagnosis, GError **error);
