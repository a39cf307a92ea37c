package https

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A body that streams has no bound in size, and ends with the limit of a read, or where it breaks off.
func TestStream(t *testing.T) {
	release := make(chan struct{})
	s, options := serve(t, func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/large":
			for range 3 {
				io.WriteString(w, strings.Repeat("x", MaxBody))
			}
		case "/refused":
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, "no")
		case "/mute":
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			<-release
		case "/cut":
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "x")
		}
	})
	defer close(release)
	options.Stream = true
	read := func(path string) (int, error) {
		t.Helper()
		c := options.Client()
		resp, err := c.Get(s.URL + path)
		must(t, err)
		defer resp.Body.Close()
		if path == "/mute" {
			c.Transport.(*pinned).limit = 50 * time.Millisecond // of each read from here on
		}
		body, err := io.ReadAll(resp.Body)
		return len(body), err
	}
	if n, err := read("/large"); n != 3*MaxBody || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if n, err := read("/refused"); n != 2 || err != nil {
		t.Errorf("%d bytes of a refusal, %v", n, err)
	}
	for path, want := range map[string]string{"/mute": "no answer within 50ms", "/cut": "broke off"} {
		_, err := read(path)
		if down, ok := errors.AsType[*NetworkError](err); !ok || !strings.Contains(down.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Most is the bound of an answer where it is another than usual.
func TestMost(t *testing.T) {
	s, options := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", MaxBody+1)) })
	options.Most = 2 << 20
	if body, err := get(t, options.Client(), s.URL); len(body) != MaxBody+1 || err != nil {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	options.Most = 64 << 10
	if e := wants[*AnswerError](t, options.Client(), s.URL); !strings.Contains(e.Error(), "larger than 64 KiB") {
		t.Error(e)
	}
}
