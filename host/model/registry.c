/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/registry.h"

#include "base/error.h"
#include "model/dependency.h"
#include "model/version.h"

/* A circle of more names is shown in part. */
#define CIRCLE_MAX 100

/* One extension, while and after it is ordered. */
typedef struct Node {
    SpExtension *extension;
    GPtrArray *dependencies; /* Node: those present and enabled, by priority and id */
    GError *refusal;         /* (nullable) */
    gboolean is_disabled;
    gboolean has_absent; /* a dependency, be it optional, is not there; of a partial set */
    int position;
    /* of a walk */
    guint number; /* 1-based, in the order of discovery; 0 when not yet discovered */
    guint lowest; /* number of an open node that is reached from here */
    gboolean is_open;
    guint next_dependency;
    /* of a search for circles */
    guint group;               /* the same for all that reach each other */
    const struct Node *origin; /* where the last search that came here began */
    const struct Node *from;   /* the step before, on the way from origin */
    gboolean is_in_circle;
} Node;

struct SpRegistry {
    GPtrArray *nodes;    /* Node, by priority, id and path; owned */
    GHashTable *by_id;   /* id -> Node; of several with one id, the first */
    GHashTable *by_self; /* SpExtension -> Node */
    GPtrArray *order;    /* Node */
    GPtrArray *disabled; /* SpExtension, by id */
    gboolean is_partial;
    SpFindings *findings; /* borrowed, while the registry is built; NULL afterwards */
};

static void
node_free(Node *node)
{
    sp_extension_unref(node->extension);
    g_ptr_array_unref(node->dependencies);
    g_clear_error(&node->refusal);
    g_free(node);
}

static const char *
node_id(const Node *node)
{
    return sp_extension_get_id(node->extension);
}

static int
compare_nodes(gconstpointer a, gconstpointer b)
{
    const SpExtension *x = (*(Node *const *)a)->extension, *y = (*(Node *const *)b)->extension;
    guint priority_x = sp_extension_get_priority(x), priority_y = sp_extension_get_priority(y);
    if (priority_x != priority_y)
        return priority_x < priority_y ? -1 : 1;
    int order = g_strcmp0(sp_extension_get_id(x), sp_extension_get_id(y));
    return order != 0 ? order : g_strcmp0(sp_extension_get_path(x), sp_extension_get_path(y));
}

static int
compare_ids(gconstpointer a, gconstpointer b)
{
    const SpExtension *x = *(SpExtension *const *)a, *y = *(SpExtension *const *)b;
    return g_strcmp0(sp_extension_get_id(x), sp_extension_get_id(y));
}

/* The first refusal of a node is its reason. @error: (transfer full) */
static void
refuse(SpRegistry *registry, Node *node, GError *error)
{
    SpPlace place = {.path = sp_extension_get_path(node->extension), .extension = node_id(node)};
    sp_error_place(error, &place);
    if (node->refusal == NULL)
        node->refusal = g_error_copy(error);
    sp_findings_refuse(registry->findings, error);
}

static void
refuse_duplicate(SpRegistry *registry, Node *node, const Node *other)
{
    g_autofree char *detail = g_strdup_printf("Both \"%s\" and \"%s\" declare it.",
                                              sp_extension_get_path(node->extension),
                                              sp_extension_get_path(other->extension));
    refuse(registry, node,
           sp_error_new(SP_ERROR_DUPLICATE_EXTENSION, detail, "Remove one of the two files.",
                        "extension \"%s\" is declared by two plugins", node_id(node)));
}

static void
add_nodes(SpRegistry *registry, const GPtrArray *extensions)
{
    for (guint i = 0; i < extensions->len; i++) {
        Node *node = g_new0(Node, 1);
        node->extension = sp_extension_ref(g_ptr_array_index(extensions, i));
        node->dependencies = g_ptr_array_new();
        node->position = -1;
        g_ptr_array_add(registry->nodes, node);
        g_hash_table_insert(registry->by_self, node->extension, node);
    }
    g_ptr_array_sort(registry->nodes, compare_nodes);
    for (guint i = 0; i < registry->nodes->len; i++) {
        Node *node = g_ptr_array_index(registry->nodes, i);
        Node *first = g_hash_table_lookup(registry->by_id, node_id(node));
        if (first == NULL) {
            g_hash_table_insert(registry->by_id, (gpointer)node_id(node), node);
            continue;
        }
        if (first->refusal == NULL)
            refuse_duplicate(registry, first, node);
        refuse_duplicate(registry, node, first);
    }
}

