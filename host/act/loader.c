/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/loader.h"

#include "act/load_process.h"
#include "act/load_state.h"
#include "base/error.h"

/* What the host's own code may take in the child, before the first plugin and between two. */
#define OWN_TIMEOUT_MS 10000u
#define CHILDREN_WITHOUT_A_PLUGIN_MAX 2

/* The loader of the C library looks through all that is loaded for each file that it opens, so that
 * ten thousand in one process would take minutes. */
#define PLUGINS_PER_CHILD 500u

typedef struct {
    const char *executable;
    const SpDirectory *directory;
    const GPtrArray *candidates;
    const guint64 *symbol_sizes;
    const int *sealed_fds;
    guint timeout_ms;
    GPtrArray *results; /* of the first so many candidates */
    gboolean is_unconfined;
} Load;

void
sp_loaded_free(SpLoaded *loaded)
{
    if (loaded == NULL)
        return;
    g_clear_pointer(&loaded->declaration, g_bytes_unref);
    g_clear_error(&loaded->refusal);
    g_clear_error(&loaded->warning);
    g_free(loaded);
}

static const char *
next_name(const Load *load)
{
    const SpCandidate *candidate = g_ptr_array_index(load->candidates, load->results->len);
    return candidate->name;
}

/* @n: so many plugins, from the first without a result on */
static SpLoadProcess *
start_child(const Load *load, guint n, GError **error)
{
    g_autoptr(GArray) plugins = g_array_new(FALSE, FALSE, sizeof(SpLoadPlugin));
    guint first = load->results->len;
    for (guint i = first; i < first + n; i++) {
        const SpCandidate *candidate = g_ptr_array_index(load->candidates, i);
        const SpLoadPlugin plugin = {candidate->name, load->symbol_sizes[i]};
        g_array_append_val(plugins, plugin);
    }
    guint64 total_ms = (guint64)load->timeout_ms * n;
    return sp_load_process_start(load->executable, sp_directory_get_fd(load->directory),
                                 load->sealed_fds != NULL ? load->sealed_fds + first : NULL,
                                 (total_ms + OWN_TIMEOUT_MS) / 1000, plugins, error);
}

static gboolean
is_bare(const SpLoadReply *reply, SpLoadKind kind, guint index)
{
    return reply->kind == kind && reply->index == index && g_bytes_get_size(reply->payload) == 0;
}

static SpLoadEvent
wait_for_start(Load *load, SpLoadProcess *process, guint index)
{
    guint timeout_ms = MAX(OWN_TIMEOUT_MS, load->timeout_ms);
    g_auto(SpLoadReply) reply = {0};
    SpLoadEvent event = sp_load_process_wait(process, timeout_ms, &reply);
    if (event == SP_LOAD_EVENT_FRAME && index == 0 && is_bare(&reply, SP_LOAD_UNCONFINED, 0)) {
        load->is_unconfined = TRUE;
        sp_load_reply_clear(&reply);
        event = sp_load_process_wait(process, timeout_ms, &reply);
    }
    gboolean is_start = event == SP_LOAD_EVENT_FRAME && is_bare(&reply, SP_LOAD_STARTED, index);
    return event == SP_LOAD_EVENT_FRAME && !is_start ? SP_LOAD_EVENT_GARBAGE : event;
}

static gboolean
read_reply(const SpLoadReply *reply, SpLoaded *loaded)
{
    SpWire wire = sp_wire(reply->payload);
    if (reply->kind == SP_LOAD_DECLARED)
        loaded->declaration = g_bytes_ref(reply->payload);
    else if (reply->kind == SP_LOAD_REFUSED)
        loaded->refusal = sp_load_get_refusal(&wire);
    return loaded->declaration != NULL || (loaded->refusal != NULL && sp_wire_is_read(&wire));
}

