package client_test

import (
	"os"
	"testing"
)

// TestMain forgets what says that nobody may be asked: the tests say it themselves where it matters.
func TestMain(m *testing.M) {
	for _, name := range []string{"CI", "GIT_TERMINAL_PROMPT", "GCM_INTERACTIVE"} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}
