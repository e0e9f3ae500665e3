/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/service.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char *folder;

static void
setup(void)
{
    folder = g_dir_make_tmp("sp-host-test-XXXXXX", NULL);
}

static void
teardown(void)
{
    g_rmdir(folder);
    g_free(folder);
}

TestSuite(service, .init = setup, .fini = teardown);

static char *
file_in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

/* A socket that plays the service manager. */
static int
listen_as_manager(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    g_setenv("NOTIFY_SOCKET", path, TRUE);
    return fd;
}

static void
assert_heard(int fd, const char *expected)
{
    char buffer[256] = {0};
    cr_assert_gt(recv(fd, buffer, sizeof buffer - 1, MSG_DONTWAIT), 0);
    cr_expect_str_eq(buffer, expected);
}

Test(service, tells_the_manager_what_it_does)
{
    g_autofree char *path = file_in_folder("notify");
    int fd = listen_as_manager(path);
    sp_service_status("phase %s", "seeds\nREADY=1");
    assert_heard(fd, "STATUS=phase seeds\\nREADY=1");
    sp_service_extend_timeout(4000000);
    assert_heard(fd, "EXTEND_TIMEOUT_USEC=4000000000");
    close(fd);
    g_remove(path);
}

Test(service, reads_a_credential_without_its_final_newline)
{
    g_autofree char *path = file_in_folder("database");
    g_file_set_contents(path, "host=x\npassword=y\n", -1, NULL);
    g_setenv("CREDENTIALS_DIRECTORY", folder, TRUE);
    g_autofree char *credential = sp_service_read_credential("database");
    cr_assert_str_eq(credential, "host=x\npassword=y");
    g_remove(path);
}

Test(service, knows_no_credential_outside_a_unit)
{
    g_unsetenv("CREDENTIALS_DIRECTORY");
    cr_expect_null(sp_service_read_credential("database"));
    g_setenv("CREDENTIALS_DIRECTORY", folder, TRUE);
    cr_expect_null(sp_service_read_credential("database"));
}
