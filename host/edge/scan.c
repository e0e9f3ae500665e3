/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/scan.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".so"
#define WRITABLE_BY_OTHERS (S_IWGRP | S_IWOTH)

struct SpDirectory {
    int fd;
    char *path;
    GPtrArray *candidates;
};

typedef struct {
    mode_t type;
    const char *words;
} FileType;

static const FileType file_types[] = {
    {S_IFDIR, "a directory"},    {S_IFIFO, "a FIFO"},    {S_IFCHR, "a character device"},
    {S_IFBLK, "a block device"}, {S_IFSOCK, "a socket"}, {S_IFLNK, "a symbolic link"},
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, closedir)

static void
candidate_free(SpCandidate *candidate)
{
    g_free((char *)candidate->name);
    g_free((char *)candidate->path);
    g_clear_error((GError **)&candidate->refusal);
    g_free(candidate);
}

static gboolean
check_owner_and_mode(const struct stat *stat, gboolean may_be_sticky, const char *path,
                     GError **error)
{
    if (stat->st_uid != 0 && stat->st_uid != geteuid()) {
        g_autofree char *detail =
            g_strdup_printf("It belongs to user %u; the host trusts root and its own user %u.",
                            stat->st_uid, geteuid());
        return sp_error_set(error, SP_ERROR_PERMISSION, detail, "Give it to root with chown.",
                            "\"%s\" belongs to another user", path);
    }
    gboolean is_sticky = may_be_sticky && (stat->st_mode & S_ISVTX) != 0;
    if ((stat->st_mode & WRITABLE_BY_OTHERS) == 0 || is_sticky)
        return TRUE;
    g_autofree char *detail =
        g_strdup_printf("Its mode is %04o, so others could replace the code that the host loads.",
                        stat->st_mode & 07777);
    g_autofree char *quoted = g_shell_quote(path);
    g_autofree char *hint = g_strdup_printf("Run: chmod go-w %s", quoted);
    return sp_error_set(error, SP_ERROR_PERMISSION, detail, hint,
                        "\"%s\" is writable by its group or by others", path);
}

static gboolean
refuse_directory(const char *path, GError **error)
{
    return sp_error_set(error, SP_ERROR_DIRECTORY, NULL, NULL,
                        "could not open plugin directory \"%s\": %s", path, g_strerror(errno));
}

/* Each directory is opened relative to the one checked before it, so none can be swapped between
 * its check and its use. */
static int
open_directory(const char *real_path, GError **error)
{
    g_auto(GStrv) names = g_strsplit(real_path + 1, "/", -1);
    g_autoptr(GString) reached = g_string_new("/");
    sp_autofd int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (char **name = names;; name++) {
        struct stat stat;
        if (fd < 0 || fstat(fd, &stat) != 0) {
            refuse_directory(reached->str, error);
            return -1;
        }
        if (!check_owner_and_mode(&stat, *name != NULL, reached->str, error))
            return -1;
        if (*name == NULL)
            break;
        int next = openat(fd, *name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        g_string_append_printf(reached, "%s%s", reached->len > 1 ? "/" : "", *name);
        sp_fd_clear(&fd);
        fd = next;
    }
    int readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (readable < 0)
        refuse_directory(reached->str, error);
    return readable;
}

static SpDirectory *
directory_new(const char *path, GError **error)
{
    g_autofree char *real_path = realpath(path, NULL);
    if (real_path == NULL) {
        refuse_directory(path, error);
        return NULL;
    }
    int fd = open_directory(real_path, error);
    if (fd < 0)
        return NULL;
    SpDirectory *directory = g_new0(SpDirectory, 1);
    directory->fd = fd;
    directory->path = g_steal_pointer(&real_path);
    directory->candidates = g_ptr_array_new_with_free_func((GDestroyNotify)candidate_free);
    return directory;
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gboolean
read_entries(DIR *stream, GPtrArray *names)
{
    const struct dirent *entry;
    while ((errno = 0, entry = readdir(stream)) != NULL)
        if (g_str_has_suffix(entry->d_name, SUFFIX))
            g_ptr_array_add(names, g_strdup(entry->d_name));
    return errno == 0;
}

static GPtrArray *
list_names(const SpDirectory *directory, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    sp_autofd int fd = openat(directory->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(DIR) stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream != NULL)
        sp_fd_steal(&fd);
    if (stream == NULL || !read_entries(stream, names)) {
        refuse_directory(directory->path, error);
        return NULL;
    }
    g_ptr_array_sort(names, compare_names);
    return g_steal_pointer(&names);
}

/* '$' because the loader expands $ORIGIN and the like, and would open another file than the one
 * that was checked. */
static gboolean
check_name(const char *name, const char *shown, GError **error)
{
    gboolean is_plain = g_utf8_validate(name, -1, NULL) && strchr(name, '$') == NULL;
    for (const char *at = name; is_plain && *at != '\0'; at++)
        is_plain = !g_ascii_iscntrl(*at);
    if (is_plain)
        return TRUE;
    return sp_error_set(error, SP_ERROR_FILE,
                        "A file name of a plugin is UTF-8 without control characters and \"$\".",
                        "Rename the file.", "\"%s\" is not a file name for a plugin", shown);
}

static gboolean
check_type(const struct stat *stat, const char *path, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(file_types); i++)
        if ((stat->st_mode & S_IFMT) == file_types[i].type)
            return sp_error_set(error, SP_ERROR_FILE,
                                "It must be a regular file; links are not followed.", NULL,
                                "\"%s\" is %s", path, file_types[i].words);
    if (stat->st_size == 0)
        return sp_error_set(error, SP_ERROR_FILE, NULL, NULL, "\"%s\" is empty", path);
    return TRUE;
}

static gboolean
check_file(const struct stat *stat, const char *path, GError **error)
{
    return check_type(stat, path, error) && check_owner_and_mode(stat, FALSE, path, error);
}

static gboolean
refuse_file(const char *path, GError **error)
{
    return sp_error_set(error, SP_ERROR_FILE, NULL, NULL, "could not open \"%s\": %s", path,
                        g_strerror(errno));
}

static int
open_file(int directory_fd, const char *name, const char *path, struct stat *out_stat,
          GError **error)
{
    sp_autofd int fd = openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, out_stat) != 0) {
        refuse_file(path, error);
        return -1;
    }
    return check_file(out_stat, path, error) ? sp_fd_steal(&fd) : -1;
}

