# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""One self-contained page with plots."""


def render(results):
    return ""
