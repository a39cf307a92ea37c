package browser

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// inWSL reports whether this is Linux on Windows, whose programs can be run:
// https://learn.microsoft.com/windows/wsl/filesystems#run-windows-tools-from-linux
func (o Opener) inWSL() bool {
	if runtime.GOOS != "linux" {
		return false
	}
	release, _ := fs.ReadFile(o.root(), "proc/sys/kernel/osrelease") // a kernel that says nothing is another's
	return o.Env("WSL_DISTRO_NAME") != "" || strings.Contains(strings.ToLower(string(release)), "microsoft")
}

// systems are the system's own programs. None of them is a shell that would read an address. BROWSER has been tried
// before them.
func (o Opener) systems() []candidate {
	switch runtime.GOOS {
	case "darwin":
		return []candidate{{name: "/usr/bin/open", args: []string{"%s"}, env: o.personal()}}
	case "windows":
		return []candidate{{name: filepath.Join(systemFolder(), "rundll32.exe"), args: []string{"url.dll,FileProtocolHandler", "%s"}, env: o.personal()}}
	}
	env := slices.DeleteFunc(o.environ(), func(entry string) bool { return strings.HasPrefix(entry, "BROWSER=") })
	usual := candidate{name: "xdg-open", args: []string{"%s"}, env: env}
	if !o.inWSL() {
		return []candidate{usual}
	}
	// A desktop may be here without any browser (WSLg): what opens Windows' comes first.
	const windows = "/mnt/c/Windows/System32/"
	command := []string{"-NoProfile", "-NonInteractive", "-Command", "Start-Process $env:" + pageVariable}
	passing := []string{"WSLENV=" + strings.TrimPrefix(o.Env("WSLENV")+":"+pageVariable, ":"), pageVariable + "=%s"}
	return []candidate{
		{name: "wslview", args: []string{"%s"}, env: env},
		{name: "powershell.exe", args: command, env: env, more: passing},
		{name: windows + "WindowsPowerShell/v1.0/powershell.exe", args: command, env: env, more: passing},
		{name: windows + "rundll32.exe", args: []string{"url.dll,FileProtocolHandler", "%s"}, env: env},
		usual,
	}
}

// pageVariable brings the address to PowerShell, which would read an argument as code:
// https://learn.microsoft.com/windows/wsl/filesystems#share-environment-variables-between-windows-and-wsl-with-wslenv
const pageVariable = "ENTRALOGIN_PAGE"

// environ is a copy of the environment of what is run.
func (o Opener) environ() []string {
	if o.Environ != nil {
		return slices.Clone(o.Environ)
	}
	return os.Environ()
}

// personal is the environment of a system's own program: where ours can't be trusted, what the system itself says.
func (o Opener) personal() []string {
	if o.Untrusted {
		return systemEnvironment()
	}
	return o.environ()
}
