/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Sequences whose next value is in their column already, as after rows were copied by hand. */
#pragma once

#include "edge/session.h"
#include "model/diagnosis.h"

/**
 * Looks at the columns of which a unique index knows the largest value, in tables that the role may
 * read and that have no row security.
 */
gboolean sp_doctor_read_sequences(SpSession *session, SpDiagnosis *diagnosis, GError **error);
