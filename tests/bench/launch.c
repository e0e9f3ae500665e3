/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* launch FD COMMAND...: runs a command and writes how long it took, its peak memory and its exit
 * status to the descriptor, as one JSON object. A program of its own: of a child that an
 * interpreter starts, the kernel reports the interpreter's memory when that was more. */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: launch FD COMMAND...\n");
        return 64;
    }
    int fd = atoi(argv[1]);
    gint64 start = g_get_monotonic_time();
    pid_t pid = fork();
    if (pid == 0) {
        close(fd);
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    struct rusage usage = {0};
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
        perror("launch");
        return 1;
    }
    gint64 end = g_get_monotonic_time();
    dprintf(fd, "{\"seconds\": %.6f, \"peak_kib\": %ld, \"status\": %d}\n",
            (double)(end - start) / G_USEC_PER_SEC, usage.ru_maxrss,
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
