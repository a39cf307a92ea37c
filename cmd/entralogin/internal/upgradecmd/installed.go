package upgradecmd

import (
	"cmp"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
)

// kind is how a copy of the program came to a machine.
type kind string

const (
	byDeb        kind = "deb"
	byRPM        kind = "rpm"
	byAPK        kind = "apk"
	byPacman     kind = "pacman"
	byAUR        kind = "aur"
	byHomebrew   kind = "brew"
	byKrew       kind = "krew"
	byScoop      kind = "scoop"
	byWinGet     kind = "winget"
	byNix        kind = "nix"
	byGo         kind = "go"
	byScript     kind = "install.sh"
	byPowerShell kind = "install.ps1"
	inContainer  kind = "container"
	unknown      kind = "unknown"
)

func (k kind) words() string {
	return cmp.Or(map[kind]string{byDeb: "as a Debian package", byRPM: "as an RPM package", byAPK: "as a package of Alpine", byPacman: "as a package of Arch",
		byAUR: "from the AUR", byHomebrew: "with Homebrew", byGo: "with go install", inContainer: "in the container image", byScript: "as install.sh does", byPowerShell: "as install.ps1 does", unknown: "by hand"}[k], "with "+string(k))
}

// machine is what tells how this copy was installed. No program is run for it.
type machine struct {
	own    string // path of the program, links followed
	shown  string // path by which it is run
	home   string
	getenv func(string) string
	module debug.Module // of the build
	root   fs.FS        // "/"
	goos   string
	arch   string
}

func thisMachine(f *cli.Factory) (machine, error) {
	m := machine{getenv: f.Getenv, root: os.DirFS("/"), goos: runtime.GOOS, arch: runtime.GOARCH}
	own, err := os.Executable()
	if err != nil {
		return m, err
	}
	if m.own, err = filepath.EvalSymlinks(own); err != nil {
		m.own = own
	}
	if m.shown, err = proc.OwnPath(); err != nil {
		return m, err
	}
	m.home, _ = os.UserHomeDir()
	if info, ok := debug.ReadBuildInfo(); ok {
		m.module = info.Main
	}
	return m, nil
}

// installed goes by where the program lies, then by the files of package managers, then by what Go has stamped.
func (m machine) installed() kind {
	own := filepath.ToSlash(m.own)
	low := strings.ToLower(own)
	switch {
	case strings.HasPrefix(own, "/nix/store/"):
		return byNix
	case strings.Contains(own, "/Cellar/entralogin/"):
		return byHomebrew
	case strings.Contains(low, "/store/entralogin/v"):
		return byKrew
	case strings.Contains(low, "/scoop/apps/entralogin/"):
		return byScoop
	case strings.Contains(low, "/microsoft/winget/"), strings.Contains(low, "/winget/packages/"):
		return byWinGet
	}
	if k := m.packaged(own); k != "" {
		return k
	}
	folder := path.Dir(own)
	switch {
	case m.module.Sum != "", folder == filepath.ToSlash(m.goFolder()):
		return byGo
	case m.home != "" && folder == filepath.ToSlash(m.home)+"/.local/bin":
		return byScript
	case m.getenv("LOCALAPPDATA") != "" && folder == filepath.ToSlash(filepath.Join(m.getenv("LOCALAPPDATA"), "Programs", "entralogin")):
		return byPowerShell
	}
	return unknown
}

// packaged asks the files in which package managers note what they installed; "" if none has the program. That of rpm
// can't be read as it is: where there is one, and no other, it counts.
func (m machine) packaged(own string) kind {
	has := func(word string, patterns ...string) bool {
		for _, pattern := range patterns {
			found, _ := fs.Glob(m.root, pattern)
			for _, name := range found {
				content, err := fs.ReadFile(m.root, name)
				if err == nil && strings.Contains("\n"+string(content)+"\n", "\n"+word+"\n") {
					return true
				}
			}
		}
		return false
	}
	switch {
	case own != "/usr/bin/entralogin":
		return ""
	case has(own, "var/lib/dpkg/info/entralogin.list", "var/lib/dpkg/info/entralogin:*.list"):
		return byDeb
	case has("P:entralogin", "lib/apk/db/installed", "usr/lib/apk/db/installed"):
		return byAPK
	case has("entralogin-bin", "var/lib/pacman/local/entralogin-bin-*/desc"):
		return byAUR
	case has("entralogin", "var/lib/pacman/local/entralogin-*/desc"):
		return byPacman
	}
	there := func(files ...string) bool {
		return slices.ContainsFunc(files, func(file string) bool { _, err := fs.Stat(m.root, file); return err == nil })
	}
	switch {
	case there("usr/lib/sysimage/rpm/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/Packages.db", "var/lib/rpm/Packages"):
		return byRPM
	case m.goos == "linux" && !there("etc/os-release", "usr/lib/os-release"): // the image holds no system
		return inContainer
	}
	return ""
}

// goFolder is where "go install" puts programs: https://go.dev/ref/mod#go-install
func (m machine) goFolder() string {
	workspace, _, _ := strings.Cut(m.getenv("GOPATH"), string(filepath.ListSeparator))
	if workspace == "" && m.home != "" {
		workspace = filepath.Join(m.home, "go")
	}
	if workspace != "" {
		workspace = filepath.Join(workspace, "bin")
	}
	return cmp.Or(m.getenv("GOBIN"), workspace)
}

// command upgrades a copy that came by k, "" where there is none.
func (m machine) command(k kind) string {
	arch := strings.Replace(m.arch, "arm", "armv7", 1)
	if m.arch == "arm64" {
		arch = m.arch
	}
	file := func(suffix string) string { return "entralogin-linux-" + arch + suffix }
	const newest = repository + "/releases/latest/download/"
	return map[kind]string{
		byDeb:        "curl -fLO " + newest + file(".deb") + " && sudo apt install ./" + file(".deb"),
		byRPM:        "sudo rpm -U " + newest + file(".rpm"),
		byAPK:        "curl -fLO " + newest + file(".apk") + " && sudo apk add --allow-untrusted ./" + file(".apk"),
		byPacman:     "sudo pacman -U " + newest + file(".pkg.tar.zst"),
		byAUR:        "yay -S entralogin-bin",
		byHomebrew:   "brew upgrade entralogin",
		byKrew:       "kubectl krew upgrade entralogin",
		byScoop:      "scoop update entralogin",
		byWinGet:     "winget upgrade entralogin.entralogin",
		byNix:        "nix profile upgrade entralogin",
		byGo:         "go install github.com/entralogin/entralogin/cmd/entralogin@latest",
		byScript:     "curl -fsSL " + newest + "install.sh | sh",
		byPowerShell: "irm " + newest + "install.ps1 | iex",
	}[k]
}