static void
disable(SpRegistry *registry, const char *id)
{
    Node *node = g_hash_table_lookup(registry->by_id, id);
    if (node == NULL) {
        GError *error = sp_error_new(SP_ERROR_CONFIGURATION, NULL, NULL,
                                     "disabled extension \"%s\" is not there", id);
        sp_findings_warn(registry->findings, error);
        return;
    }
    if (sp_extension_is_required(node->extension)) {
        refuse(registry, node,
               sp_error_new(SP_ERROR_REQUIRED_DISABLED, "The extension declares itself required.",
                            "Take it out of the list of disabled extensions.",
                            "required extension \"%s\" cannot be disabled", id));
        return;
    }
    if (node->is_disabled || node->refusal != NULL)
        return;
    node->is_disabled = TRUE;
    g_ptr_array_add(registry->disabled, node->extension);
}

static void
note_absent(SpRegistry *registry, Node *node, const SpDependency *dependency)
{
    node->has_absent = TRUE;
    if (dependency->is_optional)
        return;
    GError *note = sp_dependency_absent(node_id(node), dependency);
    SpPlace place = {.path = sp_extension_get_path(node->extension), .extension = node_id(node)};
    sp_error_place(note, &place);
    sp_findings_note(registry->findings, note);
}

/* Binds a declared dependency to the node that it names, or refuses. */
static void
resolve(SpRegistry *registry, Node *node, const SpDependency *dependency)
{
    Node *target = g_hash_table_lookup(registry->by_id, dependency->id);
    if (target == NULL && registry->is_partial) {
        note_absent(registry, node, dependency);
        return;
    }
    if (target == NULL || target->is_disabled) {
        if (!dependency->is_optional)
            refuse(registry, node,
                   sp_dependency_missing(node_id(node), dependency->id,
                                         target ? "is disabled"
                                                : "is not there, or its plugin was refused"));
        return;
    }
    if (!sp_version_in_range(sp_extension_get_version(target->extension),
                             dependency->version_range))
        refuse(registry, node,
               sp_dependency_misfit(node_id(node), dependency,
                                    sp_extension_get_version(target->extension)));
    g_ptr_array_add(node->dependencies, target);
}

static void
resolve_all(SpRegistry *registry)
{
    for (guint i = 0; i < registry->nodes->len; i++) {
        Node *node = g_ptr_array_index(registry->nodes, i);
        guint n = sp_extension_get_n_dependencies(node->extension);
        for (guint j = 0; j < n && !node->is_disabled; j++)
            resolve(registry, node, sp_extension_get_dependency(node->extension, j));
        g_ptr_array_sort(node->dependencies, compare_nodes);
    }
}

/* (transfer full) (element-type Node): a shortest way from @start back to it, last step first. */
static GPtrArray *
find_circle(Node *start)
{
    g_autoptr(GPtrArray) queue = g_ptr_array_new();
    g_ptr_array_add(queue, start);
    start->from = NULL;
    const Node *last = NULL;
    for (guint i = 0; i < queue->len && last == NULL; i++) {
        const Node *node = g_ptr_array_index(queue, i);
        for (guint j = 0; j < node->dependencies->len && last == NULL; j++) {
            Node *next = g_ptr_array_index(node->dependencies, j);
            if (next == start)
                last = node;
            if (next == start || next->group != start->group || next->origin == start)
                continue;
            next->origin = start;
            next->from = node;
            g_ptr_array_add(queue, next);
        }
    }
    GPtrArray *circle = g_ptr_array_new();
    for (; last != NULL; last = last->from)
        g_ptr_array_add(circle, (gpointer)last);
    return circle;
}

static void
refuse_circle(SpRegistry *registry, const GPtrArray *circle)
{
    g_autoptr(GString) chain = g_string_new(NULL);
    for (guint i = 0; i < MIN(circle->len, CIRCLE_MAX); i++)
        g_string_append_printf(chain, "\"%s\" -> ",
                               node_id(g_ptr_array_index(circle, circle->len - 1 - i)));
    if (circle->len > CIRCLE_MAX)
        g_string_append_printf(chain, "(%u more) -> ", circle->len - CIRCLE_MAX);
    g_string_append_printf(chain, "\"%s\"", node_id(g_ptr_array_index(circle, circle->len - 1)));
    for (guint i = circle->len; i > 0; i--) {
        Node *node = g_ptr_array_index(circle, i - 1);
        if (node->is_in_circle)
            continue;
        node->is_in_circle = TRUE;
        refuse(registry, node,
               sp_error_new(SP_ERROR_DEPENDENCY_CYCLE,
                            "Every extension in the circle waits for another one to be installed "
                            "first.",
                            "Remove one of the dependencies.",
                            "extensions depend on each other in a circle: %s", chain->str));
    }
}

