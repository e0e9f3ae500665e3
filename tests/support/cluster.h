/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* One PostgreSQL server for a whole test program. A program that calls sp_test_database() gets it:
 * started before the first test, stopped and removed after the last. */
#pragma once

/** (transfer full): the connection string of a new, empty database. */
char *sp_test_database(void);
