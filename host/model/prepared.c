/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/prepared.h"

#include "model/made.h"
#include "model/order.h"

/* The first word of every digest; another one makes every database look at its statements again. */
#define DIGEST_FORMAT "sp-host statements 1"

struct SpPrepared {
    SpExtension *extension;
    GPtrArray *scripts;                    /* SpScript */
    GPtrArray *unread;                     /* SpScript: seeds that were only cut */
    GPtrArray *migrations, *downs, *seeds; /* SpScript of scripts, NULL where there is none */
    GPtrArray *statements[SP_N_PHASES];    /* SpStatement; of RETIREMENTS, STRUCTURAL, DEPENDENT */
    char *digests[SP_N_PHASES];            /* likewise */
    GPtrArray *keys;                       /* SpPreparedKey */
    GPtrArray *cut;                        /* utf8: texts of statements without keys */
    gboolean is_complete;
    gboolean is_read;
};

/* One text after another; lives on the stack of sp_prepared_new(). */
typedef struct {
    SpPrepared *prepared;
    SpFindings *findings;
    guint flags;               /* bits of SpPreparedFlags */
    gboolean is_transactional; /* the text under way */
    guint grammar;             /* likewise */
} Preparation;

static gboolean
is_of_schema(SpPhase phase)
{
    return phase == SP_PHASE_RETIREMENTS || phase == SP_PHASE_STRUCTURAL ||
           phase == SP_PHASE_DEPENDENT;
}

/* @script: (transfer full) (nullable). Returns: (transfer none) (nullable) */
static SpScript *
keep(SpPrepared *prepared, SpScript *script)
{
    if (script == NULL)
        prepared->is_complete = FALSE;
    else
        g_ptr_array_add(prepared->scripts, script);
    if (script != NULL && !sp_script_is_read(script))
        prepared->is_complete = FALSE;
    return script;
}

static void
add_statements(GPtrArray *statements, const SpScript *script)
{
    const GPtrArray *more = sp_script_get_statements(script);
    for (guint i = 0; i < more->len; i++)
        g_ptr_array_add(statements, g_ptr_array_index(more, i));
}

static void
split_by_phase(SpPrepared *prepared, const GPtrArray *statements)
{
    for (guint i = 0; i < statements->len; i++) {
        SpStatement *statement = g_ptr_array_index(statements, i);
        if (is_of_schema(statement->phase))
            g_ptr_array_add(prepared->statements[statement->phase], statement);
    }
}

/* Returns: (transfer none) (nullable): NULL when the text does not parse */
static SpScript *
prepare(Preparation *preparation, SpScriptRole role, const char *source, const char *sql)
{
    const SpScriptText text = {
        .role = role,
        .extension = sp_extension_get_id(preparation->prepared->extension),
        .source = source,
        .sql = sql,
        .is_transactional = preparation->is_transactional,
        .has_role = sp_extension_get_role(preparation->prepared->extension) != NULL,
        .keeps_tree = (preparation->flags & SP_PREPARED_KEEPS_TREES) != 0,
        .grammar = preparation->grammar,
        .takes_newer_grammar = (preparation->flags & SP_PREPARED_TAKES_NEWER_GRAMMAR) != 0,
    };
    return keep(preparation->prepared, sp_script_new(&text, preparation->findings));
}

static void
prepare_retirements(Preparation *preparation)
{
    SpPrepared *prepared = preparation->prepared;
    for (guint i = 0; i < sp_extension_get_n_retirements(prepared->extension); i++) {
        const SpRetirement *retirement = sp_extension_get_retirement(prepared->extension, i);
        const SpScript *script =
            prepare(preparation, SP_SCRIPT_RETIRE, retirement->source, retirement->sql);
        if (script != NULL)
            split_by_phase(prepared, sp_script_get_statements(script));
    }
}

static void
prepare_schemas(Preparation *preparation)
{
    SpPrepared *prepared = preparation->prepared;
    g_autoptr(GPtrArray) statements = g_ptr_array_new();
    for (guint i = 0; i < sp_extension_get_n_schemas(prepared->extension); i++) {
        const SpSchema *schema = sp_extension_get_schema(prepared->extension, i);
        const SpScript *script =
            prepare(preparation, SP_SCRIPT_SCHEMA, schema->source, schema->sql);
        if (script != NULL)
            add_statements(statements, script);
    }
    sp_order_by_need(statements);
    split_by_phase(prepared, statements);
}

static void
prepare_migrations(Preparation *preparation)
{
    SpPrepared *prepared = preparation->prepared;
    for (guint i = 0; i < sp_extension_get_n_migrations(prepared->extension); i++) {
        const SpMigration *migration = sp_extension_get_migration(prepared->extension, i);
        SpScript *script = NULL;
        preparation->is_transactional = migration->is_transactional;
        preparation->grammar = migration->directives->grammar;
        if (!migration->is_tombstone)
            script = prepare(preparation, SP_SCRIPT_MIGRATION, migration->source, migration->sql);
        g_ptr_array_add(prepared->migrations, script);
    }
    preparation->is_transactional = TRUE;
    preparation->grammar = 0;
}