static gboolean
look_at(int directory_fd, const char *name, const char *path, struct stat *out_stat, GError **error)
{
    if (fstatat(directory_fd, name, out_stat, AT_SYMLINK_NOFOLLOW) != 0)
        return refuse_file(path, error);
    return check_file(out_stat, path, error);
}

static void
add_candidate(SpDirectory *directory, const char *name)
{
    SpCandidate *candidate = g_new0(SpCandidate, 1);
    g_ptr_array_add(directory->candidates, candidate);
    g_autofree char *shown = sp_text_escape(name);
    candidate->name = g_strdup(name);
    candidate->path = g_build_filename(directory->path, shown, NULL);

    struct stat stat = {0};
    GError *refusal = NULL;
    if (check_name(name, shown, &refusal))
        look_at(directory->fd, name, candidate->path, &stat, &refusal);
    sp_error_place(refusal, &(SpPlace){.path = candidate->path});
    candidate->refusal = refusal;
    candidate->key = sp_file_key(&stat);
}

SpDirectory *
sp_directory_scan(const char *path, GError **error)
{
    g_return_val_if_fail(path != NULL, NULL);
    g_autoptr(SpDirectory) directory = directory_new(path, error);
    g_autoptr(GPtrArray) names = directory != NULL ? list_names(directory, error) : NULL;
    if (names == NULL)
        return NULL;
    for (guint i = 0; i < names->len; i++)
        add_candidate(directory, g_ptr_array_index(names, i));
    return g_steal_pointer(&directory);
}

SpDirectory *
sp_directory_scan_file(const char *path, GError **error)
{
    g_return_val_if_fail(path != NULL, NULL);
    g_autofree char *trimmed = g_strdup(path);
    for (gsize end = strlen(trimmed); end > 1 && trimmed[end - 1] == '/'; end--)
        trimmed[end - 1] = '\0';
    g_autofree char *parent = g_path_get_dirname(trimmed);
    g_autofree char *name = g_path_get_basename(trimmed);
    SpDirectory *directory = directory_new(parent, error);
    if (directory != NULL)
        add_candidate(directory, name);
    return directory;
}

void
sp_directory_free(SpDirectory *directory)
{
    if (directory == NULL)
        return;
    sp_fd_clear(&directory->fd);
    g_ptr_array_unref(directory->candidates);
    g_free(directory->path);
    g_free(directory);
}

int
sp_directory_get_fd(const SpDirectory *directory)
{
    return directory->fd;
}

const char *
sp_directory_get_path(const SpDirectory *directory)
{
    return directory->path;
}

guint
sp_directory_get_n(const SpDirectory *directory)
{
    return directory->candidates->len;
}

const SpCandidate *
sp_directory_get(const SpDirectory *directory, guint index)
{
    g_return_val_if_fail(index < directory->candidates->len, NULL);
    return g_ptr_array_index(directory->candidates, index);
}

int
sp_directory_open(const SpDirectory *directory, guint index, GError **error)
{
    const SpCandidate *candidate = sp_directory_get(directory, index);
    g_return_val_if_fail(candidate != NULL && candidate->refusal == NULL, -1);
    struct stat stat;
    sp_autofd int fd = open_file(directory->fd, candidate->name, candidate->path, &stat, error);
    if (fd >= 0 && (stat.st_dev != candidate->key.device || stat.st_ino != candidate->key.inode)) {
        sp_error_set(error, SP_ERROR_FILE, NULL, "Run the command again.",
                     "\"%s\" was replaced while it was read", candidate->path);
        return -1;
    }
    return sp_fd_steal(&fd);
}

gboolean
sp_directory_open_beside(const SpDirectory *directory, guint index, const char *suffix, int *out_fd,
                         GError **error)
{
    const SpCandidate *candidate = sp_directory_get(directory, index);
    g_return_val_if_fail(candidate != NULL && candidate->refusal == NULL, FALSE);
    g_autofree char *name = g_strconcat(candidate->name, suffix, NULL);
    g_autofree char *path = g_strconcat(candidate->path, suffix, NULL);
    struct stat stat;
    *out_fd = -1;
    if (fstatat(directory->fd, name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || refuse_file(path, error);
    if (!check_type(&stat, path, error))
        return FALSE;
    *out_fd = open_file(directory->fd, name, path, &stat, error);
    return *out_fd >= 0;
}

int
sp_directory_open_safe(const char *path, GError **error)
{
    g_autofree char *real_path = realpath(path, NULL);
    if (real_path != NULL)
        return open_directory(real_path, error);
    refuse_directory(path, error);
    return -1;
}
