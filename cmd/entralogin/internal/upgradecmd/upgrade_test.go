package upgradecmd

import (
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"
)

func file(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }

func TestInstalled(t *testing.T) {
	const usr = "/usr/bin/entralogin"
	none := fstest.MapFS{}
	for _, c := range []struct {
		own  string
		root fstest.MapFS
		want kind
	}{
		{usr, fstest.MapFS{"var/lib/dpkg/info/entralogin.list": file("/.\n/usr\n/usr/bin/entralogin\n")}, byDeb},
		{usr, fstest.MapFS{"var/lib/dpkg/info/entralogin:arm64.list": file("/usr/bin/entralogin")}, byDeb},
		{usr, fstest.MapFS{"var/lib/dpkg/info/entralogin.list": file("/usr/bin/entralogin.old\n"), "etc/os-release": file("")}, unknown},
		{usr, fstest.MapFS{"lib/apk/db/installed": file("C:Q1\nP:entralogin\nV:1.0\n")}, byAPK},
		{usr, fstest.MapFS{"lib/apk/db/installed": file("P:entralogin-other\n"), "usr/lib/os-release": file("")}, unknown},
		{usr, fstest.MapFS{"var/lib/pacman/local/entralogin-0.1.0-1/desc": file("%NAME%\nentralogin\n")}, byPacman},
		{usr, fstest.MapFS{"var/lib/pacman/local/entralogin-bin-0.1.0-1/desc": file("%NAME%\nentralogin-bin\n")}, byAUR},
		{usr, fstest.MapFS{"usr/lib/sysimage/rpm/rpmdb.sqlite": file("")}, byRPM},
		{"/usr/local/bin/entralogin", fstest.MapFS{"usr/lib/sysimage/rpm/rpmdb.sqlite": file("")}, unknown},
		{"/opt/homebrew/Cellar/entralogin/0.1.0/bin/entralogin", none, byHomebrew},
		{"/home/u/.krew/store/entralogin/v0.1.0/entralogin", none, byKrew},
		{`/C:/Users/u/scoop/apps/entralogin/current/entralogin.exe`, none, byScoop},
		{"/C:/Users/u/AppData/Local/Microsoft/WinGet/Packages/x/entralogin.exe", none, byWinGet},
		{"/nix/store/abc-entralogin-0.1.0/bin/entralogin", none, byNix},
		{usr, none, inContainer},
		{"/C:/Users/u/AppData/Local/Programs/entralogin/entralogin.exe", none, byPowerShell},
		{"/home/u/go/bin/entralogin", none, byGo},
		{"/home/u/.local/bin/entralogin", none, byScript},
		{"/home/u/entralogin", none, unknown},
	} {
		getenv := func(name string) string { return map[string]string{"LOCALAPPDATA": "/C:/Users/u/AppData/Local"}[name] }
		m := machine{own: c.own, home: "/home/u", getenv: getenv, root: c.root, goos: "linux", arch: "arm64"}
		if got := m.installed(); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.own, c.root, got, c.want)
		}
		if command := m.command(c.want); (command == "") != (c.want == unknown || c.want == inContainer) {
			t.Errorf("%s: %q", c.want, command)
		}
	}
	m := machine{own: "/x/entralogin", getenv: func(name string) string { return map[string]string{"GOBIN": "/y"}[name] }, root: none, module: debug.Module{Sum: "h1:x"}}
	if got := m.installed(); got != byGo {
		t.Errorf("of a module: %s", got)
	}
	m.own, m.module.Sum = "/y/entralogin", ""
	if got := m.installed(); got != byGo {
		t.Errorf("in GOBIN: %s", got)
	}
}

func TestCommandNamesTheArchitecture(t *testing.T) {
	for arch, want := range map[string]string{"amd64": "linux-amd64.deb", "arm": "linux-armv7.deb", "arm64": "linux-arm64.deb"} {
		if got := (machine{arch: arch}).command(byDeb); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", arch, got)
		}
	}
}

func TestSentences(t *testing.T) {
	for version, want := range map[string]string{
		"v0.1.0": "To upgrade: get it there", "v0.2.0": "nothing to do", "v0.2.0-rc.1": "To upgrade", "v0.2.0+dirty": "nothing to do",
		"v0.2.1-0.20261128120000-0123456789ab": "is older: v0.2.0", "(devel)": "To upgrade", "v0.10.0": "is older",
	} {
		if got := (report{Version: version, Installed: unknown, Path: "/x", Latest: "v0.2.0", Release: "https://h/t"}).sentences(); !strings.Contains(got, want) {
			t.Errorf("%s: %q", version, got)
		}
	}
}
