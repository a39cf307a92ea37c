package https

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// What a network's sign-in page answers in the place of a service.
func TestWebPages(t *testing.T) {
	for name, test := range map[string]struct {
		status     int
		kind, body string
		page       bool
	}{
		"HTML":             {200, "text/html; charset=utf-8", "<html>secret", true},
		"HTML in capitals": {200, "Text/HTML", "secret", true},
		"XHTML":            {200, "application/xhtml+xml", "secret", true},
		"called JSON":      {200, "application/json", "\ufeff\n <!DOCTYPE html>secret", true},
		"called nothing":   {203, "", "<HTML>secret", true},
		"511":              {511, "application/json", "{}", true},
		"JSON":             {200, "application/json", `{"a":"<html>"}`, false},
		"nothing":          {200, "", "", false},
		"400 with a page":  {400, "text/html", "<html>", false},
		"503 with a page":  {503, "text/html", "<html>", false},
	} {
		s, h := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", test.kind)
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		})
		if _, err := get(t, h.Client(), s.URL); err != nil {
			t.Errorf("%s, where pages are welcome: %v", name, err)
		}
		h.JSON = true
		if !test.page {
			if got, err := get(t, h.Client(), s.URL); got != test.body || err != nil {
				t.Errorf("%s: %q, %v", name, got, err)
			}
			continue
		}
		err := wants[*AnswerError](t, h.Client(), s.URL)
		if !err.Page || !strings.Contains(err.Error(), "sign-in page of a network") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
