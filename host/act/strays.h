/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Asks the catalog which of the declared objects are there though their extension did not make
 * them: CREATE ... IF NOT EXISTS would leave them as they are, and OR REPLACE take them over. */
#pragma once

#include "edge/session.h"
#include "model/declared.h"
#include "model/history.h"

/** An object and whose it is. Borrowed. */
typedef struct {
    const SpObject *object;
    const char *extension; /* the id of the extension that declares it */
} SpDeclaredObject;

/** (transfer full) (element-type SpDeclaredObject): every object that schemas and migrations
 * create; guards are among them. Borrowed from @declared. */
GArray *sp_strays_list_declared(const SpDeclared *declared);

/**
 * (transfer full) (nullable): NULL when nothing is to be asked; else the query, whose only
 * parameter is sp_strays_parameter(). An extension's own is what it is recorded to have made or
 * adopted, and what is part of a table of its own: indexes, triggers, policies, rules, partitions,
 * the sequences of columns. Only relations, types, routines and those parts are looked at. Routines
 * are told apart by their types; one with a type that is not there cannot be there itself.
 * @objects: (element-type SpDeclaredObject)
 * @has_records: whether the table "extension_objects" is there
 */
char *sp_strays_query(const GArray *objects, gboolean has_records);
/** (transfer full): JSON. */
char *sp_strays_parameter(const GArray *objects);
/** Hands the answer to @history. @objects: those of the parameter */
void sp_strays_take(const SpRows *rows, const GArray *objects, SpHistory *history);
