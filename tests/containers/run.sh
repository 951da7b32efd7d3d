#!/usr/bin/env bash
# Builds the Dockerfile and runs what came of it: as its own user, on a read-only root, as an orchestrator would.
# No registry of images is asked. Its two images are made of the files of Debian's packages: one with a shell, Node and npm to
# build in, and one as distroless/cc is made (the C and C++ libraries and certificates, nothing else).
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
export STORAGE_DRIVER=overlay BUILDAH_ISOLATION=chroot
store=(buildah --root "$work/store" --runroot "$work/run")
finish() {
  umount "$work/image" 2>/dev/null || true
  "${store[@]}" umount --all >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

image_of() { # NAME FOLDER
  mkdir "$work/$1" && tar -C "$2" -cf "$work/$1/root.tar" .
  printf 'FROM scratch\nADD root.tar /\n' >"$work/$1/Dockerfile"
  "${store[@]}" bud --quiet -t "localhost/$1" "$work/$1" >/dev/null
  rm -rf "$2" "${work:?}/$1"
}

# unpacked FOLDER PACKAGE…: the files of Debian's packages, nothing of which is run.
unpacked() {
  local root=$1 packages=$1.packages
  shift
  mkdir -p "$root" "$packages"
  (cd "$packages" && apt-get -o APT::Sandbox::User=root download -qq "$@")
  for package in "$packages"/*.deb; do dpkg-deb -x "$package" "$root"; done
  mkdir -p "$root/etc/ssl/certs" "$root/tmp" "$root/proc" "$root/dev"
  # Under the certificates that this machine trusts.
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  chmod 1777 "$root/tmp"
  rm -rf "$packages" "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/locale"
}

libraries=(libc6 libgcc-s1 libstdc++6 gcc-12-base ca-certificates tzdata base-files netbase)

make_build_image() {
  local root=$work/build-root
  unpacked "$root" "${libraries[@]}" libatomic1 dash coreutils libacl1 libattr1 libgmp10 libselinux1 libpcre2-8-0
  ln -sf dash "$root/bin/sh"
  mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules" "$root/usr/local/etc"
  cp node_modules/node-linux-*/bin/node "$root/usr/local/bin/node"
  (cd "$work" && npm pack --silent npm@11 >/dev/null && tar -xzf npm-*.tgz)
  mv "$work/package" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  # npm's first line asks `env` for node.
  [ -e "$root/usr/bin/env" ] || ln -s /bin/env "$root/usr/bin/env"
  printf 'registry=%s\ncafile=/etc/ssl/certs/ca-certificates.crt\n' "$(npm config get registry)" >"$root/usr/local/etc/npmrc"
  image_of build "$root"
}

make_runtime_image() {
  unpacked "$work/runtime-root" "${libraries[@]}"
  image_of runtime "$work/runtime-root"
}

make_build_image
make_runtime_image
"${store[@]}" bud --quiet --format docker --build-arg BUILD_IMAGE=localhost/build --build-arg RUNTIME_IMAGE=localhost/runtime \
  -t localhost/pointsman . >"$work/id"
container=$("${store[@]}" from localhost/pointsman)
# The store is root's alone, and the image's user has to get there.
mkdir "$work/image" && chmod 755 "$work" && mount --bind "$("${store[@]}" mount "$container")" "$work/image"
node_modules/.bin/node tests/containers/try-image.ts "$work/image" <("${store[@]}" inspect --type image localhost/pointsman)
