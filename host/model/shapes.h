/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Shapes: the columns that tables will have, as far as the SQL of all extensions tells. */
#pragma once

#include "model/prepared.h"

typedef struct SpShapes SpShapes;

/** @prepared: (element-type SpPrepared): must outlive the shapes */
SpShapes *sp_shapes_new(const GPtrArray *prepared);
void sp_shapes_free(SpShapes *shapes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpShapes, sp_shapes_free)

/** FALSE only when it is certain that the table never has the column: all its columns are listed,
 * and this is none of them, no system column, and in no procedural text that alters tables. */
gboolean sp_shapes_may_have(const SpShapes *shapes, const char *namespace_name, const char *table,
                            const char *column);
/** Whether extension @id creates a table or other relation of that name. */
gboolean sp_shapes_is_created_by(const SpShapes *shapes, const char *namespace_name,
                                 const char *table, const char *id);
/** (transfer full): the known columns, quoted, in byte order, joined by commas. */
char *sp_shapes_list(const SpShapes *shapes, const char *namespace_name, const char *table);
