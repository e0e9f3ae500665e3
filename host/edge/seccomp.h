/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The only room that knows libseccomp: which system calls a process may make that runs a stranger's
 * code. */
#pragma once

#include <glib.h>

/**
 * Confines the calling process, which has one thread, for the rest of its life. What it takes to
 * map shared objects, to compute, to start threads and to read goes through; the rest is never
 * executed:
 * - what a constructor may try in good faith (to open a log file, to raise a limit) fails with
 *   EACCES or EPERM;
 * - what none tries (network, processes, signals to others, removing or altering files,
 *   administering the system) raises SIGSYS, with the number in si_syscall;
 * - all that is in no list does not exist: ENOSYS, for which libraries have an answer ready.
 * SIGSYS cannot be handled any other way afterwards. Needs no_new_privs.
 * Returns: FALSE when the kernel, or what confines this process already, does not allow it
 */
gboolean sp_seccomp_confine(void);

/** (transfer full) (nullable): the name of a system call of this architecture. */
char *sp_seccomp_name(int number);
