#!/bin/sh
# Installs entralogin from a release:
#
#	curl -fsSL https://github.com/entralogin/entralogin/releases/latest/download/install.sh | sh
#	curl -fsSL ... | sh -s -- --dir ~/bin
#
# It downloads one archive from fixed addresses, no API among them, and checks the archive's SHA-256 sum and,
# where gh or cosign is there, its attestation. Nothing is installed that failed a check, and nothing else is
# left behind. It takes no rights that it was not given. Every line that it says goes to standard error.
#
# POSIX sh has no local variables: each name is used by one function, or means the same in all.
set -eu

repository=https://github.com/entralogin/entralogin
released=@VERSION@ # as .release/build fills it in

say() { printf 'entralogin: %s\n' "$*" >&2; }

die() { # EXIT-CODE WORDS...: the codes are those of entralogin
	die_code=$1
	shift
	say "$@"
	exit "$die_code"
}

there() { command -v "$1" >/dev/null 2>&1; }

usage() {
	cat <<-END
		Usage: install.sh [--dir DIR] [--version VERSION] [--from URL] [--attestation auto|always|never] [--no-link]

		  --dir          where to install (~/.local/bin)
		  --version      which version (a release's own install.sh: that one; else the newest)
		  --from         a folder with a release's files, in place of GitHub's; may be http:// if you say so
		  --attestation  auto checks who built the archive if gh or cosign is there; always refuses without them
		  --no-link      no git-credential-entralogin and docker-credential-entralogin beside entralogin,
		                 under which git and docker find it

		Exit codes: 0 installed, 1 no release for this system, or it does not run here, 2 usage,
		6 network, 7 a file of the release is wrong, 8 the folder can't be written.
	END
}

read_flags() {
	dir='' version='' from='' attestation=auto link=yes
	while [ $# -gt 0 ]; do
		case $1 in
		--*=*)
			flag=${1%%=*} value=${1#*=}
			shift
			set -- "$flag" "$value" "$@"
			continue
			;;
		--dir | --version | --from | --attestation) [ -n "${2-}" ] || die 2 "$1 needs a value. See --help." ;;
		esac
		case $1 in
		--dir) dir=$2 && shift ;;
		--version) version=${2#v} && shift ;;
		--from) from=${2%/} && shift ;;
		--attestation) attestation=$2 && shift ;;
		--no-link) link=no ;;
		-h | --help) usage && exit ;;
		*) die 2 "$1 is not a flag. See --help." ;;
		esac
		shift
	done
	check_flags
}

