#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Usage: lint.py CHECK ROOT: prints what the check finds as file:line: message, and fails if that is anything."""

import sys

import floors
import pages
import text

CHECKS = {
    "floors": floors.check_floors,
    "own-header-first": floors.check_own_header_first,
    "pure-model": floors.check_model_is_pure,
    "public-header": floors.check_public_header,
    "plugins": floors.check_plugins,
    "alone": floors.check_alone,
    "top-level": text.check_top_level,
    "licence": text.check_licence,
    "left-open": text.check_forbidden_words,
    "c": text.check_c,
    "file-sizes": text.check_file_sizes,
    "function-sizes": text.check_function_sizes,
    "format": text.check_format,
    "scripts": text.check_scripts,
    "errors-page": pages.check_errors_page,
    "exit-statuses": pages.check_exit_statuses,
    "readme": pages.check_readme,
    "abi-page": pages.check_abi_page,
    "commands": pages.check_commands,
    "paths": pages.check_paths,
}


def main():
    name, root = sys.argv[1:]
    findings = list(CHECKS[name](root))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
