/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/hazard.h"

#include "base/error.h"

/* What finding needs at hand; lives on the stack of sp_hazards_find(). */
typedef struct {
    const SpTables *tables;
    /* SpObject -> SpTableFacts or NULL: what earlier statements of the plan renamed or dropped */
    GHashTable *changes;
    SpFindings *findings;
    GPtrArray *hazards;
} Search;

/* One statement of a step. */
typedef struct {
    const SpStep *step;
    guint step_index;
    const SpStatement *statement;
    guint number;
} Spot;

static void
hazard_free(gpointer data)
{
    SpHazard *hazard = data;
    g_free(hazard->name);
    g_free(hazard->message);
    g_free(hazard);
}

/* (nullable): NULL for what is not there, or will not be when the statement runs. */
static const SpTableFacts *
find_table(const Search *search, const SpObject *object)
{
    gpointer facts;
    if (g_hash_table_lookup_extended(search->changes, object, NULL, &facts))
        return facts;
    return sp_tables_find(search->tables, object);
}

static void
set_table(const Search *search, const SpObject *object, const SpTableFacts *facts)
{
    g_hash_table_insert(search->changes, (gpointer)object, (gpointer)facts);
}

/* (nullable): the first relation that the statement does that to. */
static const SpObject *
find_effect(const SpStatement *statement, SpAction action)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action == action && effect->object->class == SP_OBJECT_RELATION)
            return effect->object;
    }
    return NULL;
}

static void
follow(const Search *search, const SpStatement *statement)
{
    const SpObject *old = find_effect(statement, SP_ACTION_ALTER);
    const SpObject *new = find_effect(statement, SP_ACTION_CREATE);
    PgQuery__Node__NodeCase kind = statement->node->node_case;
    gboolean moves = kind == PG_QUERY__NODE__NODE_RENAME_STMT ||
                     kind == PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT;

    if (moves && old != NULL && new != NULL) {
        set_table(search, new, find_table(search, old));
        set_table(search, old, NULL);
    }
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action == SP_ACTION_DROP && effect->object->class == SP_OBJECT_RELATION)
            set_table(search, effect->object, NULL);
    }
}

static gboolean
is_made_already(const Search *search, const SpStatement *statement)
{
    const SpObject *index = find_effect(statement, SP_ACTION_CREATE);
    return statement->node->node_case == PG_QUERY__NODE__NODE_INDEX_STMT &&
           statement->node->index_stmt->if_not_exists && index != NULL &&
           find_table(search, index) != NULL;
}