static void
prepare_downs(Preparation *preparation)
{
    SpPrepared *prepared = preparation->prepared;
    for (guint i = 0; i < sp_extension_get_n_migrations(prepared->extension); i++) {
        const SpMigration *migration = sp_extension_get_migration(prepared->extension, i);
        SpScript *script = NULL;
        preparation->grammar = migration->directives->grammar;
        if (migration->down_sql != NULL)
            script =
                prepare(preparation, SP_SCRIPT_DOWN, migration->down_source, migration->down_sql);
        g_ptr_array_add(prepared->downs, script);
    }
    preparation->grammar = 0;
}

static void
prepare_seeds(Preparation *preparation)
{
    SpPrepared *prepared = preparation->prepared;
    for (guint i = 0; i < sp_extension_get_n_seeds(prepared->extension); i++) {
        const SpSeed *seed = sp_extension_get_seed(prepared->extension, i);
        g_ptr_array_add(prepared->seeds,
                        prepare(preparation, SP_SCRIPT_SEED, seed->source, seed->sql));
    }
}

static char *
digest_of(SpPhase phase, const GPtrArray *statements)
{
    g_autofree char *digest = sp_statements_digest(statements, statements->len);
    g_autofree char *text = g_strjoin("\n", DIGEST_FORMAT, sp_phase_nick(phase), digest, NULL);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

static void
key_free(gpointer data)
{
    SpPreparedKey *key = data;
    sp_made_free(key->addition);
    sp_made_free(key->validation);
    g_free(key);
}

static SpPrepared *
prepared_alloc(const SpExtension *extension)
{
    SpPrepared *prepared = g_new0(SpPrepared, 1);
    prepared->extension = sp_extension_ref((SpExtension *)extension);
    prepared->scripts = g_ptr_array_new_with_free_func((GDestroyNotify)sp_script_free);
    prepared->unread = g_ptr_array_new_with_free_func((GDestroyNotify)sp_script_free);
    prepared->migrations = g_ptr_array_new();
    prepared->downs = g_ptr_array_new();
    prepared->seeds = g_ptr_array_new();
    prepared->keys = g_ptr_array_new_with_free_func(key_free);
    prepared->cut = g_ptr_array_new_with_free_func(g_free);
    prepared->is_complete = TRUE;
    for (SpPhase phase = 0; phase < SP_N_PHASES; phase++)
        prepared->statements[phase] = g_ptr_array_new();
    return prepared;
}

SpPrepared *
sp_prepared_new_unread(const SpExtension *extension)
{
    g_return_val_if_fail(extension != NULL, NULL);
    SpPrepared *prepared = prepared_alloc(extension);
    for (guint i = 0; i < sp_extension_get_n_seeds(extension); i++) {
        const SpSeed *seed = sp_extension_get_seed(extension, i);
        SpScript *script = sp_script_new_unread(seed->source, seed->sql);
        prepared->is_complete &= script != NULL;
        g_ptr_array_add(prepared->seeds, script);
        if (script != NULL)
            g_ptr_array_add(prepared->unread, script);
    }
    return prepared;
}

/* (transfer full) (element-type SpObject, borrowed): the tables and other relations of the
 * extension's own */
static GHashTable *
own_relations(const SpPrepared *prepared)
{
    GHashTable *own = g_hash_table_new(sp_object_hash, sp_object_equal);
    for (guint i = 0; i < prepared->scripts->len; i++) {
        const GPtrArray *statements =
            sp_script_get_statements(g_ptr_array_index(prepared->scripts, i));
        for (guint j = 0; j < statements->len; j++) {
            const SpStatement *statement = g_ptr_array_index(statements, j);
            for (guint k = 0; k < statement->effects->len; k++) {
                const SpEffect *effect = g_ptr_array_index(statement->effects, k);
                if (effect->action == SP_ACTION_CREATE)
                    g_hash_table_add(own, effect->object);
            }
        }
    }
    return own;
}

static gboolean
is_own(GHashTable *own, const SpTableName *table)
{
    const SpObject object = {.class = SP_OBJECT_RELATION,
                             .word = "table",
                             .namespace_name = table->namespace_name,
                             .name = table->name};
    return g_hash_table_contains(own, &object);
}

/* A key reads the table to which it refers, unless it is its own. */
static const SpObject *
find_other(const SpStatement *statement, const SpTableName *name)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpObject *object =
            ((const SpEffect *)g_ptr_array_index(statement->effects, i))->object;
        if (object->class == SP_OBJECT_RELATION && g_str_equal(object->name, name->name) &&
            g_str_equal(object->namespace_name, name->namespace_name))
            return object;
    }
    g_return_val_if_reached(NULL);
}

