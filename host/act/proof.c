/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/proof.h"

struct SpProof {
    SpTrials *trials;
    SpFindings *findings[SP_N_TRIALS];
    gboolean is_finished[SP_N_TRIALS];
    gint64 duration_us[SP_N_TRIALS];
};

static gboolean
run_trials(SpProof *proof, SpSession *session, SpSession *watcher, GError **error)
{
    gboolean goes_on = TRUE;
    for (guint trial = 0; goes_on && trial < SP_N_TRIALS; trial++) {
        const SpTrialPlace place = {session, watcher, proof->findings[trial]};
        gint64 start = g_get_monotonic_time();
        if (!sp_trials_run(proof->trials, trial, &place, &goes_on, error))
            return FALSE;
        proof->is_finished[trial] = goes_on;
        proof->duration_us[trial] = g_get_monotonic_time() - start;
    }
    return TRUE;
}

SpProof *
sp_proof_new(const char *conninfo, const SpDeclared *declared, const GPtrArray *given,
             GError **error)
{
    g_return_val_if_fail(conninfo != NULL && !sp_declared_is_refused(declared), NULL);

    const SpSessionSettings settings = {0};
    g_autoptr(SpSession) session = sp_session_open(conninfo, &settings, error);
    g_autoptr(SpSession) watcher = session ? sp_session_open(conninfo, &settings, error) : NULL;
    if (watcher == NULL)
        return NULL;
    g_autoptr(SpProof) proof = g_new0(SpProof, 1);
    proof->trials = sp_trials_new(declared, given);
    for (guint trial = 0; trial < SP_N_TRIALS; trial++)
        proof->findings[trial] = sp_findings_new();
    return run_trials(proof, session, watcher, error) ? g_steal_pointer(&proof) : NULL;
}

void
sp_proof_free(SpProof *proof)
{
    if (proof == NULL)
        return;
    for (guint trial = 0; trial < SP_N_TRIALS; trial++)
        sp_findings_free(proof->findings[trial]);
    sp_trials_free(proof->trials);
    g_free(proof);
}

const SpFindings *
sp_proof_get_findings(const SpProof *proof, SpTrial trial)
{
    return proof->findings[trial];
}

gboolean
sp_proof_is_reached(const SpProof *proof, SpTrial trial, const char *extension)
{
    gboolean is_reached = proof->is_finished[trial];
    if (trial == SP_TRIAL_DOWN_UP)
        sp_trials_get_n_undone(proof->trials, extension, &is_reached);
    return is_reached;
}

gint64
sp_proof_get_duration_us(const SpProof *proof, SpTrial trial)
{
    return proof->duration_us[trial];
}

guint
sp_proof_get_n_statements(const SpProof *proof, const char *extension)
{
    return sp_trials_get_n_statements(proof->trials, extension);
}

guint
sp_proof_get_n_undone(const SpProof *proof, const char *extension)
{
    return sp_trials_get_n_undone(proof->trials, extension, NULL);
}
