# SPDX-License-Identifier: Apache-2.0
# Sourced by ./quickstart and ./check: the Debian packages that patron needs, and their installation.

packages_to_build=(
    build-essential cmake ninja-build pkg-config
    openmpi-bin libopenmpi-dev libhdf5-dev
    libjansson-dev libinih-dev zlib1g-dev libsodium-dev librandom123-dev
)
packages_to_test=(
    libcmocka-dev clang-format clang-tidy libomp-dev # omp.h in clang's form
    python3 python3-h5py python3-numpy python3-sklearn
    python3-pandas # docs/reading-models.md
    zsh fish # completion; bash is there
    lmod # packaging/modulefiles
    gnuplot-nox # bench/scaling
    chromium chromium-driver python3-selenium fonts-dejavu-core poppler-utils # the report in a browser, and on paper
    slurmctld slurmd slurm-client munge procps iproute2 shellcheck
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user # the engine on another processor
)
packages_to_test_all=( # the medium tier
    clang-14 libclang-rt-14-dev libomp-14-dev # libFuzzer, ThreadSanitizer and archer
    gcovr
    r-base-core r-cran-hdf5r r-cran-jsonlite # docs/reading-models.md
    libsimgrid-dev # the engines on a simulated cluster
)

# Prints those of the named packages that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            echo "$package"
    done
}

# as_root COMMAND...: directly as root, else by sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "Not root, and there is no sudo: as root, run: $*" >&2
        return 77
    fi
}

# install_packages LOG PACKAGE...: installs what is missing and says what that is; nothing to do, no
# root needed.  What apt-get prints goes to LOG and is shown when it fails.
install_packages() {
    local log=$1 missing
    shift
    command -v dpkg-query >/dev/null || {
        echo "This is not a Debian system; install what these packages hold: $*" >&2
        return 1
    }
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    echo "Installing the packages that are missing: ${missing[*]}"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends)
    # The lists are fetched only where they are absent or too old to install from.
    if apt-cache show "${missing[@]}" >/dev/null 2>&1 &&
        as_root "${install[@]}" "${missing[@]}" >"$log" 2>&1 </dev/null; then
        return 0
    fi
    if as_root apt-get update >"$log" 2>&1 </dev/null &&
        as_root "${install[@]}" "${missing[@]}" >>"$log" 2>&1 </dev/null; then
        return 0
    fi
    cat "$log" >&2
    echo "The packages could not be installed." >&2
    return 1
}

# logged LOG COMMAND...: runs it with its output in LOG, which is shown when it fails.
logged() {
    local log=$1 code=0
    shift
    "$@" >"$log" 2>&1 </dev/null || code=$?
    if [ "$code" -ne 0 ]; then
        cat "$log" >&2
        echo "Failed with exit code $code: $*" >&2
    fi
    return "$code"
}