static void
add_key(SpPrepared *prepared, const SpScript *script, const SpStatement *statement,
        const SpForeignKey *key)
{
    SpPreparedKey *made = g_new0(SpPreparedKey, 1);
    made->key = key;
    made->other = find_other(statement, &key->other);
    made->script = script;
    g_ptr_array_add(prepared->keys, made);
    if (!key->is_apart)
        return;
    SpStatement place = {.source = sp_script_get_source(script), .phase = SP_PHASE_DEPENDENT};
    sp_script_locate(script, key->offset, &place.line, &place.column);
    made->addition = sp_made_new(&place, "ALTER TABLE", sp_foreign_key_addition(key));
    sp_made_touch(made->addition, SP_ACTION_READ, made->other);
    if (key->can_be_unchecked)
        made->validation = sp_made_new(&place, "ALTER TABLE", sp_foreign_key_validation(key));
}

static void
prepare_keys_of(SpPrepared *prepared, const SpScript *script, SpStatement *statement,
                GHashTable *own)
{
    gboolean is_cut = FALSE;
    for (guint i = 0; i < statement->keys->n; i++) {
        SpForeignKey *key = (SpForeignKey *)&statement->keys->items[i];
        key->is_apart |= !is_own(own, &key->other);
        is_cut |= key->is_apart;
        add_key(prepared, script, statement, key);
    }
    if (!is_cut)
        return;
    char *sql = sp_foreign_keys_cut(statement->keys, statement->sql, statement->offset);
    g_ptr_array_add(prepared->cut, sql);
    statement->sql = sql;
}

/* When all texts are there, since a migration may make the table. */
static void
prepare_keys(SpPrepared *prepared)
{
    g_autoptr(GHashTable) own = own_relations(prepared);
    for (guint i = 0; i < prepared->scripts->len; i++) {
        const SpScript *script = g_ptr_array_index(prepared->scripts, i);
        const GPtrArray *statements = sp_script_get_statements(script);
        for (guint j = 0; j < statements->len; j++) {
            SpStatement *statement = g_ptr_array_index(statements, j);
            if (statement->keys != NULL)
                prepare_keys_of(prepared, script, statement, own);
        }
    }
}

SpPrepared *
sp_prepared_new(const SpExtension *extension, guint flags, SpFindings *findings)
{
    g_return_val_if_fail(extension != NULL && findings != NULL, NULL);

    SpPrepared *prepared = prepared_alloc(extension);
    prepared->is_read = TRUE;
    Preparation preparation = {prepared, findings, flags, TRUE, 0};
    prepare_retirements(&preparation);
    prepare_schemas(&preparation);
    prepare_migrations(&preparation);
    prepare_downs(&preparation);
    prepare_seeds(&preparation);
    for (SpPhase phase = 0; phase < SP_N_PHASES; phase++)
        prepared->digests[phase] = digest_of(phase, prepared->statements[phase]);
    prepare_keys(prepared);
    return prepared;
}

void
sp_prepared_free(SpPrepared *prepared)
{
    if (prepared == NULL)
        return;
    for (SpPhase phase = 0; phase < SP_N_PHASES; phase++) {
        g_ptr_array_unref(prepared->statements[phase]);
        g_free(prepared->digests[phase]);
    }
    g_ptr_array_unref(prepared->seeds);
    g_ptr_array_unref(prepared->downs);
    g_ptr_array_unref(prepared->migrations);
    g_ptr_array_unref(prepared->scripts);
    g_ptr_array_unref(prepared->unread);
    g_ptr_array_unref(prepared->keys);
    g_ptr_array_unref(prepared->cut);
    sp_extension_unref(prepared->extension);
    g_free(prepared);
}

const SpExtension *
sp_prepared_get_extension(const SpPrepared *prepared)
{
    return prepared->extension;
}

gboolean
sp_prepared_is_read(const SpPrepared *prepared)
{
    return prepared->is_read;
}

gboolean
sp_prepared_is_complete(const SpPrepared *prepared)
{
    return prepared->is_complete;
}

const GPtrArray *
sp_prepared_get_scripts(const SpPrepared *prepared)
{
    return prepared->scripts;
}

const GPtrArray *
sp_prepared_get_statements(const SpPrepared *prepared, SpPhase phase)
{
    g_return_val_if_fail(is_of_schema(phase), NULL);
    return prepared->statements[phase];
}

static const SpScript *
script_at(const GPtrArray *scripts, guint index)
{
    g_return_val_if_fail(index < scripts->len, NULL);
    return g_ptr_array_index(scripts, index);
}

const SpScript *
sp_prepared_get_migration(const SpPrepared *prepared, guint index)
{
    return script_at(prepared->migrations, index);
}

const SpScript *
sp_prepared_get_down(const SpPrepared *prepared, guint index)
{
    return script_at(prepared->downs, index);
}

const SpScript *
sp_prepared_get_seed(const SpPrepared *prepared, guint index)
{
    return script_at(prepared->seeds, index);
}

const char *
sp_prepared_get_digest(const SpPrepared *prepared, SpPhase phase)
{
    g_return_val_if_fail(is_of_schema(phase), NULL);
    return prepared->digests[phase];
}

const GPtrArray *
sp_prepared_get_keys(const SpPrepared *prepared)
{
    return prepared->keys;
}
