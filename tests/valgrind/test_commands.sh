#!/usr/bin/env bash
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

# Usage: test_commands.sh HOST PLUGIN_FOLDER EXAMPLES: runs the host's commands under valgrind: no invalid access, no leak.

set -u

host=$1
plugins=$2
examples=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
count=0
failed=0

valgrind=(
    valgrind --quiet --error-exitcode=99 --trace-children=no
    --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --suppressions=/usr/share/glib-2.0/valgrind/glib.supp
)

# check STATUS NAME ARGUMENT...
check() {
    local expected=$1 name=$2 status
    shift 2
    count=$((count + 1))
    "${valgrind[@]}" "$host" "$@" </dev/null >"$work/out" 2>"$work/err"
    status=$?
    if [ "$status" -eq "$expected" ]; then
        echo "ok $count - $name"
        return
    fi
    failed=1
    echo "not ok $count - $name: exit status $status, not $expected"
    grep -v "^--" "$work/err" | tail -n 40 | sed 's/^/# /'
}

mkdir "$work/bad" "$work/empty"
echo "no plugin" >"$work/bad/text.so"
good=(--plugin-dir "$plugins")
database=("--embedded=$work/cluster")

check 0 "version" --version
check 0 "help" --help
check 64 "an unknown command" explode
check 64 "an unknown option" --explode list
check 0 "list" "${good[@]}" list
check 0 "list as JSON" "${good[@]}" --format=json list
check 0 "list without loading" "${good[@]}" --no-load list
check 0 "list an empty folder" --plugin-dir "$work/empty" list
check 2 "list a refused file" --plugin-dir "$work/bad" --exit-code list
check 78 "list a folder that is not there" --plugin-dir "$work/none" list
check 0 "check" check "$plugins/notes.so"
check 65 "check a refused file" check "$work/bad/text.so"
for folder in "$examples"/*/extension.conf; do
    folder=$(dirname "$folder")
    check 0 "embed $(basename "$folder")" embed "$folder"
done
check 65 "embed a folder that is none" embed "$work/empty/none"
check 69 "a database that is not there" "${good[@]}" --database "host=$work dbname=none" status
check 0 "plan for an empty database" "${good[@]}" "${database[@]}" plan
check 0 "install" "${good[@]}" "${database[@]}" install
check 0 "install again" "${good[@]}" "${database[@]}" --format=json install
check 0 "plan with nothing to do" "${good[@]}" "${database[@]}" --exit-code plan
check 0 "status" "${good[@]}" "${database[@]}" status
check 0 "doctor" "${good[@]}" "${database[@]}" --exit-code doctor
check 2 "doctor of plugins that are gone" --plugin-dir "$work/empty" "${database[@]}" --exit-code doctor
check 0 "verify" "${good[@]}" "${database[@]}" verify --from "$plugins"
check 65 "install with a refused file" "${good[@]}" --plugin-dir "$work/bad" "${database[@]}" install

echo "1..$count"
exit "$failed"
