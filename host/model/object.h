/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* The name of a database object, as far as SQL text alone gives it. */
#pragma once

#include "base/arena.h"

#include <glib.h>

/** One class a name space of PostgreSQL's: names of different classes never clash. */
typedef enum {
    SP_OBJECT_RELATION,  /* table, view, materialized view, index, sequence, foreign table: pg_class
                          */
    SP_OBJECT_TYPE,      /* type, domain: pg_type */
    SP_OBJECT_ROUTINE,   /* function, procedure, aggregate: pg_proc; arguments holds its input types
                          */
    SP_OBJECT_OPERATOR,  /* arguments holds "left,right" */
    SP_OBJECT_NAMESPACE, /* pg_namespace */
    SP_OBJECT_EXTENSION, /* pg_extension */
    SP_OBJECT_TRIGGER,   /* namespace and parent name its table */
    SP_OBJECT_POLICY,    /* likewise */
    SP_OBJECT_RULE,      /* likewise */
    SP_OBJECT_CAST, /* name "source AS target" as written; parent the source, arguments the target
                       type */
    SP_OBJECT_COLLATION,
    SP_OBJECT_CONVERSION,
    SP_OBJECT_STATISTICS,
    SP_OBJECT_TS_PARSER,
    SP_OBJECT_TS_DICTIONARY,
    SP_OBJECT_TS_TEMPLATE,
    SP_OBJECT_TS_CONFIGURATION,
    SP_OBJECT_OPERATOR_CLASS,  /* arguments holds the access method */
    SP_OBJECT_OPERATOR_FAMILY, /* arguments holds the access method */
    SP_OBJECT_TRANSFORM,       /* parent the type, arguments the language */
    SP_OBJECT_LANGUAGE,
    SP_OBJECT_SERVER,
    SP_OBJECT_FOREIGN_DATA_WRAPPER,
    SP_OBJECT_USER_MAPPING, /* name the user, parent the server */
    SP_OBJECT_PUBLICATION,
    SP_OBJECT_EVENT_TRIGGER,
    SP_OBJECT_ACCESS_METHOD,
    SP_OBJECT_ROLE,
    SP_OBJECT_DATABASE,
    SP_OBJECT_TABLESPACE,
    SP_N_OBJECT_CLASSES
} SpObjectClass;

typedef struct {
    SpObjectClass class;
    const char *word;           /* PostgreSQL's word for it: "table", "view", "index", "function" */
    const char *namespace_name; /* never NULL; "public" when the text names none; "" for classes
                                   without one */
    const char *name;
    const char *parent;    /* (nullable) */
    const char *arguments; /* (nullable): types as written, joined by commas */
} SpObject;

/** (transfer full): @word is static, the rest is copied. */
SpObject *sp_object_new(SpObjectClass class, const char *word, const char *namespace_name,
                        const char *name, const char *parent, const char *arguments);
SpObject *sp_object_copy(const SpObject *object);
/** (transfer none): a copy that lives as long as @arena. */
SpObject *sp_object_copy_into(const SpObject *object, SpArena *arena);
void sp_object_free(SpObject *object);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpObject, sp_object_free)

/** For hash tables: class, namespace, name, parent, arguments; not the word. */
guint sp_object_hash(gconstpointer object);
gboolean sp_object_equal(gconstpointer a, gconstpointer b);

/** How many input types a routine has, as its text gives them. */
guint sp_object_count_arguments(const SpObject *object);

/** (transfer full): for people, without its word: public.orders as "orders", others as
 * "billing.invoices", "f(integer,text)", "audit_insert on orders". */
char *sp_object_describe(const SpObject *object);
