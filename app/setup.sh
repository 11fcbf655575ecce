# What app/run, tests/run and .ci/run share: packages, configuration, build. To be sourced by bash.
# Nothing here writes to standard output, which belongs to the program.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# Names as in Debian 12 and Ubuntu 24.04; a|b is the first of the two that the system knows.
build_packages=(g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev qt6-base-dev
                "qt6-svg-dev|libqt6svg6-dev" libqcustomplot-dev libgif-dev)
font_packages=(fonts-dejavu-core fonts-noto-cjk)
test_packages=(libbenchmark-dev python3-numpy)

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$0: $*"
  exit 1
}

# Prints those of its arguments that are not installed.
missing_packages() {
  local installed entry
  installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 2>/dev/null | sed -n 's/^ii *//p' | tr '\n' ' ')"
  for entry in "$@"; do
    [[ $installed == *" ${entry%%|*} "* || $installed == *" ${entry##*|} "* ]] || printf '%s\n' "$entry"
  done
}

# Installs those of its arguments that are not installed; asks apt for nothing when none is missing.
install_packages() {
  local missing entry name names=() as_root=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this system has no apt; the packages are known for Debian 12 and Ubuntu 24.04 or newer." \
        "Install what they stand for (${*%%|*}) by other means and start again with --no-install."
  fi
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0

  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "missing packages: ${missing[*]%%|*}. Installing them needs root, and there is no" \
      "sudo. As root: apt-get install ${missing[*]%%|*}"
    as_root=(sudo)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)

  say "Installing ${missing[*]%%|*} …"
  # A broken third-party source must not stop us: whether the packages can be had is what counts.
  "${apt[@]}" update >&2 || say "apt-get update failed; going on with the package lists there are."
  for entry in "${missing[@]}"; do
    name=${entry%%|*}
    apt_knows "$name" || name=${entry##*|}
    apt_knows "$name" || die "the package $name is not known here. Either the package lists could not be fetched (is there a" \
      "network?), or this is older than Debian 12 / Ubuntu 24.04, or Ubuntu's 'universe' is switched off."
    names+=("$name")
  done
  "${apt[@]}" install -y --no-install-recommends "${names[@]}" >&2 ||
    die "could not install: ${names[*]}. The lines above tell why (network, disk, or the right to use sudo)."
}

apt_knows() { [[ -n $(apt-cache show --no-all-versions "$1" 2>/dev/null) ]]; }

# configure DIR [cmake arguments]: only where DIR is not configured, or its cache lacks one of the -DNAME=VALUE.
configure() {
  local dir=$1 argument fresh=() needed=0
  shift
  [[ -f $dir/build.ninja && -f $dir/CMakeCache.txt ]] || needed=1
  if [[ -f $dir/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt"; then
    say "$dir was configured for another directory; starting it afresh."
    rm -rf "$dir"
    needed=1
  fi
  for argument in "$@"; do
    [[ $argument == -D*=* ]] || continue
    argument=${argument#-D}
    ((needed)) || grep -q "^${argument%%=*}:[A-Z]*=${argument#*=}\$" "$dir/CMakeCache.txt" || needed=1
  done
  ((needed)) || return 0
  if [[ -f $dir/CMakeCache.txt && ! -f $dir/build.ninja ]]; then
    fresh=(--fresh) # a configuration that failed, or one for another generator
  fi
  cmake "${fresh[@]}" -S "$root" -B "$dir" -G Ninja "$@" >&2 || die "could not configure $dir; see above."
}

# build DIR [targets]: silent where there is nothing to do.
build() {
  local dir=$1 none='ninja: no work to do.'
  shift
  [[ $(ninja -C "$dir" -n "$@" 2>/dev/null | tail -n 1) == "$none" ]] && return 0
  ninja -C "$dir" "$@" >&2 || die "the build failed; see above."
}

require_tools() {
  local tool
  for tool in cmake ninja c++; do
    command -v "$tool" >/dev/null || die "$tool is missing; start without --no-install, or install: ${build_packages[*]%%|*}"
  done
}

# ccache, where it is there, works with precompiled headers only with the first, and across clones only with the others.
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros,include_file_mtime,include_file_ctime}
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=1
