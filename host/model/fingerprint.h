/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The fingerprint of a database: every object in it by its identity, with its definition. What two
 * of them tell apart, and nothing else. Pure. */
#pragma once

#include <glib.h>

/** One object. */
typedef struct {
    const char *kind;           /* PostgreSQL's word: "table", "table column", "index" */
    const char *identity;       /* as pg_identify_object() has it: "public.orders.price" */
    const char *name;           /* its own name, bare: "price" */
    const char *definition;     /* all that makes it what it is but for its name, as text */
    const char *namespace_name; /* (nullable): that it stands in; NULL for what stands in none */
    const char *relation;  /* (nullable): the table, or domain, that it is a part of, bare, in that
                              namespace: "orders"; NULL for what is a part of none */
    const char *extension; /* (nullable): whose it is, where that was asked */
    const char *parent; /* (nullable): the identity of the table, or domain, that it is a part of,
                           where that was asked */
} SpImprint;

typedef struct SpFingerprint SpFingerprint;

/** Empty. Fill it, then hand it on as const. */
SpFingerprint *sp_fingerprint_new(void);
void sp_fingerprint_free(SpFingerprint *fingerprint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpFingerprint, sp_fingerprint_free)

/** Copies. Of two with one kind and identity the later one counts. */
void sp_fingerprint_add(SpFingerprint *fingerprint, const SpImprint *imprint);
guint sp_fingerprint_get_n(const SpFingerprint *fingerprint);
/** (transfer container) (element-type utf8): whose the objects are, each once, in no order. */
GPtrArray *sp_fingerprint_get_extensions(const SpFingerprint *fingerprint);
/** (nullable) */
const SpImprint *sp_fingerprint_find(const SpFingerprint *fingerprint, const char *kind,
                                     const char *identity);

typedef enum {
    SP_DIFFERENCE_MISSING, /* "missing": only the first has it */
    SP_DIFFERENCE_EXTRA,   /* "extra": only the second has it */
    SP_DIFFERENCE_ALTERED, /* "altered": both have it, defined otherwise */
} SpDifferenceKind;

typedef struct {
    SpDifferenceKind kind;
    const SpImprint *before; /* (nullable): of the first; NULL when it is extra */
    const SpImprint *after;  /* (nullable): of the second; NULL when it is missing */
} SpDifference;

const char *sp_difference_kind_nick(SpDifferenceKind kind);
/** What the difference is about: the one side that there is. */
const SpImprint *sp_difference_get_object(const SpDifference *difference);

/**
 * Compares two fingerprints. Names that PostgreSQL chose do not count: a constraint, an index or
 * the sequence of a column of which only such a name differs ("orders_price_check1") is the same.
 * Returns: (transfer full) (element-type SpDifference): by kind of object and identity, in byte
 * order; valid as long as both fingerprints
 */
GPtrArray *sp_fingerprint_compare(const SpFingerprint *before, const SpFingerprint *after);

/** Takes out what is a part of a table that is missing, or extra, itself. @differences: of
 * sp_fingerprint_compare() */
void sp_differences_fold(GPtrArray *differences);
