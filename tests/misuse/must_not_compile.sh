#!/usr/bin/env bash
# must_not_compile.sh COMPILER SOURCE_DIR CASE
# A case compiles as it stands, and does not compile with MISUSE defined; the compiler must then say what the first line of
# the case expects (an extended regular expression), so that a misspelt case does not pass for a refused one.
set -u
export LC_ALL=C
compiler=$1 source_dir=$2 case_file=$3
flags=(-std=gnu++23 -fsyntax-only -I "$source_dir")

expected=$(sed -n '1s|^// must fail with: ||p' "$case_file")
if [ -z "$expected" ]; then
  echo "$case_file:1: begin the case with '// must fail with: <what the compiler says>'."
  exit 1
fi
if ! said=$("$compiler" "${flags[@]}" "$case_file" 2>&1); then
  printf '%s\n' "$said"
  echo "$case_file: must compile without MISUSE, and does not: mend the case."
  exit 1
fi
if said=$("$compiler" "${flags[@]}" -DMISUSE "$case_file" 2>&1); then
  echo "$case_file: compiles with MISUSE: the type that should forbid it no longer does."
  exit 1
fi
if ! grep -Eq "error: .*($expected)" <<<"$said"; then
  printf '%s\n' "$said"
  echo "$case_file: fails with MISUSE, but not with an error that says '$expected'."
  exit 1
fi
