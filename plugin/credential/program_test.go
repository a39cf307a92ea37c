package credential

import "testing"

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
