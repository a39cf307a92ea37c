//go:build unix

package browser

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/chromedp/chromedp"
)

// A request is what Chromium sent to entralogin's listener.
type request struct {
	method, path string
	header       map[string]string
}

// finished ends Chromium, and returns the requests that it made on localhost, as its own log of the network has them:
// its window and its prefetches are there, too, which no page knows of.
func (c *chromium) finished() []request {
	c.Helper()
	if err := chromedp.Cancel(c.ctx); err != nil {
		c.Fatal(err)
	}
	text, err := os.ReadFile(c.path("network.json"))
	if err != nil {
		c.Fatal(err)
	}
	var log struct {
		Constants struct{ LogEventTypes map[string]int }
		Events    []struct {
			Type   int
			Params struct {
				Headers []string
				Line    string
			}
		}
	}
	if err := json.Unmarshal(text, &log); err != nil {
		c.Fatal(err)
	}
	var all []request
	for _, e := range log.Events {
		if e.Type != log.Constants.LogEventTypes["HTTP_TRANSACTION_SEND_REQUEST_HEADERS"] {
			continue
		}
		r := request{header: map[string]string{}}
		for _, line := range e.Params.Headers {
			name, value, _ := strings.Cut(line, ": ")
			r.header[strings.ToLower(name)] = value
		}
		words := strings.Fields(e.Params.Line)
		if len(words) == 3 && strings.HasPrefix(r.header["host"], "localhost:") {
			r.method, r.path = words[0], words[1]
			all = append(all, r)
		}
	}
	return all
}
