# Sourced by the checks that need more than a stable Rust toolchain. `need NAME` unpacks Debian packages
# into the cache. Nothing is installed, and no privileges are needed.

# need NAME: makes sure that toolchain NAME is in the cache (get_NAME), and calls use_NAME.
need() {
  local home=$cache/$1
  if [ ! -e "$home/complete" ]; then
    command -v apt-get >/dev/null && [ "$(dpkg --print-architecture)" = amd64 ] ||
      skip "needs $1, which is taken from Debian's packages for amd64"
    echo "unpacking $1 into $home"
    rm -rf "$home"
    mkdir -p "$home"
    "get_$1" "$home"
    touch "$home/complete"
  fi
  "use_$1" "$home"
}

# apt COMMAND ARGUMENT…: runs apt with its own lists and archives, so that the machine's are not touched.
apt() {
  local command=$1 state=$cache/apt
  shift
  mkdir -p "$state/lists/partial" "$state/archives/partial"
  "$command" -qq -o Dir::State::lists="$state/lists" -o Dir::Cache="$state" \
    -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" "$@"
}

# unpack DIRECTORY PACKAGE…: unpacks the packages and the dependencies that this machine lacks.
unpack() {
  local home=$1 package
  shift
  apt apt-get update
  rm -f "$cache"/apt/archives/*.deb
  apt apt-get install --yes --no-install-recommends --download-only "$@"
  for package in "$cache"/apt/archives/*.deb; do dpkg -x "$package" "$home"; done
  rm -f "$cache"/apt/archives/*.deb
}

# wrap SCRIPT LIBRARIES PROGRAM: writes a SCRIPT that runs PROGRAM with its own LIBRARIES.
wrap() {
  mkdir -p "$(dirname "$1")"
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$2" "$3" >"$1"
  chmod +x "$1"
}

# A Rust compiler with the sources of std, so that cargo can build std for any target, or with
# instrumentation. The stable toolchain of rustup comes without the sources.
get_rust_src() {
  local tool host=x86_64-unknown-linux-gnu
  unpack "$1" rustc-web rust-web-src
  for tool in rustc rustdoc; do
    wrap "$1/bin/$tool" "$1/usr/lib/x86_64-linux-gnu" "$1/usr/bin/$tool"
  done
  # Debian leaves out the sanitizers' runtimes. Those of the installed toolchain fit if both use the same
  # LLVM. `.ci/sanitize` tests them before it relies on them.
  cp "$(rustc --print sysroot)/lib/rustlib/$host"/lib/librustc-stable_rt.[at]san.a \
    "$1/usr/lib/rustlib/$host/lib/" || echo "this Rust toolchain has no sanitizer runtimes"
}
use_rust_src() {
  # The compiler is a stable release. The last variable permits -Z options.
  export RUSTC=$1/bin/rustc RUSTDOC=$1/bin/rustdoc RUSTC_BOOTSTRAP=1
}

# The oldest Rust that the manifests promise ($oldest), with its cargo. It is the Rust of Debian 13. Debian 12
# has it as the Rust for browsers, besides newer versions.
get_rust_oldest() {
  local flavour version='' tool
  apt apt-get update
  for flavour in rust rust-web; do
    version=$(apt apt-cache madison "${flavour/rust/rustc}" |
      awk -v oldest="$oldest" 'index($3, oldest ".") == 1 { print $3; exit }')
    [ -z "$version" ] || break
  done
  [ -n "$version" ] ||
    skip "needs Rust $oldest (rustup toolchain install $oldest), which this Debian does not have"
  unpack "$1" "${flavour/rust/rustc}=$version" "${flavour/rust/cargo}=$version" \
    "libstd-$flavour-dev=$version" "libstd-$flavour-$oldest=$version"
  for tool in cargo rustc rustdoc; do
    wrap "$1/bin/$tool" "$1/usr/lib/x86_64-linux-gnu:$1/lib/x86_64-linux-gnu" "$1/usr/bin/$tool"
  done
}
use_rust_oldest() {
  export PATH=$1/bin:$PATH RUSTC=$1/bin/rustc RUSTDOC=$1/bin/rustdoc
}

# C compilers, C libraries and emulators for other processors under Linux. Each machine has Debian's name
# and GNU's name.
cross_machines="arm64:aarch64-linux-gnu armhf:arm-linux-gnueabihf i386:i686-linux-gnu
  powerpc:powerpc-linux-gnu riscv64:riscv64-linux-gnu s390x:s390x-linux-gnu"
get_cross() {
  local machine triple packages=(qemu-user-static)
  for machine in $cross_machines; do
    packages+=("gcc-${machine#*:}" "libc6-dev-${machine%:*}-cross")
  done
  unpack "$1" "${packages[@]}"
  for machine in $cross_machines; do
    triple=${machine#*:}
    wrap "$1/bin/$triple-gcc" "$1/usr/lib/x86_64-linux-gnu" "$1/usr/bin/$triple-gcc"
    # This linker script names libraries by the paths of an installation.
    sed -i "s# /usr/# $1/usr/#g" "$1/usr/$triple/lib/libc.so"
  done
}
use_cross() {
  cross=$1
}

# A C compiler for Windows.
get_mingw() {
  unpack "$1" gcc-mingw-w64-x86-64-win32
}
use_mingw() {
  export PATH=$1/usr/bin:$PATH CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc-win32
}

# Wine, without a display.
get_wine() {
  local lib=$1/usr/lib/x86_64-linux-gnu dll
  unpack "$1" wine64
  # The installation scripts of the packages would do this: name the server, and mark this library as
  # one of Wine's own.
  ln -sf wineserver64 "$1/usr/lib/wine/wineserver"
  dll=$1/usr/x86_64-w64-mingw32/lib/zlib1.dll
  {
    head -c 64 "$dll"
    printf 'Wine builtin DLL' && head -c 16 /dev/zero
    tail -c +97 "$dll"
  } >"$lib/wine/x86_64-windows/zlib1.dll"
  cat >"$1/wine" <<EOF
#!/bin/sh
export WINEPREFIX=$1/prefix WINESERVER=$1/usr/lib/wine/wineserver64 WINEDEBUG=-all
export WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe=' LD_LIBRARY_PATH=$lib
unset DISPLAY
exec $1/usr/lib/wine/wine64 "\$@"
EOF
  chmod +x "$1/wine"
  timeout 300 "$1/wine" wineboot --init >/dev/null 2>&1 || true
  [ -d "$1/prefix/drive_c/windows/system32" ] || die "wine does not start"
  # std takes random numbers from this library, which Wine 8 lacks.
  "$CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER" -O1 -shared -s .ci/bcryptprimitives.c -ladvapi32 \
    -o "$1/prefix/drive_c/windows/system32/bcryptprimitives.dll"
}
use_wine() {
  export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$1/wine
}
