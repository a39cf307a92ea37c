//go:build unix

package main

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Local time is that of the rule in $TZ, in the words of a prompt, in an answer of the whole program and in an early one,
// which another $TZ does not outlive.
func TestLocalTime(t *testing.T) {
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	program, env := built(t), h.env
	zone := time.FixedZone("", (9*60+30)*60)
	h.env = append(env, "TZ=<+0930>-9:30")
	r := h.call(program, "login")
	said := string(r.err.Bytes())
	found := regexp.MustCompile(`The code ends at (\d\d:\d\d:\d\d), in 15 minutes`).FindStringSubmatch(said)
	if found == nil {
		t.Fatal(said)
	}
	now := time.Now().In(zone)
	ends, err := time.ParseInLocation(time.DateOnly+time.TimeOnly, now.Format(time.DateOnly)+found[1], zone)
	if err != nil {
		t.Fatal(err)
	}
	if left := (ends.Sub(now) + 24*time.Hour) % (24 * time.Hour); left < 10*time.Minute || left > 15*time.Minute {
		t.Errorf("%s in %v from %s", found[0], left, now)
	}
	for _, rule := range []struct {
		tz     string
		offset time.Duration
	}{{"<+0930>-9:30", 9*time.Hour + 30*time.Minute}, {"UTC+3", -3 * time.Hour}, {"AAA12BBB,0/0,J365/25", -11 * time.Hour}, {"", 0}} {
		h.env = append(env, "TZ="+rule.tz)
		for call := range 3 {
			answer, early := h.early("", program, "account", "get-access-token", "--resource", entratest.ServerID)
			var got azToken
			if err := json.Unmarshal([]byte(answer), &got); err != nil {
				t.Fatal(err)
			}
			want := time.Unix(got.ExpiresUnix, 0).UTC().Add(rule.offset).Format("2006-01-02 15:04:05.000000")
			if got.ExpiresOn != want || call != 1 && early != (call == 2) {
				t.Errorf("TZ=%q, call %d: %s, want %s; early: %v", rule.tz, call+1, got.ExpiresOn, want, early)
			}
		}
	}
}
