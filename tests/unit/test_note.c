/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "edge/note.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/resource.h>

#define ABI "\"abi\":{\"major\":1,\"minor\":2,\"min_minor\":3}"
#define GOOD "{\"id\":\"a\",\"name\":\"A\",\"version\":\"1.0.0\"," ABI "}"

static void
assert_refused(const char *json, gsize length)
{
    g_autoptr(SpElfFacts) facts = g_new0(SpElfFacts, 1);
    g_autoptr(GError) error = NULL;
    cr_expect_not(sp_note_parse(json, length, facts, &error), "%s", json);
    cr_expect(g_error_matches(error, SP_ERROR, SP_ERROR_NOTE), "%s", json);
    cr_expect_not(facts->has_note);
}

Test(note, reads_what_the_host_needs_and_leaves_other_keys)
{
    const char *json =
        "{\"later\":[{}],\"id\":\"a\",\"name\":\"\xc3\xa4\",\"version\":\"1\"," ABI "}";
    g_autoptr(SpElfFacts) facts = g_new0(SpElfFacts, 1);
    cr_assert(sp_note_parse(json, strlen(json), facts, NULL));
    cr_expect(facts->has_note);
    cr_expect_str_eq(facts->id, "a");
    cr_expect_str_eq(facts->name, "\xc3\xa4");
    cr_expect_str_eq(facts->version, "1");
    cr_expect_eq(facts->note_major, 1u);
    cr_expect_eq(facts->note_minor, 2u);
    cr_expect_eq(facts->note_min_minor, 3u);
}

Test(note, reads_the_same_however_it_is_written)
{
    const char *const notes[] = {
        GOOD,
        " " GOOD,
        "{\"id\":\"\\u0061\",\"name\":\"A\",\"version\":\"1.0.0\"," ABI "}",
    };
    for (guint i = 0; i < G_N_ELEMENTS(notes); i++) {
        g_autoptr(SpElfFacts) facts = g_new0(SpElfFacts, 1);
        cr_assert(sp_note_parse(notes[i], strlen(notes[i]), facts, NULL), "%s", notes[i]);
        cr_expect_str_eq(facts->id, "a");
        cr_expect_str_eq(facts->name, "A");
        cr_expect_str_eq(facts->version, "1.0.0");
        cr_expect_eq(facts->note_min_minor, 3u);
    }
}

Test(note, does_not_read_beyond_its_length)
{
    char *json = g_malloc(strlen(GOOD)); /* no NUL: a sanitizer sees one byte too many */
    memcpy(json, GOOD, strlen(GOOD));
    g_autoptr(SpElfFacts) facts = g_new0(SpElfFacts, 1);
    cr_expect(sp_note_parse(json, strlen(GOOD), facts, NULL));
    g_free(json);
}

Test(note, refuses_every_beginning_of_a_good_note)
{
    for (gsize length = 0; length < strlen(GOOD); length++)
        assert_refused(GOOD, length);
}

Test(note, refuses_what_is_not_the_object_that_it_should_be)
{
    const char *notes[] = {
        "null",
        "[]",
        "1",
        "{}",
        "{\"id\":\"a\",\"name\":\"A\",\"version\":\"1\"}",
        "{\"id\":\"a\",\"name\":\"A\",\"version\":\"1\",\"abi\":1}",
        "{\"id\":null,\"name\":\"A\",\"version\":\"1\"," ABI "}",
        "{\"id\":[\"a\"],\"name\":\"A\",\"version\":\"1\"," ABI "}",
        "{\"id\":\"a\",\"name\":7,\"version\":\"1\"," ABI "}",
        "{\"id\":\"a\",\"name\":\"A\",\"version\":{}," ABI "}",
        "{\"id\":\"a\",\"name\":\"A\",\"version\":\"1\",\"abi\":{\"major\":1,\"minor\":0}}",
        "{\"id\":\"a\",\"name\":\"A\",\"version\":\"1\","
        "\"abi\":{\"major\":1,\"minor\":-1,\"min_minor\":0}}",
        "{\"id\":\"a\",\"name\":\"A\",\"version\":\"1\","
        "\"abi\":{\"major\":4294967297,\"minor\":0,\"min_minor\":0}}",
        "{\"id\":\"a\",\"name\":\"A\",\"version\":\"1\","
        "\"abi\":{\"major\":\"1\",\"minor\":0,\"min_minor\":0}}",
        "{\"id\":\"a\",\"name\":\"A\",\"version\":\"1\","
        "\"abi\":{\"major\":1.5,\"minor\":0,\"min_minor\":0}}",
        "{\"id\":\"\xff\",\"name\":\"A\",\"version\":\"1\"," ABI "}",
    };
    for (guint i = 0; i < G_N_ELEMENTS(notes); i++)
        assert_refused(notes[i], strlen(notes[i]));
}

Test(note, refuses_a_nul_inside)
{
    assert_refused(GOOD "\0", strlen(GOOD) + 1);
}

Test(note, refuses_one_that_is_too_long)
{
    g_autofree char *padded = g_strdup_printf("%*s" GOOD, 65 << 10, "");
    assert_refused(padded, strlen(padded));
}

Test(note, survives_brackets_that_would_overflow_the_stack)
{
    cr_assert_eq(setrlimit(RLIMIT_STACK, &(struct rlimit){1 << 20, RLIM_INFINITY}), 0);
    g_autofree char *deep = g_strnfill(60 << 10, '[');
    assert_refused(deep, strlen(deep));
}