static GError *
warn_of_effects(const SpLoadReply *reply, const char *plugin)
{
    gsize size;
    const guint32 *effects = g_bytes_get_data(reply->payload, &size);
    g_autofree char *words = size == sizeof *effects ? sp_load_effects_describe(*effects) : NULL;
    if (words == NULL || *words == '\0')
        return NULL;
    g_autofree char *detail = g_strdup_printf("It left %s.", words);
    return sp_error_new(
        SP_ERROR_LOAD_SIDE_EFFECT, detail,
        "Take it out of constructors, which run before anybody asks for the plugin.",
        "plugin \"%s\" left something behind in the process that loaded it", plugin);
}

static SpLoadEvent
wait_for_reply(const Load *load, SpLoadProcess *process, guint index, SpLoaded *loaded,
               SpLoadReply *reply)
{
    SpLoadEvent event = sp_load_process_wait(process, load->timeout_ms, reply);
    if (event == SP_LOAD_EVENT_FRAME && reply->index == index && reply->kind == SP_LOAD_SOILED) {
        loaded->warning = warn_of_effects(reply, next_name(load));
        sp_load_reply_clear(reply);
        event = loaded->warning != NULL ? sp_load_process_wait(process, load->timeout_ms, reply)
                                        : SP_LOAD_EVENT_GARBAGE;
    }
    return event == SP_LOAD_EVENT_FRAME && reply->index != index ? SP_LOAD_EVENT_GARBAGE : event;
}

/* Returns whether the child can go on. */
static gboolean
wait_for_result(const Load *load, SpLoadProcess *process, guint index, SpLoaded *loaded)
{
    g_auto(SpLoadReply) reply = {0};
    SpLoadEvent event = wait_for_reply(load, process, index, loaded, &reply);
    if (event == SP_LOAD_EVENT_FRAME && read_reply(&reply, loaded))
        return loaded->warning == NULL;
    loaded->refusal = sp_load_process_fail(process, event, next_name(load));
    return FALSE;
}

/* The plugins loaded before a plugin share its process, so what goes wrong is only held against
 * the first one of a child; for any other, the next child begins with it. */
static gboolean
run_child(Load *load, GError **error)
{
    guint n = MIN(load->candidates->len - load->results->len, PLUGINS_PER_CHILD);
    g_autoptr(SpLoadProcess) process = start_child(load, n, error);
    if (process == NULL)
        return FALSE;
    gboolean can_go_on = TRUE;
    for (guint i = 0; can_go_on && i < n; i++) {
        SpLoadEvent event = wait_for_start(load, process, i);
        if (event != SP_LOAD_EVENT_FRAME && i == 0) {
            g_autoptr(GError) cause = sp_load_process_fail(process, event, next_name(load));
            return sp_error_set(error, SP_ERROR_INTERNAL, sp_error_detail(cause), NULL,
                                "the process to load plugins in did not start its work");
        }
        g_autoptr(SpLoaded) loaded = g_new0(SpLoaded, 1);
        if (event == SP_LOAD_EVENT_FRAME)
            can_go_on = wait_for_result(load, process, i, loaded);
        if ((loaded->declaration == NULL || loaded->warning != NULL) && i > 0)
            return TRUE;
        g_ptr_array_add(load->results, g_steal_pointer(&loaded));
    }
    return TRUE;
}

GPtrArray *
sp_load(const char *executable, const SpDirectory *directory, const GPtrArray *candidates,
        const guint64 *symbol_sizes, const int *sealed_fds, guint timeout_ms, GError **error)
{
    g_return_val_if_fail(sealed_fds == NULL || candidates->len <= SP_LOAD_SEALED_MAX, NULL);
    g_return_val_if_fail(executable != NULL && directory != NULL && candidates != NULL, NULL);
    g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func((GDestroyNotify)sp_loaded_free);
    Load load = {executable, directory,  candidates, symbol_sizes,
                 sealed_fds, timeout_ms, results,    FALSE};
    guint failures = 0;
    while (results->len < candidates->len) {
        g_autoptr(GError) failure = NULL;
        failures = run_child(&load, &failure) ? 0 : failures + 1;
        if (failures == CHILDREN_WITHOUT_A_PLUGIN_MAX) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return NULL;
        }
    }
    if (load.is_unconfined)
        g_debug("no filter of system calls could be had for the plugins of \"%s\"",
                sp_directory_get_path(directory));
    return g_steal_pointer(&results);
}
