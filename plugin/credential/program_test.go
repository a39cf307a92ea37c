package credential

import (
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/config"
)

// Windows' cmd.exe reads a part of a word as a command, however it is quoted.
func TestBatchLine(t *testing.T) {
	for _, bad := range []string{"a&b", "a|b", "a>b", "a<b", "a^b", "a%PATH%", "a!b!", `a"b`, "a\nb", "a\rb", "a(b)", "a;b", "ä"} {
		if line := batchLine(`C:\az.cmd`, []string{"account", bad}); line != "" {
			t.Errorf("%q became %s", bad, line)
		}
	}
	for _, bad := range []string{`C:\%PATH%\az.cmd`, `C:\"\az.cmd`, "C:\\a\nz.cmd"} {
		if line := batchLine(bad, nil); line != "" {
			t.Errorf("%q became %s", bad, line)
		}
	}
	const want = `cmd.exe /d /e:on /v:off /s /c ""C:\Program Files (x86)\az.cmd" "account" "--scope" "https://graph.microsoft.com/.default" "a b""`
	if line := batchLine(`C:\Program Files (x86)\az.cmd`, []string{"account", "--scope", "https://graph.microsoft.com/.default", "a b"}); line != want {
		t.Errorf("got %s", line)
	}
}

// How long a program may take can be said, within what other processes wait for.
func TestProgramTime(t *testing.T) {
	for said, want := range map[string]time.Duration{"": programTime, "90s": 90 * time.Second, "1h": longestTime, "-5s": programTime, "soon": programTime} {
		c := Call{Target: config.Target{Settled: config.Settled{Settings: config.Settings{config.NewLayer(config.ByFlag, "", map[string]string{config.ProgramTimeout: said})}}}}
		if got := c.programTime(); got != want {
			t.Errorf("%q: %v, not %v", said, got, want)
		}
	}
}
