#!/usr/bin/env bash
# git: of credential sections the last one counts, not the most specific, and "config --get-urlmatch" says otherwise
#
# Versions: git 1:2.39.5-0+deb12u3 (Debian 12). The same was seen with git 2.55.0.
# Needs:    apt, and the libraries of Debian's git. No root.
#
# Of http.URL.* settings the most specific URL counts wherever it stands, and git has a command that says which
# value that is: "git config --get-urlmatch". One would guess that credential.URL.* is decided in the same way, for
# it is written in the same way. It isn't: each section that matches is read in the order of the files, and the last
# one wins. So a plain "[credential] useHttpPath = false" that somebody appends takes the path away from a host for
# which it was switched on, and "--get-urlmatch" goes on to answer with the value that does not count.
#
# Output, which is compared:
#   | the URL's section first, the general one last
#   |   git config --get-urlmatch: true specific
#   |   the helper gets: username=general
#   | the general section first, the URL's last
#   |   git config --get-urlmatch: true specific
#   |   the helper gets: path=team/repo username=specific
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download git=1:2.39.5-0+deb12u3 >/dev/null
dpkg-deb --extract git_*.deb .
export PATH=$dir/usr/bin:$PATH GIT_EXEC_PATH=$dir/usr/lib/git-core GIT_TEMPLATE_DIR=$dir HOME=$dir
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$dir/config GIT_TERMINAL_PROMPT=0

cat >helper <<END
#!/bin/sh
grep -E '^(path|username)=' >"$dir/got"
echo password=x
END
chmod +x helper
specific() { printf '[credential "https://git.example.com"]\n\tuseHttpPath = true\n\tusername = specific\n'; }
general() { printf '[credential]\n\tuseHttpPath = false\n\tusername = general\n\thelper = %s/helper\n' "$dir"; }
try() { # WHAT
	local url=https://git.example.com/team/repo
	echo "$1"
	echo "  git config --get-urlmatch: $(git config --get-urlmatch credential.useHttpPath $url) $(git config --get-urlmatch credential.username $url)"
	printf 'url=%s\n\n' $url | git credential fill >/dev/null
	echo "  the helper gets: $(paste -s -d ' ' got)"
}
{
	{ specific; general; } >config
	try "the URL's section first, the general one last"
	{ general; specific; } >config
	try "the general section first, the URL's last"
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
