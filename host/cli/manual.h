/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* What each command does, in the operator's words. */
#pragma once

/** (transfer none) (nullable): the text for "sp-host COMMAND --help"; NULL for no command. */
const char *sp_manual_find(const char *command);
