/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* One flight: commands that travel to the server together, with one Sync at their end. */
#pragma once

#include "edge/session.h"

struct pg_conn;

typedef struct {
    struct pg_conn **connection; /* finished and NULL once it is lost */
    const SpCommand *commands;
    guint n_commands;
    guint64 *affected; /* (nullable) (out): n_commands numbers of rows */
    GPtrArray *rows;   /* (nullable) (out) (element-type SpRows): one a command */
    GError *error;     /* (out) (nullable): the first */
    guint failed;      /* (out): with an error: the index of its command */
} SpFlight;

/** Sends without waiting for results. Several flights may be under way; each is collected in its
 * turn. FALSE, with the error set, when the connection is lost. */
gboolean sp_flight_send(SpFlight *flight);
/** Waits until the whole flight has come back. FALSE with the error set. */
gboolean sp_flight_collect(SpFlight *flight);