static gboolean
is_mandatory(const Node *node, const char *dependency)
{
    for (guint i = 0; i < sp_extension_get_n_dependencies(node->extension); i++) {
        const SpDependency *declared = sp_extension_get_dependency(node->extension, i);
        if (g_str_equal(declared->id, dependency))
            return !declared->is_optional;
    }
    return FALSE;
}

static void
refuse_with_dependency(SpRegistry *registry, Node *node)
{
    for (guint i = 0; i < node->dependencies->len && node->refusal == NULL; i++) {
        const Node *dependency = g_ptr_array_index(node->dependencies, i);
        if (dependency->refusal != NULL && is_mandatory(node, node_id(dependency)))
            refuse(registry, node,
                   sp_dependency_missing(node_id(node), node_id(dependency), "is refused itself"));
    }
}

/* What a walk hands on: the largest groups of nodes that all reach each other, dependencies first.
 * A group of one is no circle, since an extension that depends on itself is never made. */
typedef void (*TakeGroup)(SpRegistry *registry, GPtrArray *group);

static void
judge(SpRegistry *registry, GPtrArray *group)
{
    if (group->len == 1) {
        refuse_with_dependency(registry, g_ptr_array_index(group, 0));
        return;
    }
    g_ptr_array_sort(group, compare_nodes);
    for (guint i = 0; i < group->len; i++)
        ((Node *)g_ptr_array_index(group, i))->group =
            ((Node *)g_ptr_array_index(group, 0))->number;
    for (guint i = 0; i < group->len; i++) {
        Node *node = g_ptr_array_index(group, i);
        g_autoptr(GPtrArray) circle = node->is_in_circle ? NULL : find_circle(node);
        if (circle != NULL)
            refuse_circle(registry, circle);
    }
}

static void
accept(SpRegistry *registry, GPtrArray *group)
{
    Node *node = g_ptr_array_index(group, 0);
    node->position = (int)registry->order->len;
    g_ptr_array_add(registry->order, node);
}

typedef struct {
    SpRegistry *registry;
    TakeGroup take;
    GPtrArray *path; /* Node: from the root to where the walk is */
    GPtrArray *open; /* Node: those whose group is not complete */
    guint n_discovered;
} Walk;

static void
enter(Walk *walk, Node *node)
{
    node->number = node->lowest = ++walk->n_discovered;
    node->is_open = TRUE;
    g_ptr_array_add(walk->path, node);
    g_ptr_array_add(walk->open, node);
}

static void
leave(Walk *walk, Node *node)
{
    g_ptr_array_set_size(walk->path, (gint)walk->path->len - 1);
    if (walk->path->len > 0) {
        Node *parent = g_ptr_array_index(walk->path, walk->path->len - 1);
        parent->lowest = MIN(parent->lowest, node->lowest);
    }
    if (node->lowest != node->number)
        return;
    g_autoptr(GPtrArray) group = g_ptr_array_new();
    Node *member;
    do {
        member = g_ptr_array_steal_index(walk->open, walk->open->len - 1);
        member->is_open = FALSE;
        g_ptr_array_add(group, member);
    } while (member != node);
    walk->take(walk->registry, group);
}

static void
visit(Walk *walk, Node *root)
{
    enter(walk, root);
    while (walk->path->len > 0) {
        Node *node = g_ptr_array_index(walk->path, walk->path->len - 1);
        if (node->next_dependency == node->dependencies->len) {
            leave(walk, node);
            continue;
        }
        Node *next = g_ptr_array_index(node->dependencies, node->next_dependency++);
        if (next->number == 0)
            enter(walk, next);
        else if (next->is_open)
            node->lowest = MIN(node->lowest, next->number);
    }
}

/* Depth first, post-order, by the algorithm of Tarjan ("Depth-first search and linear graph
 * algorithms", 1972). The path is on the heap, so that a long chain cannot exhaust the stack. */
static void
walk_all(SpRegistry *registry, gboolean only_accepted, TakeGroup take)
{
    g_autoptr(GPtrArray) path = g_ptr_array_new();
    g_autoptr(GPtrArray) open = g_ptr_array_new();
    Walk walk = {registry, take, path, open, 0};
    for (guint i = 0; i < registry->nodes->len; i++) {
        Node *node = g_ptr_array_index(registry->nodes, i);
        gboolean is_left_out = only_accepted && (node->is_disabled || node->refusal != NULL);
        node->number = is_left_out ? G_MAXUINT : 0;
        node->next_dependency = 0;
    }
    for (guint i = 0; i < registry->nodes->len; i++) {
        Node *node = g_ptr_array_index(registry->nodes, i);
        if (node->number == 0)
            visit(&walk, node);
    }
}

