/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/unit.h"

#include "act/resume.h"

gboolean
sp_unit_is_transactional(const SpStep *step)
{
    if (step->kind != SP_STEP_MIGRATION)
        return step->kind != SP_STEP_COLUMNS;
    const SpExtension *extension = sp_prepared_get_extension(step->prepared);
    return sp_extension_get_migration(extension, step->index)->is_transactional;
}

gboolean
sp_unit_run(SpSession *session, const SpStep *step, const SpPatience *patience, guint64 *out_rows,
            GError **error)
{
    GError *problem = NULL;
    g_autoptr(SpWatch) watch =
        sp_watch_start(session, step, patience->lock_timeout_ms, patience->progress);
    const SpUnit unit = {session, step, patience, watch};
    *out_rows = 0;
    if (sp_resume_run(&unit, out_rows, &problem))
        return TRUE;
    sp_step_place(problem, step);
    g_propagate_error(error, problem);
    return FALSE;
}
