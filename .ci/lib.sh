# Sourced by the checks. Leaves the shell at the root of the repository, strict and without stdin.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export CI=true

# What may be kept from one run to the next: toolchains, and the outputs of builds.
cache=${RSEVENTS_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rsevents-ci}
target=${CARGO_TARGET_DIR:-target}
[ "${target#/}" != "$target" ] || target=$PWD/$target

die() {
  echo "error: $*" >&2
  exit 1
}

# For what is missing on this machine, not for what went wrong.
skip() {
  echo "skipped: $*" >&2
  exit 77
}

# Copies the files of the repository that git knows, or would add, to a directory.
copy_repository() {
  git ls-files -z --cached --others --exclude-standard |
    while IFS= read -rd '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar --null --files-from=- -cf - | tar -xf - -C "$1"
}

# A directory that goes away with the shell: $scratch.
make_scratch() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
}
