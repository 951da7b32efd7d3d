#!/usr/bin/env bash
# Builds the Dockerfile and runs what came of it: as its own user, on a read-only root, as an orchestrator would.
# No registry of images is asked. Its two images are made of Debian's packages: one with Node and npm to build in, and one
# as distroless/cc is made (the C and C++ libraries and certificates, nothing else).
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

make_build_image() {
  local root=$work/build-root
  debootstrap --variant=minbase --include=ca-certificates,libatomic1 bookworm "$root" >"$work/debootstrap.log" || {
    tail -5 "$work/debootstrap.log"
    return 1
  }
  cp node_modules/node-linux-*/bin/node "$root/usr/local/bin/node"
  (cd "$work" && npm pack --silent npm@11 >/dev/null && tar -xzf npm-*.tgz)
  mkdir -p "$root/usr/local/lib/node_modules" && mv "$work/package" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  # Packages come from where this machine finds them, under the certificates that it trusts.
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  printf 'registry=%s\ncafile=/etc/ssl/certs/ca-certificates.crt\n' "$(npm config get registry)" >"$root/root/.npmrc"
  image_of build "$root"
}

make_runtime_image() {
  local root=$work/runtime-root packages=$work/packages
  mkdir -p "$root" "$packages"
  chmod 777 "$packages"
  (cd "$packages" && apt-get -o APT::Sandbox::User=root download -qq libc6 libgcc-s1 libstdc++6 gcc-12-base ca-certificates tzdata base-files netbase)
  for package in "$packages"/*.deb; do dpkg-deb -x "$package" "$root"; done
  mkdir -p "$root/etc/ssl/certs" "$root/tmp" "$root/proc" "$root/dev"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  chmod 1777 "$root/tmp"
  rm -rf "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/locale"
  image_of runtime "$root"
}

make_build_image
make_runtime_image
"${store[@]}" bud --quiet --format docker --build-arg BUILD_IMAGE=localhost/build --build-arg RUNTIME_IMAGE=localhost/runtime \
  -t localhost/pointsman . >"$work/id"
container=$("${store[@]}" from localhost/pointsman)
# The store is root's alone, and the image's user has to get there.
mkdir "$work/image" && chmod 755 "$work" && mount --bind "$("${store[@]}" mount "$container")" "$work/image"
node_modules/.bin/node tests/containers/try-image.ts "$work/image" <("${store[@]}" inspect --type image localhost/pointsman)
