/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* Runs the built sp-host as a process of its own, and looks at what it says. */
#pragma once

#include <criterion/criterion.h>
#include <json-glib/json-glib.h>

typedef struct {
    int status; /* exit status; -1 when a signal ended it */
    char *out;
    char *err;
    JsonNode *json; /* (nullable): set by sp_run_json() */
} SpRun;

/** (transfer full): @words: NULL-terminated, without the program's own name. The environment has no
 * PG* variables. */
SpRun *sp_run(const char *const *words);
/** The same of another build of the program. */
SpRun *sp_run_executable(const char *executable, const char *const *words);
void sp_run_free(SpRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpRun, sp_run_free)

#define RUN(...) sp_run((const char *const[]){__VA_ARGS__, NULL})

/** (transfer none): stdout as one JSON object that has the shape @shape of
 * schema/answer.schema.json; fails the test if it has not. */
JsonObject *sp_run_json(SpRun *run, const char *shape);

/** (transfer full): a program for Python, with @input on its standard input. */
SpRun *sp_run_python(const char *program, const char *input);

/** (transfer none): the first object of @array whose member @key is @value; fails the test when
 * there is none. */
JsonObject *sp_find(JsonArray *array, const char *key, const char *value);

/** (transfer full): "--plugin-dir" of a new directory, with these built plugins of the tests in it.
 */
char *sp_plugin_dir_new(const char *const *plugins);
/** (transfer none): the directory that the option names */
const char *sp_plugin_dir_path(const char *option);
/** Removes the directory. */
void sp_plugin_dir_free(char *option);

#define sp_assert_status(run, expected)                                                        \
    cr_assert_eq((run)->status, expected, "exit status %d\n%s\n%s", (run)->status, (run)->out, \
                 (run)->err)
#define sp_expect_says(text, part) cr_expect_not_null(strstr(text, part), "%s", text)
#define sp_expect_silent(text) cr_expect_str_eq(text, "")
