/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/lost.h"

SpLostPart *
sp_lost_part_new(gboolean is_column, const char *name, const char *sql)
{
    SpLostPart *part = g_new0(SpLostPart, 1);
    part->is_column = is_column;
    part->name = g_strdup(name);
    part->statement.sql = g_strdup(sql);
    part->statement.source = "what the last install left";
    part->statement.line = 1;
    part->statement.column = 1;
    part->statement.tag = "ALTER TABLE";
    part->statement.effects = g_ptr_array_new();
    return part;
}

void
sp_lost_part_free(SpLostPart *part)
{
    if (part == NULL)
        return;
    g_free(part->name);
    g_free((char *)part->statement.sql);
    g_ptr_array_unref((GPtrArray *)part->statement.effects);
    g_free(part);
}

static void
insert_lost(GPtrArray *statements, guint at, const GPtrArray *lost, gboolean is_column)
{
    for (guint i = lost->len; i > 0; i--) {
        SpLostPart *part = g_ptr_array_index(lost, i - 1);
        if (part->is_column == is_column)
            g_ptr_array_insert(statements, (gint)at, &part->statement);
    }
}

void
sp_lost_put_back(GPtrArray *statements, const GPtrArray *lost, SpPhase phase)
{
    if (lost == NULL || phase == SP_PHASE_RETIREMENTS)
        return;
    gboolean is_structural = phase == SP_PHASE_STRUCTURAL;
    if (is_structural && statements->len > 0)
        insert_lost(statements, statements->len, lost, TRUE);
    insert_lost(statements, 0, lost, is_structural);
}
