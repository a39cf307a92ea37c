//go:build unix

package cache_test

import (
	"os"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

func TestMain(m *testing.M) {
	what := os.Getenv(cache.ChildVariable)
	if what == "" {
		entratest.Patient(8) // the disk is waited for
		os.Exit(m.Run())
	}
	child := map[string]func(args []string){"call": childCall}[what]
	if inside := cache.Children(what); inside != nil {
		child = inside
	}
	child(os.Args[1:])
}
