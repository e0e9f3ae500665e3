#!/bin/sh
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT
#
# The public header compiles alone, without a warning, in every language and compiler that is here.
# Usage: header.sh INCLUDE_DIR
set -eu

include=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo '#include <sp/extension.h>' >"$scratch/alone.c"
cp "$scratch/alone.c" "$scratch/alone.cpp"
cat >"$scratch/plugin.cpp" <<'CPP'
#include <sp/extension.h>
static const struct sp_seed seeds[] = {{"one", "SELECT 1", nullptr}};
SP_EXTENSION_NOTE("plus", "Plus", "1.0.0")
extern "C" SP_EXPORT const struct sp_extension_vtable sp_extension_vtable = {
    SP_EXTENSION_HEAD(0), "plus", "Plus", "1.0.0", nullptr, nullptr, nullptr, SP_PRIORITY_DEFAULT, 0, {}, {}, {},
    SP_LIST(seeds), {}, nullptr, nullptr, nullptr, {}};
CPP

compile() {
  compiler=$1
  shift
  command -v "$compiler" >/dev/null || return 0
  echo "$compiler $*"
  "$compiler" -Wall -Wextra -Wpedantic -Wundef -Werror -fsyntax-only -I "$include" "$@"
}

for standard in c99 c11 c17; do
  compile gcc "-std=$standard" "$scratch/alone.c"
  compile clang "-std=$standard" "$scratch/alone.c"
done
for file in alone plugin; do
  compile g++ -std=c++17 "$scratch/$file.cpp"
  compile clang++ -std=c++17 "$scratch/$file.cpp"
done
