/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */
#include <sp/extension.h>

static const struct sp_dependency dependencies[] = {{.id = "faulty"}};

SP_EXTENSION("leaning", "Leans on a faulty one", "1.0.0", .dependencies = SP_LIST(dependencies))
