/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The order in which the statements of schemas run within their phase. */
#pragma once

#include "model/statement.h"

/**
 * Moves statements of the dependent phase that a structural one needs (a function in a DEFAULT, a
 * CHECK, a generated column, a domain; what such a function needs in turn) to the structural phase,
 * and puts each statement behind those of its phase that it needs; the rest stays in source order.
 * Two tables whose foreign keys go in a circle can only be made when one of the keys comes later:
 * it is marked as apart. Other circles are left to the server.
 * @statements: (element-type SpStatement): of all schemas of one extension, in source order;
 * reordered in place
 */
void sp_order_by_need(GPtrArray *statements);
