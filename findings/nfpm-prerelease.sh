#!/usr/bin/env bash
# nfpm: a release candidate's Arch package says that it is the release, and its apk has a version that is none
#
# Versions: github.com/goreleaser/nfpm/v2 v2.45.2, github.com/knqyf263/go-apk-version
#           v0.0.0-20200609155635-041fdbb8563f (Go modules); pacman-package-manager 6.0.2-3 (Debian 12).
# Needs:    Go, apt (the build of nfpm takes a minute or two). No root.
#
# nfpm takes one semantic version for all formats, and one would guess that 1.2.0-rc.1 comes before 1.2.0 in each of
# them. In deb and rpm it does, with a tilde. The Arch package carries rc.1 in the name of its file alone; inside it
# is called 1.2.0-1, so whoever installed a candidate never gets the release, nor the next candidate: it is there
# already. In the apk the version is 1.2.0_rc.1-r1, and Alpine's grammar has no dot there (rc1 would be right). Who
# tags v1.2.0-rc1 mends the apk; the Arch package stays wrong.
#
# Output, which is compared:
#   | 1.2.0-rc.1: deb 1.2.0~rc.1-1, Arch x 1.2.0-1, apk 1.2.0_rc.1-r1 (a version: false)
#   | 1.2.0-rc.2: deb 1.2.0~rc.2-1, Arch x 1.2.0-1, apk 1.2.0_rc.2-r1 (a version: false)
#   | 1.2.0-rc1: deb 1.2.0~rc1-1, Arch x 1.2.0-1, apk 1.2.0_rc1-r1 (a version: true)
#   | 1.2.0: deb 1.2.0-1, Arch x 1.2.0-1, apk 1.2.0-r1 (a version: true)
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download pacman-package-manager=6.0.2-3 libalpm13=13.0.2-3 libgpgme11 libassuan0 libarchive13 >/dev/null
for package in *.deb; do
	dpkg-deb --extract "$package" .
done

cat >main.go <<'END'
package main

import (
	"fmt"
	"os"

	apk "github.com/knqyf263/go-apk-version"
)

func main() { fmt.Println(apk.Valid(os.Args[1])) }
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/goreleaser/nfpm/v2@v2.45.2 github.com/knqyf263/go-apk-version@v0.0.0-20200609155635-041fdbb8563f
go build -o valid .
go build -o nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm

echo content >file
mkdir db
echo '[options]' >pacman.conf
make_package() { # VERSION PACKAGER
	printf 'name: x\narch: amd64\nversion: %s\nrelease: 1\nmaintainer: A <a@example.com>\ndescription: x\ncontents: [{src: file, dst: /usr/share/x}]\n' "$1" >nfpm.yaml
	./nfpm package --config nfpm.yaml --packager "$2" --target "out.$2" >/dev/null
}
try() { # VERSION
	local deb arch apk
	make_package "$1" deb
	deb=$(dpkg-deb --field out.deb Version)
	make_package "$1" archlinux
	mv out.archlinux out.pkg.tar.zst
	arch=$(LD_LIBRARY_PATH=$(echo "$dir"/usr/lib/*-linux-gnu) usr/bin/pacman --config pacman.conf --dbpath db -Qp out.pkg.tar.zst)
	make_package "$1" apk
	apk=$(tar xzOf out.apk .PKGINFO 2>/dev/null | sed -n 's/^pkgver = //p')
	echo "$1: deb $deb, Arch $arch, apk $apk (a version: $(./valid "$apk"))"
}
for version in 1.2.0-rc.1 1.2.0-rc.2 1.2.0-rc1 1.2.0; do
	try "$version"
done >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
