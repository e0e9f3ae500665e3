/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include "edge/startup.h"

#include <criterion/criterion.h>
#include <string.h>

static GHashTable *
parameters_with(const SpSessionSettings *settings, const char *keyword, const char *value)
{
    GHashTable *parameters = sp_startup_new(settings);
    if (keyword != NULL)
        sp_startup_put(parameters, keyword, value);
    sp_startup_finish(parameters, settings);
    return parameters;
}

static const char *
get(GHashTable *parameters, const char *keyword)
{
    return g_hash_table_lookup(parameters, keyword);
}

Test(startup, finds_passwords_that_split_a_uri_in_the_wrong_place)
{
    cr_assert(sp_startup_is_ambiguous("postgresql://user:p@ss@host/db"));
    cr_assert(sp_startup_is_ambiguous("postgres://user:p/ss@host/db"));
    cr_assert_not(sp_startup_is_ambiguous("postgresql://user:p%40ss@host/db?options=a@b"));
    cr_assert_not(sp_startup_is_ambiguous("postgresql:///db"));
    cr_assert_not(sp_startup_is_ambiguous("postgresql://"));
    cr_assert_not(sp_startup_is_ambiguous("password=p@ss@x"));
    cr_assert_not(sp_startup_is_ambiguous(""));
}

Test(startup, waits_as_long_as_settings_user_or_environment_say)
{
    const SpSessionSettings none = {0};
    const SpSessionSettings three = {.connect_timeout_s = 3};
    g_autoptr(GHashTable) by_default = parameters_with(&none, NULL, NULL);
    g_autoptr(GHashTable) by_settings = parameters_with(&three, NULL, NULL);
    g_autoptr(GHashTable) by_user = parameters_with(&three, "connect_timeout", "7");
    g_setenv("PGCONNECT_TIMEOUT", "9", TRUE);
    g_autoptr(GHashTable) by_environment = parameters_with(&three, NULL, NULL);
    cr_assert_str_eq(get(by_default, "connect_timeout"), "10");
    cr_assert_str_eq(get(by_settings, "connect_timeout"), "3");
    cr_assert_str_eq(get(by_user, "connect_timeout"), "7");
    cr_assert_null(get(by_environment, "connect_timeout"));
}

Test(startup, puts_its_options_after_those_of_the_user)
{
    const SpSessionSettings settings = {.statement_timeout_ms = 5};
    g_autoptr(GHashTable) parameters = parameters_with(&settings, "options", "-c search_path=x");
    const char *options = get(parameters, "options");
    cr_assert(g_str_has_prefix(options, "-c search_path=x -c search_path=public"));
    cr_assert_not_null(strstr(options, "-c statement_timeout=5"));
    cr_assert_not_null(strstr(options, "-c client_connection_check_interval="));
}

Test(startup, leaves_out_a_statement_timeout_of_zero)
{
    const SpSessionSettings settings = {0};
    g_autoptr(GHashTable) parameters = parameters_with(&settings, NULL, NULL);
    cr_assert_null(strstr(get(parameters, "options"), "statement_timeout"));
}

Test(startup, retreats_once_from_an_option_that_the_server_does_not_know)
{
    const char *message =
        "FATAL:  unrecognized configuration parameter \"client_connection_check_interval\"";
    const SpSessionSettings settings = {0};
    g_autoptr(GHashTable) parameters = parameters_with(&settings, NULL, NULL);
    cr_assert(sp_startup_retreat(parameters, message));
    cr_assert_null(strstr(get(parameters, "options"), "check_interval"));
    cr_assert_not_null(strstr(get(parameters, "options"), "search_path=public"));
    cr_assert_not(sp_startup_retreat(parameters, message));
}

Test(startup, retreats_once_from_a_pooler_that_takes_no_options)
{
    const char *message = "ERROR:  unsupported startup parameter in options: "
                          "client_connection_check_interval";
    const SpSessionSettings settings = {0};
    g_autoptr(GHashTable) parameters = parameters_with(&settings, NULL, NULL);
    cr_assert(sp_startup_retreat(parameters, message));
    cr_assert_null(get(parameters, "options"));
    cr_assert_not(sp_startup_retreat(parameters, message));
}

Test(startup, does_not_retreat_from_anything_else)
{
    const SpSessionSettings settings = {0};
    g_autoptr(GHashTable) parameters = parameters_with(&settings, NULL, NULL);
    cr_assert_not(sp_startup_retreat(parameters, "FATAL:  password authentication failed"));
    cr_assert_not_null(get(parameters, "options"));
}
