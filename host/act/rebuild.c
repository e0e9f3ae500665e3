/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "act/rebuild.h"

#include "act/dependents.h"
#include "base/error.h"
#include "model/made.h"

/* invalid_table_definition, invalid_function_definition */
static const char *const sqlstates[] = {"42P16", "42P13", NULL};

/* What a rebuild needs at hand; lives on the stack of sp_rebuild_expand(). */
typedef struct {
    const SpDeclared *declared;
    const SpStep *step;
    const GPtrArray *statements; /* SpStatement: of the step, without what is made anew */
    const GPtrArray *dependents; /* SpDependent */
    guint index;                 /* of the statement in @statements */
    guint *places;               /* one a dependent: behind which statement it is there again */
    gboolean *is_declared;       /* one a dependent: whether that statement makes it */
    GPtrArray *made;             /* SpStatement: owns those that the host makes */
    GPtrArray *result;           /* SpStatement */
} Rebuild;

gboolean
sp_rebuild_may_help(const SpStep *step, const GError *problem)
{
    const SpPlace *place = sp_error_get_place(problem);
    return step->kind == SP_STEP_DDL && step->phase != SP_PHASE_RETIREMENTS &&
           place->statement > 0 && place->sqlstate != NULL &&
           g_strv_contains(sqlstates, place->sqlstate);
}

static gboolean
is_same(const SpObject *a, const SpObject *b)
{
    return a->class == b->class && g_str_equal(a->namespace_name, b->namespace_name) &&
           g_str_equal(a->name, b->name) && g_strcmp0(a->parent, b->parent) == 0 &&
           (a->class != SP_OBJECT_ROUTINE ||
            sp_object_count_arguments(a) == sp_object_count_arguments(b));
}

static const SpObject *
find_created(const SpStatement *statement, const SpObject *object)
{
    for (guint i = 0; i < statement->effects->len; i++) {
        const SpEffect *effect = g_ptr_array_index(statement->effects, i);
        if (effect->action == SP_ACTION_CREATE && !effect->is_temporary &&
            (object == NULL || is_same(effect->object, object)))
            return effect->object;
    }
    return NULL;
}

/* Whether a schema of the extension makes it. */
static gboolean
is_of_schema(const SpPrepared *prepared, const SpObject *object)
{
    static const SpPhase phases[] = {SP_PHASE_STRUCTURAL, SP_PHASE_DEPENDENT};
    for (guint i = 0; i < G_N_ELEMENTS(phases); i++) {
        const GPtrArray *statements = sp_prepared_get_statements(prepared, phases[i]);
        for (guint j = 0; j < statements->len; j++)
            if (find_created(g_ptr_array_index(statements, j), object) != NULL)
                return TRUE;
    }
    return FALSE;
}

/* What stands on a table is its owner's, unless another schema says that it is its own. */
static gboolean
is_own(const Rebuild *rebuild, const SpObject *object)
{
    const SpOwnership *ownership = sp_declared_get_ownership(rebuild->declared);
    const char *id = sp_step_extension_id(rebuild->step);
    if (is_of_schema(rebuild->step->prepared, object))
        return TRUE;
    const SpObject table = {.class = SP_OBJECT_RELATION,
                            .word = "table",
                            .namespace_name = object->namespace_name,
                            .name = object->parent ? object->parent : object->name};
    const char *owner = sp_ownership_find(ownership, object->parent != NULL ? &table : object);
    return g_strcmp0(owner, id) == 0;
}

/* A view may be anybody's; but under its role an extension can borrow only that of another one. */
static gboolean
is_in_reach(const Rebuild *rebuild, const SpDependent *dependent)
{
    const SpExtension *extension = sp_prepared_get_extension(rebuild->step->prepared);
    if (is_own(rebuild, dependent->object))
        return TRUE;
    if (!dependent->is_view || sp_extension_get_role(extension) == NULL)
        return dependent->is_view;
    return sp_role_use_find_owner(rebuild->declared, dependent->object) != NULL;
}

