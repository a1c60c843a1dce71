#!/usr/bin/env bash
# A bare Debian 12 made by debootstrap, with nothing but git added: clone, ./dev run, ./dev test. Needs root, a
# Debian mirror in the host's apt sources, and some minutes; `long`, run by hand. All it makes is in DIR.
#
# usage: tests/system/bare_debian.sh DIR
set -euo pipefail
root=${1:?usage: bare_debian.sh DIR}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[[ ! -e $root/tree ]] || { echo "$root/tree exists already" >&2; exit 2; }
mkdir -p "$root/tree"
root=$(cd "$root" && pwd)/tree

# The mirror that this machine uses, whatever it is called.
mirror=$(apt-cache policy | grep -oE 'https?://[^ ]+ bookworm/main' | head -1 | cut -d' ' -f1)
debootstrap --variant=minbase --include=git,ca-certificates bookworm "$root" "$mirror"
cp -aL /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
rm -rf "$root/etc/apt/sources.list.d"
cp -aL /etc/apt/sources.list.d "$root/etc/apt/"
[[ ! -f /etc/apt/sources.list ]] || cp -L /etc/apt/sources.list "$root/etc/apt/"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"

clean_up() { umount "$root/proc" "$root/dev/pts" "$root/dev" 2>/dev/null || true; }
trap clean_up EXIT
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t devpts devpts "$root/dev/pts" 2>/dev/null || true

git clone -q "$here" "$root/root/ikesim"
in_root() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb ${http_proxy:+http_proxy=$http_proxy} \
    ${https_proxy:+https_proxy=$https_proxy} chroot "$root" bash -c "cd /root/ikesim && $1"; }
in_root './dev run'
in_root './dev test'
echo "bare Debian 12: ./dev run and ./dev test pass"
