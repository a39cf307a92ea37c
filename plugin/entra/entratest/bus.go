package entratest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// StartBus starts a session bus of its own (Debian's dbus-daemon) whose files lie in dir, and returns its address. It ends with
// ctx. services are what it can start, by name: a program with its arguments.
func StartBus(ctx context.Context, dir string, services map[string]string) (address string, err error) {
	conf := filepath.Join(dir, "bus.conf")
	files := map[string]string{conf: fmt.Sprintf(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%[1]s/bus</listen>
  <servicedir>%[1]s</servicedir>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/>
  </policy>
</busconfig>
`, dir)}
	for name, command := range services {
		files[filepath.Join(dir, name+".service")] = fmt.Sprintf("[D-BUS Service]\nName=%s\nExec=%s\n", name, command)
	}
	for path, content := range files {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return "", err
		}
	}
	cmd := exec.CommandContext(ctx, "dbus-daemon", "--config-file="+conf, "--nofork", "--nopidfile", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cmd.Wait()
		return "", fmt.Errorf("dbus-daemon does not start: %w", err)
	}
	context.AfterFunc(ctx, func() { cmd.Wait() })
	return strings.TrimSpace(line), nil
}
