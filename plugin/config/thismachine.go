package config

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"strings"
)

// ManagedVariables are what the services with managed identities put into the environment of their programs: addresses, to
// which secrets are sent, and those secrets. Of Windows' folders there is the program of Azure Arc's agent and its keys.
func ManagedVariables() []string {
	return append(managedPlaces(), "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_SECRET", "ProgramFiles", "ProgramData")
}

// managedPlaces are those that say which service is asked, and for whose token where nobody is named.
func managedPlaces() []string {
	return []string{"IDENTITY_ENDPOINT", "IMDS_ENDPOINT", "MSI_ENDPOINT", "DEFAULT_IDENTITY_CLIENT_ID"}
}

// thisMachine is a name of this machine as long as the service beside it is the same: a cache folder may be shared with
// others, which have identities of their own. What it is made of is in the trace: /proc has other times on each machine
// and after each start, so that what a clone of the disk has counts for no other machine.
func (c Source) thisMachine() string {
	files := []string{"/etc/machine-id", "/etc/hostname", "/proc"}
	for _, path := range files {
		c.Trace.File(path)
	}
	if runtime.GOOS != "linux" { // whose names stand in no such file
		c.Trace.Spoil()
	}
	host, _ := os.Hostname()
	id, _ := os.ReadFile(files[0])
	parts := []string{"entralogin", host, strings.TrimSpace(string(id))}
	for _, name := range managedPlaces() {
		parts = append(parts, c.Getenv(name))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}
