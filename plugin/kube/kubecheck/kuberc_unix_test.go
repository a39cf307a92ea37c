//go:build unix

package kubecheck

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A FIFO makes nobody wait.
func TestKubercIsAFIFO(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kuberc")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	m := Machine{Getenv: func(name string) string { return map[string]string{"KUBERC": file}[name] }}
	one(t, m.CheckAllowList("entralogin", "/kube/config"), want{"configuration", "can't be read", "unset KUBERC"})
}
