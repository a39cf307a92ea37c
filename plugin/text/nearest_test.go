package text

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"tenant-id", "client-id", "server-id", "scope", "environment", "prompt", "account"}
	for name, want := range map[string]string{
		"tenant-id":                "tenant-id",
		"tenantId":                 "tenant-id",
		"TENANT_ID":                "tenant-id",
		"tennant-id":               "tenant-id",
		"tenant":                   "tenant-id",
		"clinet-id":                "client-id",
		"scopes":                   "scope",
		"enviroment":               "environment",
		"promt":                    "prompt",
		"acount":                   "account",
		"":                         "",
		"zzzzzzz":                  "",
		"x":                        "",
		strings.Repeat("a", 1<<20): "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("%.40q: got %q, want %q", name, got, want)
		}
	}
	if got := Nearest("scope", nil); got != "" {
		t.Errorf("of none: got %q", got)
	}
}
