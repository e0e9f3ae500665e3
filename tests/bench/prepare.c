/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* prepare HOST DIRECTORY ROUNDS: what the host makes of the SQL of all plugins of a folder, beside
 * the parser alone. One JSON object: the seconds of each round. */
#include "act/discover.h"
#include "model/declared.h"

#include <pg_query.h>
#include <stdio.h>
#include <stdlib.h>

#define LOAD_TIMEOUT_MS 10000

typedef double (*Work)(const GPtrArray *extensions, const GPtrArray *texts);

static double
seconds_since(gint64 start)
{
    return (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

static GPtrArray *
collect_texts(const GPtrArray *extensions)
{
    GPtrArray *texts = g_ptr_array_new();
    for (guint i = 0; i < extensions->len; i++) {
        const SpExtension *extension = g_ptr_array_index(extensions, i);
        for (guint k = 0; k < sp_extension_get_n_schemas(extension); k++)
            g_ptr_array_add(texts, (gpointer)sp_extension_get_schema(extension, k)->sql);
        for (guint k = 0; k < sp_extension_get_n_migrations(extension); k++)
            g_ptr_array_add(texts, (gpointer)sp_extension_get_migration(extension, k)->sql);
        for (guint k = 0; k < sp_extension_get_n_seeds(extension); k++)
            g_ptr_array_add(texts, (gpointer)sp_extension_get_seed(extension, k)->sql);
    }
    return texts;
}

static double
parse(const GPtrArray *extensions, const GPtrArray *texts)
{
    gint64 start = g_get_monotonic_time();
    for (guint i = 0; i < texts->len; i++)
        pg_query_free_protobuf_parse_result(pg_query_parse_protobuf(g_ptr_array_index(texts, i)));
    return seconds_since(start);
}

/* The parser, and its answer as a tree. */
static double
parse_and_unpack(const GPtrArray *extensions, const GPtrArray *texts)
{
    gint64 start = g_get_monotonic_time();
    for (guint i = 0; i < texts->len; i++) {
        PgQueryProtobufParseResult result = pg_query_parse_protobuf(g_ptr_array_index(texts, i));
        PgQuery__ParseResult *tree = pg_query__parse_result__unpack(
            NULL, result.parse_tree.len, (const guint8 *)result.parse_tree.data);
        pg_query__parse_result__free_unpacked(tree, NULL);
        pg_query_free_protobuf_parse_result(result);
    }
    return seconds_since(start);
}

static double
prepare(const GPtrArray *extensions, const GPtrArray *texts)
{
    static const char *const none[] = {NULL};
    gint64 start = g_get_monotonic_time();
    g_autoptr(SpDeclared) declared =
        sp_declared_new(extensions, &(SpDeclaredOptions){.disabled = none});
    double seconds = seconds_since(start);
    if (sp_declared_is_refused(declared)) {
        fprintf(stderr, "prepare: refused\n");
        exit(1);
    }
    return seconds;
}

static guint
count_statements(const GPtrArray *texts)
{
    guint n = 0;
    for (guint i = 0; i < texts->len; i++) {
        PgQuerySplitResult result = pg_query_split_with_parser(g_ptr_array_index(texts, i));
        n += (guint)result.n_stmts;
        pg_query_free_split_result(result);
    }
    return n;
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        Work work;
    } works[] = {{"parse", parse}, {"unpack", parse_and_unpack}, {"prepare", prepare}};
    if (argc != 4) {
        fprintf(stderr, "usage: prepare HOST DIRECTORY ROUNDS\n");
        return 64;
    }
    const char *const directories[] = {argv[2], NULL};
    const SpDiscoverOptions options = {
        .directories = directories, .executable = argv[1], .load_timeout_ms = LOAD_TIMEOUT_MS};
    g_autoptr(GError) error = NULL;
    g_autoptr(SpDiscovery) discovery = sp_discover(&options, &error);
    if (discovery == NULL) {
        fprintf(stderr, "prepare: %s\n", error->message);
        return 1;
    }
    const GPtrArray *extensions = sp_discovery_get_extensions(discovery);
    g_autoptr(GPtrArray) texts = collect_texts(extensions);
    printf("{\"extensions\": %u, \"statements\": %u, \"rounds\": [", extensions->len,
           count_statements(texts));
    for (int round = 0; round < atoi(argv[3]); round++) {
        printf("%s{", round > 0 ? ", " : "");
        for (guint i = 0; i < G_N_ELEMENTS(works); i++)
            printf("%s\"%s\": %.6f", i > 0 ? ", " : "", works[i].name,
                   works[i].work(extensions, texts));
        printf("}");
    }
    printf("]}\n");
    return 0;
}
