/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

static const struct sp_dependency dependencies[] = {{.id = "reviews"}};

SP_EXTENSION("digest", "Digest", "0.1.0", .dependencies = SP_LIST(dependencies))
