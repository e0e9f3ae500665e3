/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "model/object.h"

#include <criterion/criterion.h>

static const SpObject orders = {SP_OBJECT_RELATION, "table", "public", "orders", NULL, NULL};

static void
assert_described(SpObject object, const char *expected)
{
    g_autofree char *text = sp_object_describe(&object);
    cr_expect_str_eq(text, expected);
}

Test(object, is_described_for_people)
{
    assert_described(orders, "orders");
    assert_described((SpObject){SP_OBJECT_RELATION, "view", "billing", "v", NULL, NULL},
                     "billing.v");
    assert_described((SpObject){SP_OBJECT_ROUTINE, "function", "public", "f", NULL, "int4,text"},
                     "f(int4,text)");
    assert_described((SpObject){SP_OBJECT_ROUTINE, "function", "public", "f", NULL, ""}, "f()");
    assert_described((SpObject){SP_OBJECT_ROUTINE, "function", "public", "f", NULL, NULL}, "f");
    assert_described((SpObject){SP_OBJECT_TRIGGER, "trigger", "public", "audit", "orders", NULL},
                     "audit on orders");
    assert_described((SpObject){SP_OBJECT_POLICY, "policy", "billing", "p", "t", NULL},
                     "p on billing.t");
    assert_described((SpObject){SP_OBJECT_CAST, "cast", "", "int4 AS text", "int4", "text"},
                     "int4 AS text");
    assert_described((SpObject){SP_OBJECT_OPERATOR_CLASS, "operator class", "s", "o", NULL, "gin"},
                     "s.o using gin");
    assert_described((SpObject){SP_OBJECT_USER_MAPPING, "user mapping", "", "bob", "far", NULL},
                     "bob on far");
}

Test(object, is_equal_whatever_its_word)
{
    SpObject view = orders;
    view.word = "view";
    cr_expect(sp_object_equal(&orders, &view));
    cr_expect_eq(sp_object_hash(&orders), sp_object_hash(&view));
}

Test(object, differs_in_each_of_its_names)
{
    SpObject others[] = {orders, orders, orders, orders, orders};
    others[0].class = SP_OBJECT_TYPE;
    others[1].namespace_name = "billing";
    others[2].name = "Orders";
    others[3].parent = "x";
    others[4].arguments = "";
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        cr_expect_not(sp_object_equal(&orders, &others[i]), "%zu", i);
}

Test(object, copies_its_names)
{
    char name[] = "orders";
    g_autoptr(SpObject) object =
        sp_object_new(SP_OBJECT_ROUTINE, "function", "public", name, "parent", "int4");
    g_autoptr(SpObject) copy = sp_object_copy(object);
    *name = '\0';
    cr_expect_str_eq(copy->name, "orders");
    cr_expect(sp_object_equal(object, copy));
}