static SpRegistry *
registry_new(const GPtrArray *extensions, const char *const *disabled, gboolean is_partial,
             SpFindings *findings)
{
    SpRegistry *registry = g_new0(SpRegistry, 1);
    registry->is_partial = is_partial;
    registry->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
    registry->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    registry->by_self = g_hash_table_new(NULL, NULL);
    registry->order = g_ptr_array_new();
    registry->disabled = g_ptr_array_new();
    registry->findings = findings;
    add_nodes(registry, extensions);
    for (guint i = 0; disabled[i] != NULL; i++)
        disable(registry, disabled[i]);
    g_ptr_array_sort(registry->disabled, compare_ids);
    resolve_all(registry);
    walk_all(registry, FALSE, judge);
    /* Again, so that what a refused one needs is not drawn forward on its account. */
    walk_all(registry, TRUE, accept);
    registry->findings = NULL;
    return registry;
}

SpRegistry *
sp_registry_new(const GPtrArray *extensions, const char *const *disabled, SpFindings *findings)
{
    return registry_new(extensions, disabled, FALSE, findings);
}

SpRegistry *
sp_registry_new_partial(const GPtrArray *extensions, const char *const *disabled,
                        SpFindings *findings)
{
    return registry_new(extensions, disabled, TRUE, findings);
}

void
sp_registry_free(SpRegistry *registry)
{
    if (registry == NULL)
        return;
    g_ptr_array_unref(registry->order);
    g_ptr_array_unref(registry->disabled);
    g_hash_table_unref(registry->by_id);
    g_hash_table_unref(registry->by_self);
    g_ptr_array_unref(registry->nodes);
    g_free(registry);
}

guint
sp_registry_get_n(const SpRegistry *registry)
{
    return registry->order->len;
}

const SpExtension *
sp_registry_get(const SpRegistry *registry, guint index)
{
    return ((Node *)g_ptr_array_index(registry->order, index))->extension;
}

const SpExtension *
sp_registry_find(const SpRegistry *registry, const char *id)
{
    const Node *node = g_hash_table_lookup(registry->by_id, id);
    return node != NULL && node->position >= 0 ? node->extension : NULL;
}

const GPtrArray *
sp_registry_get_disabled(const SpRegistry *registry)
{
    return registry->disabled;
}

int
sp_registry_get_position(const SpRegistry *registry, const SpExtension *extension)
{
    const Node *node = g_hash_table_lookup(registry->by_self, extension);
    return node ? node->position : -1;
}

const GError *
sp_registry_get_refusal(const SpRegistry *registry, const SpExtension *extension)
{
    const Node *node = g_hash_table_lookup(registry->by_self, extension);
    return node ? node->refusal : NULL;
}

/* (transfer container) (element-type Node): all that @start needs, directly or through others. */
static GHashTable *
collect_needed(const Node *start)
{
    GHashTable *needed = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) open = g_ptr_array_new();
    for (const Node *node = start; node != NULL;
         node = open->len > 0 ? g_ptr_array_steal_index_fast(open, open->len - 1) : NULL) {
        for (guint i = 0; i < node->dependencies->len; i++)
            if (g_hash_table_add(needed, g_ptr_array_index(node->dependencies, i)))
                g_ptr_array_add(open, g_ptr_array_index(node->dependencies, i));
    }
    return needed;
}

gboolean
sp_registry_depends_on(const SpRegistry *registry, const char *id, const char *other)
{
    const Node *node = g_hash_table_lookup(registry->by_id, id);
    const Node *target = g_hash_table_lookup(registry->by_id, other);
    g_autoptr(GHashTable) needed = collect_needed(node);
    return target != NULL && g_hash_table_contains(needed, target);
}

gboolean
sp_registry_lacks_dependency(const SpRegistry *registry, const char *id)
{
    const Node *node = g_hash_table_lookup(registry->by_id, id);
    g_autoptr(GHashTable) needed = collect_needed(node);
    GHashTableIter iter;
    gpointer other;
    g_hash_table_iter_init(&iter, needed);
    while (g_hash_table_iter_next(&iter, &other, NULL))
        if (((const Node *)other)->has_absent)
            return TRUE;
    return node != NULL && node->has_absent;
}
