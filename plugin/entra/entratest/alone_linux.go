package entratest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

const aloneVariable = "ENTRATEST_ALONE"

// Test is what Alone has to know of a *testing.T, whose package programs don't have in them.
type Test interface {
	Helper()
	Name() string
	Context() context.Context
	Logf(format string, args ...any)
	Error(args ...any)
}

// Alone says whether a test is in namespaces of its own: a network of loopback alone, where addresses that are fixed can be
// had (see SetMetadata), and an empty /var/opt but for ArcKeys. Where it is not, it has run there, and is over. That needs
// unshare (Debian's util-linux) and ip (iproute2), and root or a kernel that lets others have user namespaces.
func Alone(t Test) bool {
	t.Helper()
	if isAlone() {
		return true
	}
	unshare := []string{"--net", "--mount"}
	if os.Getuid() != 0 {
		unshare = append(unshare, "--map-root-user")
	}
	const settle = "ip link set lo up && mount -t tmpfs tmpfs /var/opt && mkdir -p " + ArcKeys + ` && exec "$@"`
	args := append(unshare, "sh", "-c", settle, "sh", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v")
	cmd := exec.CommandContext(t.Context(), "unshare", args...)
	cmd.Env = append(os.Environ(), aloneVariable+"=1")
	out, err := cmd.CombinedOutput()
	if t.Logf("%s", out); err != nil {
		t.Error(err)
	}
	return false
}

func isAlone() bool { return os.Getenv(aloneVariable) != "" }

// What becomes of a connection to the metadata service's address.
const (
	MetadataHere        = "here"        // it comes to whoever listens
	MetadataDropped     = "dropped"     // its packets get lost, as in most networks that are not Azure's
	MetadataUnreachable = "unreachable" // the system says so at once
)

// SetMetadata says what becomes of connections to IMDSAddress. It is for tests that are Alone.
func SetMetadata(what string) error {
	if !isAlone() {
		return errors.New("this is everybody's network")
	}
	const address = "169.254.169.254/32"
	exec.Command("ip", "address", "delete", address, "dev", "lo").Run() // one of them may be there
	exec.Command("ip", "route", "delete", address, "dev", "lo").Run()
	add := map[string][]string{
		MetadataHere: {"address", "add", address, "dev", "lo"},
		// Nobody has the address, so what comes to the end of the loop is thrown away without a word.
		MetadataDropped: {"route", "add", address, "dev", "lo", "src", "127.0.0.1"},
	}[what]
	if add == nil {
		return nil
	}
	if out, err := exec.Command("ip", add...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %w: %s", err, out)
	}
	return nil
}

// PutArcAgent has the program of Azure Arc's agent lie where clients look for it, in an /opt that is otherwise empty
// from now on. It is for tests that are Alone.
func PutArcAgent() error {
	if !isAlone() {
		return errors.New("this is everybody's /opt")
	}
	const put = "mount -t tmpfs tmpfs /opt && mkdir -p /opt/azcmagent/bin && printf '#!/bin/sh\n' >/opt/azcmagent/bin/himds && chmod +x /opt/azcmagent/bin/himds"
	if out, err := exec.Command("sh", "-c", put).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