static void
find_place(const Rebuild *rebuild, guint number)
{
    const SpDependent *dependent = g_ptr_array_index(rebuild->dependents, number);
    rebuild->places[number] = rebuild->index;
    for (guint i = 0; i < rebuild->statements->len; i++) {
        if (find_created(g_ptr_array_index(rebuild->statements, i), dependent->object) == NULL)
            continue;
        rebuild->places[number] = i;
        rebuild->is_declared[number] = TRUE;
    }
    for (guint i = 0; !rebuild->is_declared[number] && i < number; i++) {
        const SpDependent *other = g_ptr_array_index(rebuild->dependents, i);
        if (other->depth < dependent->depth)
            rebuild->places[number] = MAX(rebuild->places[number], rebuild->places[i]);
    }
}

static GError *
refusal_of(const Rebuild *rebuild, const SpDependent *dependent)
{
    const SpStatement *statement = g_ptr_array_index(rebuild->statements, rebuild->index);
    const SpObject *object = find_created(statement, NULL);
    g_autofree char *name = sp_object_describe(object);
    g_autofree char *detail = g_strdup_printf(
        "CREATE OR REPLACE cannot make the change, so it would have to be dropped; %s depends on "
        "it%s. The transaction was rolled back.",
        dependent->description,
        dependent->object == NULL ? " and cannot be made again without loss"
                                  : ", and is of no schema of this extension");
    GError *error = sp_error_new(
        SP_ERROR_CANNOT_REBUILD, detail,
        "Drop it in a migration, and make it again behind the change; or give the changed object "
        "another name.",
        "cannot rebuild %s \"%s\"", object->word, name);
    const SpPlace place = {.source = statement->source,
                           .line = statement->line,
                           .column = statement->column,
                           .sql = statement->sql};
    sp_error_place(error, &place);
    sp_step_place(error, rebuild->step);
    return error;
}

static gboolean
check_dependents(const Rebuild *rebuild, GError **error)
{
    for (guint i = 1; i < rebuild->dependents->len; i++) {
        const SpDependent *dependent = g_ptr_array_index(rebuild->dependents, i);
        if (dependent->object == NULL || !is_in_reach(rebuild, dependent)) {
            g_propagate_error(error, refusal_of(rebuild, dependent));
            return FALSE;
        }
        find_place(rebuild, i);
    }
    return TRUE;
}

static void
add_made(const Rebuild *rebuild, const SpDependent *dependent, const char *tag, const char *sql)
{
    const SpStatement *origin = g_ptr_array_index(rebuild->statements, rebuild->index);
    SpStatement *statement = sp_made_new(origin, tag, g_strdup(sql));
    sp_made_touch(statement, SP_ACTION_ALTER, dependent->object);
    statement->facts = SP_FACT_REBUILDS;
    g_ptr_array_add(rebuild->made, statement);
    g_ptr_array_add(rebuild->result, statement);
}

/* First of all, since a statement before may make one of them anew. */
static void
add_drops(const Rebuild *rebuild)
{
    for (guint i = rebuild->dependents->len; i > 0; i--) {
        const SpDependent *dependent = g_ptr_array_index(rebuild->dependents, i - 1);
        add_made(rebuild, dependent, "DROP", dependent->drop);
    }
}

static void
add_dependents(const Rebuild *rebuild, guint place, gboolean is_declared)
{
    for (guint i = 0; i < rebuild->dependents->len; i++) {
        const SpDependent *dependent = g_ptr_array_index(rebuild->dependents, i);
        if (rebuild->places[i] != place || rebuild->is_declared[i] != is_declared)
            continue;
        if (!is_declared)
            add_made(rebuild, dependent, "CREATE", dependent->create);
        for (guint j = 0; j < dependent->keeps->len; j++)
            add_made(rebuild, dependent, "ALTER", g_ptr_array_index(dependent->keeps, j));
    }
}

