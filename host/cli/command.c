/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "cli/command.h"

static const SpCommandRow command_table[] = {
    {"list", "", 0, 0, "show every plugin file, accepted or refused and why; needs no database",
     sp_command_list, NULL},
    {"check", "FILE...", 1, G_MAXUINT,
     "say all that can be said of plugin files without a database", sp_command_check, NULL},
    {"verify", "", 0, 0, "prove in a private cluster that every road ends in the same schema",
     sp_command_verify, sp_command_verify_check},
    {"plan", "", 0, 0, "show what install would do now, with its SQL; writes nothing",
     sp_command_plan, NULL},
    {"install", "", 0, 0, "bring the database to the declared shape", sp_command_install, NULL},
    {"status", "", 0, 0, "show applied, pending and drifted migrations of each extension",
     sp_command_status, NULL},
    {"doctor", "[EXT...]", 0, G_MAXUINT,
     "hold the catalog against what is declared and recorded; writes nothing", sp_command_doctor,
     NULL},
    {"migrate", "TOOL...", 0, 3, "undo, repair or record migrations with one of the tools below",
     sp_command_migrate, sp_command_migrate_check},
    {"embed", "DIR", 1, 1, "turn a folder of SQL into the C source of a plugin", sp_command_embed,
     NULL},
    {"new", "NAME", 1, 1, "make such a folder, ready to build", sp_command_new,
     sp_command_new_check},
};

const SpCommandRow *
sp_command_find(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(command_table); i++) {
        if (g_str_equal(command_table[i].name, name))
            return &command_table[i];
    }
    return NULL;
}

const SpCommandRow *
sp_command_get_all(guint *out_n)
{
    *out_n = G_N_ELEMENTS(command_table);
    return command_table;
}
