package text

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0 seconds", 0: "0 seconds", 400 * time.Millisecond: "0 seconds", 500 * time.Millisecond: "1 second", time.Second: "1 second",
		45 * time.Second: "45 seconds", 60 * time.Second: "60 seconds", 89 * time.Second: "89 seconds", 90 * time.Second: "2 minutes",
		2 * time.Minute: "2 minutes", 14*time.Minute + 59*time.Second: "15 minutes", 15 * time.Minute: "15 minutes", 89 * time.Minute: "89 minutes",
		90 * time.Minute: "2 hours", 24 * time.Hour: "24 hours", 71 * time.Hour: "71 hours", 72 * time.Hour: "3 days", 720 * time.Hour: "30 days",
	} {
		if got := Span(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
