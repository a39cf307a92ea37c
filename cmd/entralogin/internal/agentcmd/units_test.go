package agentcmd

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// The list for launchd is well-formed, and names the program as it is.
func TestProperty(t *testing.T) {
	const program = `/Users/a & b/<bin>/entralogin "x"`
	p := property("/Users/a/Library/LaunchAgents", program)
	if p.path != "/Users/a/Library/LaunchAgents/com.github.entralogin.agent.plist" || !strings.Contains(p.content, mark) {
		t.Errorf("%+v", p)
	}
	var texts []string
	for d := xml.NewDecoder(strings.NewReader(p.content)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v: %s", err, p.content)
		}
		if chars, ok := token.(xml.CharData); ok && strings.TrimSpace(string(chars)) != "" {
			texts = append(texts, string(chars))
		}
	}
	want := []string{"Label", label, "ProgramArguments", program, "agent", "RunAtLoad", "KeepAlive", "SuccessfulExit", "Umask", "63", "HardResourceLimits", "Core", "0"}
	if !slices.Equal(texts, want) {
		t.Errorf("%q", texts)
	}
}
