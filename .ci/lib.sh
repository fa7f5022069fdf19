# Sourced by the checks. Sets the shell to the root of the repository, strict mode and no stdin.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export CI=true

# Kept from one run to the next: toolchains, and the outputs of builds.
cache=${RSEVENTS_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rsevents-ci}
target=${CARGO_TARGET_DIR:-target}
[ "${target#/}" != "$target" ] || target=$PWD/$target

die() {
  echo "error: $*" >&2
  exit 1
}

# Ends the check because this machine lacks something. For failures, use `die`.
skip() {
  echo "skipped: $*" >&2
  exit 77
}

# copy_repository DIRECTORY: copies the files that git tracks or would add.
copy_repository() {
  git ls-files -z --cached --others --exclude-standard |
    while IFS= read -rd '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar --null --files-from=- -cf - | tar -xf - -C "$1"
}

# Creates a directory, $scratch, which is removed when the shell ends.
make_scratch() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
}
