/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Adoption: an object that an extension declares, and did not make, becomes its own. Pure. */
#pragma once

#include "model/edit.h"

/**
 * One edit for each object that is to be adopted; none for what is the extension's own already.
 * Without objects in @request: for everything that the extension, or every one, declares, that is
 * there, and that nobody holds but the one that gives it up.
 *
 * An object is named as sp_object_describe() does, or with its namespace, or with its word before:
 * "orders", "public.orders", "table orders", "function total(int4)"; a routine without types is any
 * of that name. Refuses: an extension that is not enabled (migration-unknown), an object that it
 * does not declare, or that is not there (object-unknown), one that another extension holds, or
 * that is part of an extension of PostgreSQL (object-not-owned).
 * Returns: (transfer full) (element-type SpEdit)
 */
GPtrArray *sp_edits_adopt(const SpDeclared *declared, const SpHistory *history,
                          const SpEditRequest *request, SpFindings *findings);
