package entratest_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const keys = "/common/discovery/v2.0/keys"

func TestFaultCounts(t *testing.T) {
	s := newServer(t)
	s.Fault("keys", entratest.Fault{Skip: 1, Times: 2, Status: 503, RetryAfter: "7"})
	var got []int
	for range 5 {
		resp, err := s.Client().Get(s.URL + keys)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == 503 && resp.Header.Get("Retry-After") != "7" {
			t.Error("no Retry-After")
		}
		status, _ := read(t, resp)
		got = append(got, status)
	}
	if want := []int{200, 503, 503, 200, 200}; !equal(got, want) {
		t.Errorf("statuses are %v, want %v", got, want)
	}
	s.Fault("*", entratest.Fault{Status: 500})
	if status, _ := get(t, s.Client(), s.URL+"/.sim/codes", ""); status != 200 {
		t.Error("the fault hit the control surface")
	}
	if status, _ := get(t, s.Client(), s.URL+"/v1.0/me", ""); status != 500 {
		t.Error("the fault missed Graph")
	}
	s.ClearFaults()
	if status, _ := get(t, s.Client(), s.URL+keys, ""); status != 200 {
		t.Error("the fault stayed")
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestFaultOfOneGrant(t *testing.T) {
	s := newServer(t)
	s.AutoApprove(entratest.Alice, 0)
	s.Fault("token", entratest.Fault{Grant: "refresh_token", Error: &entratest.OAuthError{Error: "invalid_grant", AADSTS: 70043, Suberror: "bad_token", Claims: "{}"}})
	tokens := signIn(t, s.Client(), s.URL, entratest.TenantContoso, everything)
	status, body := renew(t, s, entratest.TenantContoso, tokens["refresh_token"].(string), everything)
	wantError(t, status, body, "invalid_grant", 70043)
	if body["suberror"] != "bad_token" || body["claims"] != "{}" {
		t.Errorf("answer is %v", body)
	}
}

// Drop grants nothing; DropAfterGrant uses the code up and loses the answer.
func TestDrops(t *testing.T) {
	for _, fault := range []entratest.Fault{{Times: 1, Drop: true}, {Times: 1, DropAfterGrant: true}} {
		s := newServer(t)
		s.AutoApprove(entratest.Alice, 0)
		code := begin(t, s, everything)
		s.Fault("token", fault)
		form := map[string][]string{"client_id": {entratest.ClientID}, "grant_type": {rfcGrant}, "device_code": {code["device_code"].(string)}}
		if _, err := s.Client().PostForm(s.URL+"/common/oauth2/v2.0/token", form); err == nil {
			t.Error("there was an answer")
		}
		if log := s.RequestLog(); log[len(log)-1].Status != 0 {
			t.Errorf("log is %+v", log)
		}
		status, body := poll(t, s, code, rfcGrant)
		if fault.Drop && status != http.StatusOK {
			t.Errorf("answer is %d %v", status, body)
		}
		if fault.DropAfterGrant {
			wantError(t, status, body, "invalid_grant", 70000)
		}
	}
}

func TestSpoiltAnswers(t *testing.T) {
	s := newServer(t)
	fetch := func(f entratest.Fault) (*http.Response, []byte, error) {
		s.ClearFaults()
		s.Fault("keys", f)
		client := s.Client()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		client.Transport.(*http.Transport).DisableCompression = true
		resp, err := client.Get(s.URL + keys)
		if err != nil {
			return nil, nil, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp, body, err
	}
	if _, _, err := fetch(entratest.Fault{Truncate: true}); err == nil {
		t.Error("a truncated answer came whole")
	}
	if resp, body, _ := fetch(entratest.Fault{Body: "<html>", Header: map[string]string{"Content-Type": "text/html"}}); string(body) != "<html>" || resp.StatusCode != 200 {
		t.Errorf("body is %q", body)
	}
	if resp, _, _ := fetch(entratest.Fault{Redirect: "http://elsewhere.example/", Status: 307}); resp.StatusCode != 307 || resp.Header.Get("Location") != "http://elsewhere.example/" {
		t.Errorf("answer is %v", resp)
	}
	if _, body, err := fetch(entratest.Fault{Stream: 3 << 20}); err != nil || len(body) != 3<<20 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	resp, body, err := fetch(entratest.Fault{Stream: 8 << 20, Gzip: true})
	if err != nil || len(body) > 64<<10 || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
	z, err := gzip.NewReader(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, z); n != 8<<20 || err != nil {
		t.Errorf("%d bytes unpacked, %v", n, err)
	}
	start := time.Now()
	if _, _, err := fetch(entratest.Fault{Delay: 100 * time.Millisecond}); err != nil || time.Since(start) < 100*time.Millisecond {
		t.Errorf("answered after %v, %v", time.Since(start), err)
	}
}

func TestRewrite(t *testing.T) {
	s := newServer(t)
	s.Fault("devicecode", entratest.Fault{Rewrite: func(m map[string]any) {
		delete(m, "interval")
		m["user_code"] = "\x1b[31mRED"
	}})
	code := begin(t, s, "User.Read")
	if _, ok := code["interval"]; ok || code["user_code"] != "\x1b[31mRED" || code["device_code"] == "" {
		t.Errorf("answer is %v", code)
	}
}
