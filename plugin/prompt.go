package plugin

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// PromptWords is what a person reads who is asked to sign in: who asks and for what, the well-known
// sentence with page and code (other programs look for it), when the code ends, and a warning against
// codes that somebody else sent. They are our own words: the message that the service sends along is
// never shown, since whoever can change it could put anything on the terminal.
func PromptWords(r Request, c Code, now time.Time) string {
	var b strings.Builder
	asker := cmp.Or(Clean(r.Asker), "a program")
	if strings.Contains(asker, ", ") {
		asker += ","
	}
	fmt.Fprintf(&b, "%s needs a sign-in (tenant %s", asker, Clean(r.Tenant))
	if r.Account != "" {
		fmt.Fprintf(&b, ", account %s", Clean(r.Account))
	}
	b.WriteString(")")
	if r.Why != "" {
		b.WriteString(": " + Clean(r.Why))
	}
	b.WriteString(".\n")
	fmt.Fprintf(&b, "To sign in, use a web browser to open the page %s and enter the code %s to authenticate.\n",
		Clean(c.VerificationURI), Clean(c.UserCode))
	fmt.Fprintf(&b, "The code ends at %s, in %s. Continue only if you started this yourself, just now.",
		c.Expires.Local().Format("15:04:05"), Span(c.Expires.Sub(now)))
	return b.String()
}

// Span says a duration as people do: "45 seconds", "15 minutes", "2 hours".
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
	}
	return unit(int64(d.Round(time.Hour)/time.Hour), "hour")
}
