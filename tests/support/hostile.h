/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The hostile set: what a plugin may try while it is loaded, and what becomes of it. */
#pragma once

#include <glib.h>

typedef struct {
    const char *fixture;
    const char *refusal; /* (nullable): the code; NULL when the plugin is accepted */
    const char *warning; /* (nullable): the code of the only warning */
    const char *words;   /* (nullable): in the problem or detail of either */
} SpHostileRow;

static const SpHostileRow sp_hostile[] = {
    /* it ends */
    {"segfault_in_constructor", "load-crashed", NULL, "SIGSEGV"},
    {"abort_in_constructor", "load-crashed", NULL, "last words"},
    {"aborts_on_a_thread", "load-crashed", NULL, "SIGABRT"},
    {"kills_itself", "load-crashed", NULL, "SIGKILL"},
    {"exit_in_constructor", "load-exited", NULL, "status 3"},
    {"exits_with_0", "load-exited", NULL, "status 0"},
    {"exits_at_once", "load-exited", NULL, "status 0"},
    {"exits_quickly", "load-exited", NULL, "status 0"},
    {"exits_on_a_thread", "load-exited", NULL, "status 0"},
    {"steals_a_signal", "load-exited", NULL, "status 0"},
    /* it does not end */
    {"endless_loop", "load-timeout", NULL, NULL},
    {"stops_itself", "load-timeout", NULL, NULL},
    {"steals_a_signal_for_ever", "load-timeout", NULL, NULL},
    {"floods_the_output", "load-timeout", NULL, "xxxx"},
    {"sleeps_at_exit", NULL, NULL, NULL},
    /* it lies */
    {"list_points_nowhere", "load-crashed", NULL, "SIGSEGV"},
    {"string_without_end", "load-crashed", NULL, "SIGSEGV"},
    {"absurd_count", "invalid-extension", NULL, "seeds"},
    {"huge_count", "invalid-extension", NULL, "schemas"},
    {"closes_every_descriptor", "load-protocol", NULL, "replaced the descriptor"},
    {"replaces_the_pipe", "load-protocol", NULL, "replaced the descriptor"},
    {"floods_the_pipe", "load-protocol", NULL, "not what the host sends"},
    {"forges_a_reply", "load-protocol", NULL, "not what the host sends"},
    /* it asks for too much */
    {"undefined_symbol", "undefined-symbol", NULL, "a_function_of_no_library"},
#ifndef __SANITIZE_ADDRESS__ /* under which there is no limit of memory */
    {"fills_memory", "load-crashed", NULL, "SIGABRT"},
    {"bombs_with_threads", NULL, "load-side-effect", "threads"},
#endif
    /* it reaches out */
    {"bombs_with_forks", "load-forbidden", NULL, " clone()"},
    {"forks_a_child", "load-forbidden", NULL, " clone()"},
    {"runs_a_program", "load-forbidden", NULL, " execve()"},
    {"runs_a_command", "load-forbidden", NULL, "unknown"},
    {"opens_a_socket", "load-forbidden", NULL, " socket()"},
    {"kills_its_parent", "load-forbidden", NULL, " kill()"},
    {"traces_its_parent", "load-forbidden", NULL, " ptrace()"},
    {"removes_a_file", "load-forbidden", NULL, " unlinkat()"},
    {"blocks_sigsys", "load-forbidden", NULL, "unknown"},
#ifdef __x86_64__
    {"calls_by_another_number", "load-forbidden", NULL, "unknown"},
#endif
    {"writes_a_file", NULL, NULL, NULL},
    {"tries_its_cell", NULL, NULL, NULL},
    /* it leaves something behind */
    {"leaves_a_thread", NULL, "load-side-effect", "threads"},
    {"leaves_a_busy_thread", NULL, "load-side-effect", "threads"},
    {"leaves_a_handler", NULL, "load-side-effect", "signal handlers"},
    {"leaves_a_mask", NULL, "load-side-effect", "signal mask"},
    {"leaves_a_timer", NULL, "load-side-effect", "a timer"},
    {"leaves_a_descriptor", NULL, "load-side-effect", "descriptors"},
    {"closes_the_directory", NULL, "load-side-effect", "descriptors"},
    {"changes_the_directory", NULL, "load-side-effect", "another working directory, another umask"},
    {"joins_a_thread", NULL, NULL, NULL},
    {"prints_to_stdout", NULL, NULL, NULL},
};
