package kubecheck

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
)

// want is what a test expects to be found: a level (of a failure: its class), and words of it.
type want struct {
	level  string
	what   string
	remedy string // "" if there has to be none
}

// one checks that want is found, once, and that nothing worse is found besides.
func one(t *testing.T, found []check.Finding, w want) {
	t.Helper()
	has(t, found, w)
	rank := map[check.Level]int{check.OK: 0, check.Warning: 1, check.Failure: 2}
	worst := check.Failure
	if w.level == string(check.OK) || w.level == string(check.Warning) {
		worst = check.Level(w.level)
	}
	for _, f := range found {
		if rank[f.Level] > rank[worst] || f.Level == check.Failure && !strings.Contains(f.What, w.what) {
			t.Errorf("found besides: %+v", f)
		}
	}
}

// has checks that want is found, once.
func has(t *testing.T, found []check.Finding, w want) {
	t.Helper()
	matches := 0
	for _, f := range found {
		level := string(f.Level)
		if f.Level == check.Failure {
			level = string(f.Class)
		}
		if strings.Contains(f.What, w.what) {
			matches++
			if level != w.level || !strings.Contains(f.Remedy, w.remedy) || w.remedy == "" && f.Remedy != "" {
				t.Errorf("got %q: %s (%s), want %q (%s)", level, f.What, f.Remedy, w.level, w.remedy)
			}
		}
	}
	if matches != 1 {
		t.Errorf("%q was found %d times in %+v", w.what, matches, found)
	}
}

// token makes a token with these claims, and the part of it that no output may hold.
func token(t *testing.T, claims map[string]any) cache.Secret {
	t.Helper()
	blob, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return cache.NewSecret(encode([]byte(`{"alg":"RS256"}`)) + "." + encode(blob) + "." + encode([]byte("s1gnature of no worth")))
}

func TestTextIsCleaned(t *testing.T) {
	f := Server.Fail(failure.Answer, "a %s", "b\x1b[2J\u202e\nc").Or("d %s", "e\u200b\x07")
	if f.What != "a b[2J c" || f.Remedy != "d e" {
		t.Errorf("got %q and %q", f.What, f.Remedy)
	}
	if f := check.Token.Unchecked("%s", "why"); f.Level != check.Warning || f.What != "not checked: why" {
		t.Errorf("got %+v", f)
	}
}
