/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* A shared object like any other. */
extern __attribute__((visibility("default"))) const int something_else;
const int something_else = 1;