check_flags() {
	case $version in
	*[!0-9A-Za-z.+-]*) die 2 "$version is not a version: give one such as 1.2.3." ;;
	esac
	case $attestation in
	auto | always | never) ;;
	*) die 2 "--attestation takes auto, always or never." ;;
	esac
	case $from in
	'' | https://*) protocols='=https' ;;
	http://*) protocols='=http,https' ;;
	*) die 2 "--from takes an address that begins with https://." ;;
	esac
	case ${dir:=${HOME:+$HOME/.local/bin}} in
	'') die 2 "HOME is not set. Say where to install: --dir DIR." ;;
	/*) ;;
	*) dir=$PWD/$dir ;;
	esac
	[ "$dir" = / ] || dir=${dir%/}
}

# The system as the archives' names call it. What no archive has is told by the list of sums.
read_system() {
	os=$(uname -s) machine=$(uname -m)
	case $os in
	Linux) os=linux ;;
	Darwin) os=darwin ;;
	FreeBSD) os=freebsd ;;
	CYGWIN* | MINGW* | MSYS* | Windows*) die 1 "This is Windows: use install.ps1 in PowerShell." ;;
	*) unsupported ;;
	esac
	case $machine in
	x86_64 | amd64) machine=amd64 ;;
	aarch64 | arm64) machine=arm64 ;;
	armv7* | armv8l) machine=armv7 ;;
	*) unsupported ;;
	esac
	# A shell that Rosetta runs sees the other processor.
	if [ "$os/$machine" = darwin/amd64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then
		machine=arm64
	fi
}

unsupported() {
	die 1 "There is no release${version:+ $version} for $os on $machine. With Go: go install github.com/entralogin/entralogin/cmd/entralogin@latest"
}

# shellcheck disable=SC2317 # which does not see that a trap calls it
cleanup() {
	[ -z "$tmp" ] || rm -rf "$tmp"
	while [ "$folder" != "$above" ] && rmdir "$folder" 2>/dev/null; do
		folder=$(dirname "$folder")
	done
}

# All is done in a folder of its own within the target: what can't be written is known first, and the rename at the
# end stays on one file system. Folders that were made for it go, too, if it fails.
make_folder() {
	tmp='' folder=$dir above=$dir
	while [ ! -d "$above" ] && [ "$above" != / ]; do
		above=$(dirname "$above")
	done
	trap cleanup EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	if ! mkdir -p "$dir" || ! tmp=$(mktemp -d "$dir/.entralogin.XXXXXX"); then
		die 8 "Nothing can be written to $dir. Say another folder: --dir DIR."
	fi
	[ ! -d "$dir/entralogin" ] || die 8 "$dir/entralogin is a folder. Say another one to install to: --dir DIR."
}

download() { # NAME: from $from into $tmp
	if there curl; then
		curl -fsSL --proto "$protocols" --tlsv1.2 --retry 2 --connect-timeout 30 \
			--speed-limit 1 --speed-time 60 -o "$tmp/$1" "$from/$1" </dev/null || unavailable "$1"
	elif there wget; then
		plain_wget "$1"
	else
		die 1 "Neither curl nor wget is here. Install one of them."
	fi
}

unavailable() { die 6 "$from/$1 could not be downloaded. Try again later, or check --version and --from."; }

# It knows no list of protocols, so its log is looked at: what came from a redirect to http is refused. Some builds of
# busybox do TLS without looking at the certificate, and say so. (Debian's 1.35 crashes at -T.)
plain_wget() { # NAME
	plain_code=0
	LC_ALL=C wget -S -t 3 -O "$tmp/$1" "$from/$1" </dev/null 2>"$tmp/wget.log" || plain_code=$?
	if [ "$protocols" = '=https' ] && grep -qi '^[[:space:]]*location:[[:space:]]*http:' "$tmp/wget.log"; then
		die 6 "$from/$1 leads to an address without https."
	elif grep -q 'certificate validation not implemented' "$tmp/wget.log"; then
		die 6 "This wget does not check certificates. Install curl."
	elif [ "$plain_code" != 0 ]; then
		tail -n 2 "$tmp/wget.log" | tr -d '\000-\010\013-\037\177' >&2
		unavailable "$1"
	fi
}

sum() { # FILE
	if there sha256sum; then
		sha256sum
	elif there shasum; then
		shasum -a 256
	elif there sha256; then
		sha256 -q
	elif there openssl; then
		openssl dgst -sha256 -r
	else
		die 1 "Nothing here computes a SHA-256 sum: install sha256sum, shasum or openssl."
	fi <"$1"
}

# A release's own copy of this file has its version in it. Otherwise the newest is asked for by a fixed address, and
# the rest comes from that version's, for "latest" may move on meanwhile.
choose_version() {
	case $released in
	[0-9]*) [ -n "$version$from" ] || version=$released ;;
	esac
	if [ -n "$from" ] || [ -z "$version" ]; then
		wanted=$version mirror=$from
		from=${mirror:-$repository/releases/latest/download}
		download version.txt
		read -r version <"$tmp/version.txt" || :
		case $version in
		'' | *[!0-9A-Za-z.+-]*) die 7 "$from/version.txt holds no version." ;;
		"${wanted:-$version}") ;;
		*) die 1 "$from has version $version and not $wanted." ;;
		esac
		[ -z "$mirror" ] || return 0
	fi
	from=$repository/releases/download/v$version
}

choose_archive() {
	folder_in_archive=entralogin-$os-$machine
	archive=$folder_in_archive.tar.gz
	download checksums.txt
	expected=$(sed -n "s/^\\([0-9a-f]\\{64\\}\\) [ *]$folder_in_archive\\.tar\\.gz\$/\\1/p" "$tmp/checksums.txt")
	case $expected in
	'') unsupported ;;
	*[!0-9a-f]*) die 7 "$from/checksums.txt has several sums of $archive." ;;
	esac
}

check_sum() {
	actual=$(sum "$tmp/$archive")
	actual=${actual%% *}
	[ "$actual" = "$expected" ] || die 7 "The SHA-256 sum of $archive is $actual and not $expected: it is damaged or not the release's. Nothing was installed."
	say "The SHA-256 sum of $archive is right."
}

# gh before 2.49 and cosign before 2.4 can't do it.
verifier() {
	if there gh && gh attestation verify --help 2>/dev/null | grep -q -- --bundle; then
		echo gh
	elif there cosign && cosign verify-blob-attestation --help 2>/dev/null | grep -q -- --trusted-root; then
		echo cosign
	fi
}

# The workflow of this repository, run for this version's tag, has to have built the archive.
check_attestation() {
	[ "$attestation" != never ] || return 0
	by=$(verifier)
	if [ -z "$by" ]; then
		[ "$attestation" = auto ] || die 1 "Neither gh nor cosign is here, or too old, to check the attestation."
		say "Who built it was not checked, for want of gh or cosign: entralogin help verify"
		return 0
	fi
	download attestation.json
	identity=$repository/.github/workflows/release.yml@refs/tags/v$version
	if ! attested >"$tmp/attestation.log" 2>&1 </dev/null; then
		tr -d '\000-\010\013-\037\177' <"$tmp/attestation.log" >&2
		die 7 "$by does not accept the attestation of $archive. Nothing was installed."
	fi
	say "Its attestation is right: built by the release workflow for v$version ($by)."
}

attested() {
	if [ "$by" = gh ]; then
		set -- gh attestation verify --repo "${repository#https://github.com/}" --cert-identity "$identity"
	else
		set -- cosign verify-blob-attestation --type slsaprovenance1 --certificate-identity "$identity" \
			--certificate-oidc-issuer https://token.actions.githubusercontent.com
		if cosign verify-blob-attestation --help | grep -q -- --new-bundle-format; then
			set -- "$@" --new-bundle-format
		fi
	fi
	"$@" --bundle "$tmp/attestation.json" "$tmp/$archive"
}

# One file of the archive, to standard output: no name or link in it can lead elsewhere.
unpack() {
	new=$tmp/entralogin
	if ! gzip -dc "$tmp/$archive" >"$tmp/archive.tar" || ! tar -xOf "$tmp/archive.tar" "$folder_in_archive/entralogin" >"$new" || [ ! -s "$new" ]; then
		die 7 "$archive can't be unpacked (is $dir full?), or has no program in it. Nothing was installed."
	fi
	chmod 755 "$new"
	"$new" version >/dev/null </dev/null || die 1 "The program of $archive does not run here. Nothing was installed."
}

place() {
	mv -f "$new" "$dir/entralogin" || die 8 "$dir/entralogin can't be replaced."
	above=$dir
	say "Installed $dir/entralogin, version $version."
	[ "$link" = yes ] || return 0
	place_link git
	place_link docker
}

# place_link CALLER: the link under which it finds its credential helper
place_link() {
	helper=$dir/$1-credential-entralogin
	if [ -e "$helper" ] || [ -L "$helper" ]; then
		[ "$(readlink "$helper")" = entralogin ] || say "$helper is something else, and was left alone."
	elif ln -s entralogin "$helper"; then
		say "Made the link $1-credential-entralogin beside it, for $1."
	else
		say "The link $1-credential-entralogin could not be made."
	fi
}

advise() {
	case :${PATH-}: in
	*":$dir:"*)
		found=$(command -v entralogin)
		[ "$found" = "$dir/entralogin" ] || say "But $found comes first on your PATH."
		;;
	*)
		quoted=$(printf '%s\n' "$dir" | sed "s/'/'\\\\''/g")
		say "That folder is not on your PATH. Add it in your shell's profile: PATH='$quoted':\$PATH"
		;;
	esac
	say "Next: entralogin init"
}

main() {
	read_flags "$@"
	read_system
	make_folder
	choose_version
	choose_archive
	say "Downloading $from/$archive"
	download "$archive"
	check_sum
	check_attestation
	unpack
	place
	advise
}

# In braces, so that a download that was cut anywhere runs nothing.
{
	main "$@"
	exit
}