static char *
describe_size(const SpTableFacts *table, const SpHazardRule *rule)
{
    if (table->bytes < 0)
        return g_strdup(rule->rewrites || rule->scans ? " On a large table that takes long." : "");
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *size = g_format_size((guint64)table->bytes);
    g_string_append_printf(text, " The table has %s", size);
    if (table->rows >= 0)
        g_string_append_printf(text, " and about %" G_GINT64_FORMAT " rows.", table->rows);
    else
        g_string_append(text, "; its rows were never counted.");
    g_string_replace(text, "\u00a0", " ", 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static const char *
describe_work(const SpHazardRule *rule)
{
    if (rule->rewrites)
        return ", and writes the whole table anew";
    return rule->scans ? ", and reads every row" : "";
}

static SpPlace
place_of(const Spot *spot)
{
    const SpExtension *extension = sp_prepared_get_extension(spot->step->prepared);
    return (SpPlace){
        .path = sp_extension_get_path(extension),
        .extension = sp_extension_get_id(extension),
        .phase = sp_phase_nick(spot->step->phase),
        .source = spot->step->source,
    };
}

static void
warn(const Search *search, const Spot *spot, const SpHazard *hazard)
{
    const SpHazardRule *rule = hazard->rule;
    g_autofree char *size = describe_size(hazard->table, rule);
    g_autofree char *detail = g_strdup_printf("It takes the lock %s%s. %s%s", hazard->lock,
                                              describe_work(rule), rule->reason, size);
    GError *error = sp_error_new(SP_ERROR_HAZARD, detail, rule->safer, "%s", hazard->message);
    SpPlace place = place_of(spot);
    place.source = spot->statement->source;
    place.line = spot->statement->line;
    place.column = spot->statement->column;
    place.statement = spot->number;
    place.statements = spot->step->statements->len;
    sp_error_place(error, &place);
    sp_findings_warn(search->findings, error);
}

/* An index is named by the statement, but it is its table that is locked. */
static const SpObject *
table_of(const SpSite *site)
{
    return g_str_equal(site->object->word, "index") ? site->table->object : site->object;
}

/* Whether the statement has raised that code for that table already. */
static gboolean
is_told(const Search *search, const Spot *spot, const SpHazardRule *rule, const char *name)
{
    for (guint i = search->hazards->len; i > 0; i--) {
        const SpHazard *hazard = g_ptr_array_index(search->hazards, i - 1);
        if (hazard->statement != spot->statement)
            return FALSE;
        if (g_str_equal(hazard->rule->code, rule->code) && g_str_equal(hazard->name, name))
            return TRUE;
    }
    return FALSE;
}

static void
tell(const Search *search, const Spot *spot, const SpHazardRule *rule, const SpSite *site)
{
    const SpObject *object = table_of(site);
    g_autofree char *name = g_strdup_printf("%s.%s", object->namespace_name, object->name);
    g_autofree char *short_name = sp_object_describe(object);
    if (is_told(search, spot, rule, name))
        return;
    SpHazard *hazard = g_new0(SpHazard, 1);
    hazard->step = spot->step_index;
    hazard->rule = rule;
    hazard->statement = spot->statement;
    hazard->number = spot->number;
    hazard->table = site->table;
    hazard->name = g_steal_pointer(&name);
    hazard->lock = sp_hazard_rule_lock(rule, site);
    hazard->message =
        g_strdup_printf("%s: %s %s \"%s\"", rule->code, rule->problem, object->word, short_name);
    g_ptr_array_add(search->hazards, hazard);
    warn(search, spot, hazard);
}

/* (nullable): NULL for a step that is no migration. */
static const SpMigration *
migration_of(const SpStep *step)
{
    if (step->kind != SP_STEP_MIGRATION)
        return NULL;
    return sp_extension_get_migration(sp_prepared_get_extension(step->prepared), step->index);
}

static gboolean
is_allowed(const SpStep *step, const char *code)
{
    const SpMigration *migration = migration_of(step);
    return migration != NULL && sp_directives_find_allowance(migration->directives, code) != NULL;
}

static void
search_statement(const Search *search, const Spot *spot)
{
    /* What puts back a lost part is the host's own, and was never parsed. */
    if (spot->statement->node == NULL)
        return;
    g_autoptr(GPtrArray) sites = sp_sites_new(spot->statement);
    gboolean is_idle = is_made_already(search, spot->statement);
    for (guint i = 0; !is_idle && i < sites->len; i++) {
        SpSite *site = g_ptr_array_index(sites, i);
        site->table = find_table(search, site->object);
        for (guint j = 0; site->table != NULL && j < sp_hazard_rules_get_n(); j++) {
            const SpHazardRule *rule = sp_hazard_rules_get(j);
            if (sp_hazard_rule_applies(j, site) && !is_allowed(spot->step, rule->code))
                tell(search, spot, rule, site);
        }
    }
    follow(search, spot->statement);
}

/* Asked of the text alone: on a fresh database nothing would need any allowance. */
static gboolean
may_raise(const SpStatement *statement, const char *code)
{
    g_autoptr(GPtrArray) sites = sp_sites_new(statement);
    for (guint i = 0; i < sites->len; i++)
        for (guint j = 0; j < sp_hazard_rules_get_n(); j++)
            if (g_str_equal(sp_hazard_rules_get(j)->code, code) &&
                sp_hazard_rule_applies(j, g_ptr_array_index(sites, i)))
                return TRUE;
    return FALSE;
}

static gboolean
is_needed(const SpStep *step, const char *code)
{
    for (guint i = 0; i < step->statements->len; i++)
        if (may_raise(g_ptr_array_index(step->statements, i), code))
            return TRUE;
    return FALSE;
}

static gboolean
is_code(const char *code)
{
    for (guint i = 0; i < sp_hazard_rules_get_n(); i++)
        if (g_str_equal(sp_hazard_rules_get(i)->code, code))
            return TRUE;
    return FALSE;
}

static void
check_allowances(const Search *search, const Spot *spot)
{
    const SpMigration *migration = migration_of(spot->step);
    const GPtrArray *allowances = migration ? migration->directives->allowances : NULL;
    for (guint i = 0; allowances != NULL && i < allowances->len; i++) {
        const SpAllowance *allowance = g_ptr_array_index(allowances, i);
        if (is_needed(spot->step, allowance->code))
            continue;
        GError *error = sp_error_new(SP_ERROR_HAZARD,
                                     is_code(allowance->code)
                                         ? "No statement of the migration raises that hazard."
                                         : "There is no hazard of that name.",
                                     "Remove the line, or mend the code.",
                                     "\"@allow: %s\": nothing here needs it", allowance->code);
        SpPlace place = place_of(spot);
        sp_error_place(error, &place);
        sp_findings_warn(search->findings, error);
    }
}

static void
search_step(const Search *search, const SpStep *step, guint index)
{
    Spot spot = {.step = step, .step_index = index};
    for (guint i = step->n_done; i < step->statements->len; i++) {
        spot.statement = g_ptr_array_index(step->statements, i);
        spot.number = i + 1;
        search_statement(search, &spot);
    }
    check_allowances(search, &spot);
}

GPtrArray *
sp_hazards_find(const SpPlan *plan, const SpTables *tables, SpFindings *findings)
{
    g_autoptr(GHashTable) changes = g_hash_table_new(sp_object_hash, sp_object_equal);
    const GPtrArray *steps = sp_plan_get_steps(plan);
    Search search = {
        .tables = tables,
        .changes = changes,
        .findings = findings,
        .hazards = g_ptr_array_new_with_free_func(hazard_free),
    };
    for (guint i = 0; i < steps->len; i++) {
        const SpStep *step = g_ptr_array_index(steps, i);
        if (step->state == SP_STEP_PENDING &&
            (step->kind == SP_STEP_DDL || step->kind == SP_STEP_MIGRATION))
            search_step(&search, step, i);
    }
    return search.hazards;
}

/* Every relation that the statements name and do not make. The table of an index is not known, so
 * the index stands for it. (transfer full) */
static SpTables *
assume_tables(const GPtrArray *statements)
{
    g_autoptr(GHashTable) made = g_hash_table_new(sp_object_hash, sp_object_equal);
    SpTables *tables = sp_tables_new();
    for (guint i = 0; i < statements->len; i++) {
        const SpStatement *statement = g_ptr_array_index(statements, i);
        for (guint j = 0; j < statement->effects->len; j++) {
            const SpEffect *effect = g_ptr_array_index(statement->effects, j);
            if (effect->object->class != SP_OBJECT_RELATION || effect->is_temporary)
                continue;
            if (effect->action == SP_ACTION_CREATE)
                g_hash_table_add(made, effect->object);
            else if (!g_hash_table_contains(made, effect->object))
                sp_tables_add(tables, effect->object, -1, -1);
        }
    }
    return tables;
}

static void
foresee(const SpPrepared *prepared, guint index, const GPtrArray *statements, SpFindings *findings)
{
    const SpMigration *migration =
        sp_extension_get_migration(sp_prepared_get_extension(prepared), index);
    const SpStep step = {
        .phase = SP_PHASE_MIGRATIONS,
        .kind = SP_STEP_MIGRATION,
        .prepared = prepared,
        .index = index,
        .source = migration->source,
        .statements = statements,
    };
    g_autoptr(SpTables) tables = assume_tables(statements);
    g_autoptr(GHashTable) changes = g_hash_table_new(sp_object_hash, sp_object_equal);
    g_autoptr(GPtrArray) hazards = g_ptr_array_new_with_free_func(hazard_free);
    const Search search = {tables, changes, findings, hazards};
    search_step(&search, &step, 0);
}

void
sp_hazards_foresee(const SpPrepared *prepared, SpFindings *findings)
{
    guint n = sp_extension_get_n_migrations(sp_prepared_get_extension(prepared));
    for (guint i = 0; i < n; i++) {
        const SpScript *script = sp_prepared_get_migration(prepared, i);
        if (script != NULL)
            foresee(prepared, i, sp_script_get_statements(script), findings);
    }
}
