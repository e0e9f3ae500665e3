/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/progress.h"

void
sp_progress_begin(const SpProgress *progress, const SpStep *step)
{
    if (progress != NULL && progress->begun != NULL)
        progress->begun(progress->data, step);
}

void
sp_progress_end(const SpProgress *progress, const SpStep *step)
{
    if (progress != NULL && progress->ended != NULL)
        progress->ended(progress->data, step);
}
