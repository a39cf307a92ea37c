package text

import (
	"fmt"
	"time"
)

// Span says a duration as people do: "45 seconds", "15 minutes", "2 hours", "30 days".
func Span(d time.Duration) string {
	unit := func(n int64, name string) string {
		if n == 1 {
			return "1 " + name
		}
		return fmt.Sprintf("%d %ss", n, name)
	}
	switch d = max(d, 0); {
	case d < 90*time.Second:
		return unit(int64(d.Round(time.Second)/time.Second), "second")
	case d < 90*time.Minute:
		return unit(int64(d.Round(time.Minute)/time.Minute), "minute")
	case d < 72*time.Hour:
		return unit(int64(d.Round(time.Hour)/time.Hour), "hour")
	}
	const day = 24 * time.Hour
	return unit(int64(d.Round(day)/day), "day")
}
