package agentcmd

import (
	"encoding/xml"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mark is in every file that install writes: uninstall removes no other.
const mark = "Written by: entralogin agent install"

// file is a file of a service manager that starts the agent.
type file struct{ path, content string }

// units are those of systemd for a user, in the folder of the person's own. The sockets are systemd's: it starts the agent
// when somebody first connects.
// https://www.freedesktop.org/software/systemd/man/latest/systemd.socket.html
func units(folder, program string) []file {
	return []file{
		{filepath.Join(folder, mainUnit), socketUnit("Socket of the entralogin agent", mainName, "agent.sock", "Also="+forwardUnit+"\n")},
		{filepath.Join(folder, forwardUnit), socketUnit("Socket of the entralogin agent for ssh and containers", forwardName, "forward.sock", "")},
		{filepath.Join(folder, serviceUnit), fmt.Sprintf(`# %s
[Unit]
Description=Entralogin agent
Documentation=man:entralogin-agent(1)
Requires=%s

[Service]
Type=notify
ExecStart=%s agent
ExecReload=/bin/kill -HUP $MAINPID
Sockets=%[2]s %[4]s
UMask=0077
LimitCORE=0

[Install]
Also=%[2]s %[4]s
`, mark, mainUnit, quoteUnit(program), forwardUnit)},
	}
}

// The names of the units.
const (
	mainUnit    = "entralogin-agent.socket"
	forwardUnit = "entralogin-agent-forward.socket"
	serviceUnit = "entralogin-agent.service"
)

// The names that the units of "agent install" give the sockets (FileDescriptorName=).
const (
	mainName    = "agent"
	forwardName = "forward"
)

func socketUnit(description, name, socket, also string) string {
	return fmt.Sprintf(`# %s
[Unit]
Description=%s

[Socket]
ListenStream=%%t/entralogin/%s
FileDescriptorName=%s
SocketMode=0600
DirectoryMode=0700
RemoveOnStop=yes
Service=%s

[Install]
WantedBy=sockets.target
%s`, mark, description, socket, name, serviceUnit, also)
}

// quoteUnit is the program of a command line in a unit, which systemd takes by its path as it stands, but for specifiers:
// https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Command%20lines
func quoteUnit(path string) string { return `"` + strings.ReplaceAll(path, "%", "%%") + `"` }

// unfitPath says why no unit can start a program, "" if one can: systemd takes no executable with these in its path, however
// they are written, and a list of properties has no control characters.
func unfitPath(path string) string {
	if !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl) {
		return "its path has control characters"
	}
	if strings.ContainsAny(path, `"'\`) {
		return "its path has a quotation mark or a backslash"
	}
	return ""
}

// label is the name of the agent to launchd.
const label = "com.github.entralogin.agent"

// property is the list of properties of macOS that starts the agent when the person logs in, and again where it fails.
// launchd would keep the sockets itself only for a program that takes them from it by a function of its own library.
// https://developer.apple.com/library/archive/documentation/MacOSX/Conceptual/BPSystemStartup/Chapters/CreatingLaunchdJobs.html
func property(folder, program string) file {
	var word strings.Builder
	xml.EscapeText(&word, []byte(program)) // a strings.Builder fails at nothing
	return file{filepath.Join(folder, label+".plist"), fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- %s -->
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%s</string>
	<key>ProgramArguments</key>
	<array>
		<string>%s</string>
		<string>agent</string>
	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key>
		<false/>
	</dict>
	<key>Umask</key>
	<integer>63</integer>
	<key>HardResourceLimits</key>
	<dict>
		<key>Core</key>
		<integer>0</integer>
	</dict>
</dict>
</plist>
`, mark, label, word.String())}
}
