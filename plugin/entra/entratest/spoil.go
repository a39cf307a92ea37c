package entratest

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// before does what comes instead of the endpoint's work and reports whether that was the answer.
func (f *fault) before(s *Server, w http.ResponseWriter, req *http.Request, endpoint string, record func(int, string)) bool {
	if f == nil {
		return false
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-req.Context().Done():
		}
	}
	if f.Drop {
		record(0, "")
		panic(http.ErrAbortHandler)
	}
	a := &answer{header: w.Header()}
	f.addHeaders(a.header)
	if f.Stream > 0 {
		record(f.status(http.StatusOK), "")
		f.stream(w)
		return true
	}
	switch {
	case f.Redirect != "":
		a.header.Set("Location", f.Redirect)
		a.WriteHeader(f.status(http.StatusFound))
	case f.Error != nil:
		a.WriteHeader(f.status(f.Error.status()))
		writeOAuthError(a, req, f.Error)
	case f.Body != "":
		f.writeBody(a)
	case f.Status != 0:
		s.writeStatus(a, req, endpoint, f.Status)
	default:
		return false
	}
	if f.Truncate {
		f.truncate(a, w, record)
	}
	record(a.status, a.oauthError(endpoint))
	a.send(w)
	return true
}

// after spoils the true answer.
func (f *fault) after(a *answer, w http.ResponseWriter, record func(int, string)) {
	if f == nil {
		return
	}
	f.addHeaders(a.header)
	if f.Rewrite != nil {
		var object map[string]any
		if json.Unmarshal(a.body.Bytes(), &object) == nil {
			f.Rewrite(object)
			changed, _ := json.Marshal(object)
			a.body.Reset()
			a.body.Write(changed)
		}
	}
	if f.DropAfterGrant {
		record(0, "")
		panic(http.ErrAbortHandler)
	}
	if f.Truncate {
		f.truncate(a, w, record)
	}
}

// truncate announces the whole answer, sends half of it and closes the connection.
func (f *fault) truncate(a *answer, w http.ResponseWriter, record func(int, string)) {
	record(a.status, "")
	w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	w.WriteHeader(max(a.status, http.StatusOK))
	w.Write(a.body.Bytes()[:a.body.Len()/2])
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func (f *fault) status(otherwise int) int {
	if f.Status != 0 {
		return f.Status
	}
	return otherwise
}

func (f *fault) addHeaders(h http.Header) {
	if f.RetryAfter != "" {
		h.Set("Retry-After", f.RetryAfter)
	}
	for k, v := range f.Header {
		h.Set(k, v)
	}
}

func (f *fault) writeBody(a *answer) {
	if a.header.Get("Content-Type") == "" {
		a.header.Set("Content-Type", "application/json; charset=utf-8")
	}
	a.WriteHeader(f.status(http.StatusOK))
	if !f.Gzip {
		io.WriteString(a, f.Body)
		return
	}
	a.header.Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(a)
	io.WriteString(z, f.Body)
	z.Close()
}

// stream sends a JSON string that never comes to its end.
func (f *fault) stream(w http.ResponseWriter) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	var out io.Writer = w
	if f.Gzip {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		out = z
	}
	w.WriteHeader(f.status(http.StatusOK))
	chunk := make([]byte, 32<<10)
	for i := range chunk {
		chunk[i] = 'A'
	}
	start, left := []byte(`{"access_token":"`), f.Stream
	for left > 0 {
		part := chunk
		if start != nil {
			part, start = start, nil
		}
		n, err := out.Write(part[:min(int64(len(part)), left)])
		if err != nil {
			return
		}
		left -= int64(n)
	}
}