static void
compose(const Rebuild *rebuild)
{
    add_drops(rebuild);
    for (guint i = 0; i < rebuild->statements->len; i++) {
        g_ptr_array_add(rebuild->result, g_ptr_array_index(rebuild->statements, i));
        add_dependents(rebuild, i, TRUE);
        add_dependents(rebuild, i, FALSE);
    }
}

static gboolean
makes(const Rebuild *rebuild, const SpStatement *statement)
{
    for (guint i = 0; i < rebuild->dependents->len; i++) {
        const SpDependent *dependent = g_ptr_array_index(rebuild->dependents, i);
        if (g_strcmp0(dependent->drop, statement->sql) == 0 ||
            g_strcmp0(dependent->create, statement->sql) == 0 ||
            g_ptr_array_find_with_equal_func(dependent->keeps, statement->sql, g_str_equal, NULL))
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_made(const SpStep *step, const SpStatement *statement)
{
    return step->made != NULL && g_ptr_array_find((GPtrArray *)step->made, statement, NULL);
}

/* (transfer full): the statements of the step, without those of an earlier rebuild that this one
 * makes too. */
static GPtrArray *
statements_before(const Rebuild *rebuild, guint *index)
{
    const SpStatement *failed = g_ptr_array_index(rebuild->step->statements, *index);
    GPtrArray *statements = g_ptr_array_new();
    for (guint i = 0; i < rebuild->step->statements->len; i++) {
        SpStatement *statement = g_ptr_array_index(rebuild->step->statements, i);
        if (statement == failed)
            *index = statements->len;
        if (!is_made(rebuild->step, statement) || !makes(rebuild, statement))
            g_ptr_array_add(statements, statement);
    }
    return statements;
}

/* Whether the object was dropped before already, and yet its statement failed. */
static gboolean
is_rebuilt(const SpStep *step, const SpDependent *object)
{
    for (guint i = 0; step->made != NULL && i < step->made->len; i++) {
        const SpStatement *statement = g_ptr_array_index(step->made, i);
        if (g_str_equal(statement->sql, object->drop))
            return TRUE;
    }
    return FALSE;
}

static void
keep_result(SpStep *step, Rebuild *rebuild)
{
    for (guint i = 0; step->made != NULL && i < step->made->len; i++)
        g_ptr_array_add(rebuild->made, g_ptr_array_index(step->made, i));
    if (step->made != NULL) {
        g_ptr_array_set_free_func((GPtrArray *)step->made, NULL);
        g_ptr_array_unref((GPtrArray *)step->made);
    }
    g_ptr_array_unref((GPtrArray *)step->statements);
    step->made = g_ptr_array_ref(rebuild->made);
    step->statements = g_ptr_array_ref(rebuild->result);
}

gboolean
sp_rebuild_expand(SpSession *session, const SpDeclared *declared, SpStep *step, guint index,
                  GError **error)
{
    const SpObject *object = find_created(g_ptr_array_index(step->statements, index), NULL);
    if (object == NULL || is_made(step, g_ptr_array_index(step->statements, index)))
        return FALSE;
    g_autoptr(GPtrArray) dependents = sp_dependents_read(session, object, error);
    if (dependents == NULL || dependents->len == 0 ||
        is_rebuilt(step, g_ptr_array_index(dependents, 0)))
        return FALSE;
    g_autofree guint *places = g_new0(guint, dependents->len);
    g_autofree gboolean *is_declared = g_new0(gboolean, dependents->len);
    g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func((GDestroyNotify)sp_made_free);
    g_autoptr(GPtrArray) result = g_ptr_array_new();
    Rebuild rebuild = {declared, step, NULL, dependents, index, places, is_declared, made, result};
    g_autoptr(GPtrArray) statements = statements_before(&rebuild, &rebuild.index);
    rebuild.statements = statements;
    places[0] = rebuild.index;
    is_declared[0] = TRUE;
    if (!check_dependents(&rebuild, error))
        return FALSE;
    compose(&rebuild);
    keep_result(step, &rebuild);
    sp_step_choose_role(step, declared);
    return TRUE;
}
