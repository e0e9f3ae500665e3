/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/version.h"

#include <string.h>

#define MAX_DIGITS 9
#define N_NUMBERS 3

/* A version taken apart; the pre-release borrows from the text. */
typedef struct {
    guint numbers[N_NUMBERS];
    const char *pre_release; /* without the hyphen; NULL when there is none */
    gsize pre_release_length;
} Version;

/* Reads the digits at *at and moves it behind them. */
static gboolean
read_number(const char **at, guint *out_number)
{
    gsize length = strspn(*at, "0123456789");
    if (length == 0 || length > MAX_DIGITS)
        return FALSE;
    *out_number = (guint)g_ascii_strtoull(*at, NULL, 10);
    *at += length;
    return TRUE;
}

/* How much of @text is identifiers joined by dots, none of them empty; 0 when one is. */
static gsize
measure_identifiers(const char *text)
{
    static const char allowed[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-.";
    gsize length = strspn(text, allowed);
    for (gsize i = 0; i < length; i++)
        if (text[i] == '.' && (i == 0 || i + 1 == length || text[i + 1] == '.'))
            return 0;
    return length;
}

static gboolean
read_suffix(const char *text, Version *out_version)
{
    if (*text == '-') {
        out_version->pre_release = text + 1;
        out_version->pre_release_length = measure_identifiers(text + 1);
        if (out_version->pre_release_length == 0)
            return FALSE;
        text += 1 + out_version->pre_release_length;
    }
    if (*text == '+') {
        gsize length = measure_identifiers(text + 1);
        return length > 0 && text[1 + length] == '\0';
    }
    return *text == '\0';
}

static gboolean
version_read(const char *text, Version *out_version)
{
    *out_version = (Version){0};
    const char *at = text;
    for (guint i = 0; i < N_NUMBERS; i++) {
        if (i > 0 && *at++ != '.')
            return FALSE;
        if (!read_number(&at, &out_version->numbers[i]))
            return FALSE;
        if (*at != '.')
            break;
    }
    return read_suffix(at, out_version);
}

gboolean
sp_version_is_valid(const char *version)
{
    Version read;
    return version_read(version, &read);
}

static gboolean
is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Item 11 of semver.org: numbers compare as numbers and come before words. */
static int
compare_identifiers(const char *a, const char *b)
{
    if (!is_number(a) || !is_number(b))
        return is_number(a) != is_number(b) ? (is_number(a) ? -1 : 1) : strcmp(a, b);
    /* They may have more digits than any integer holds. */
    a += strspn(a, "0");
    b += strspn(b, "0");
    gsize x = strlen(a), y = strlen(b);
    return x != y ? (x < y ? -1 : 1) : strcmp(a, b);
}

static int
compare_pre_releases(const Version *a, const Version *b)
{
    if (a->pre_release == NULL || b->pre_release == NULL)
        return (a->pre_release == NULL) - (b->pre_release == NULL);
    g_autofree char *text_a = g_strndup(a->pre_release, a->pre_release_length);
    g_autofree char *text_b = g_strndup(b->pre_release, b->pre_release_length);
    g_auto(GStrv) parts_a = g_strsplit(text_a, ".", -1);
    g_auto(GStrv) parts_b = g_strsplit(text_b, ".", -1);
    for (guint i = 0; parts_a[i] != NULL && parts_b[i] != NULL; i++) {
        int order = compare_identifiers(parts_a[i], parts_b[i]);
        if (order != 0)
            return order;
    }
    return (int)g_strv_length(parts_a) - (int)g_strv_length(parts_b);
}

int
sp_version_compare(const char *a, const char *b)
{
    Version x, y;
    gboolean are_valid = version_read(a, &x) && version_read(b, &y);
    g_return_val_if_fail(are_valid, 0);
    for (guint i = 0; i < N_NUMBERS; i++)
        if (x.numbers[i] != y.numbers[i])
            return x.numbers[i] < y.numbers[i] ? -1 : 1;
    return compare_pre_releases(&x, &y);
}

typedef struct {
    const char *sign;
    gboolean below, equal, above; /* which outcomes of the comparison satisfy it */
} Operator;

/* Longer signs first, since the first that fits is taken. */
static const Operator operators[] = {
    {">=", FALSE, TRUE, TRUE}, {"<=", TRUE, TRUE, FALSE}, {">", FALSE, FALSE, TRUE},
    {"<", TRUE, FALSE, FALSE}, {"=", FALSE, TRUE, FALSE},
};

/* (nullable): the operator of "OPERATOR VERSION", and where the version begins. */
static const Operator *
read_comparison(const char *text, const char **out_version)
{
    for (guint i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (!g_str_has_prefix(text, operators[i].sign))
            continue;
        const char *version = text + strlen(operators[i].sign);
        *out_version = version + strspn(version, " ");
        return sp_version_is_valid(*out_version) ? &operators[i] : NULL;
    }
    return NULL;
}

gboolean
sp_version_range_is_valid(const char *range)
{
    g_auto(GStrv) comparisons = g_strsplit(range, ",", -1);
    for (guint i = 0; comparisons[i] != NULL; i++) {
        const char *version;
        if (read_comparison(g_strstrip(comparisons[i]), &version) == NULL)
            return FALSE;
    }
    return comparisons[0] != NULL;
}

gboolean
sp_version_in_range(const char *version, const char *range)
{
    if (range == NULL)
        return TRUE;
    g_auto(GStrv) comparisons = g_strsplit(range, ",", -1);
    for (guint i = 0; comparisons[i] != NULL; i++) {
        const char *bound;
        const Operator *operator= read_comparison(g_strstrip(comparisons[i]), &bound);
        g_return_val_if_fail(operator!= NULL, FALSE);
        int order = sp_version_compare(version, bound);
        if (!(order < 0 ? operator->below : order > 0 ? operator->above : operator->equal))
            return FALSE;
    }
    return TRUE;
}
