package graph

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/https"
)

const requestID = "a56f3fe6-36c2-4f4b-8e7f-55f8d5c0ae25"

func graphError(code, message string) string {
	return `{"error":{"code":"` + code + `","message":"` + message + `","innerError":{"date":"2026-03-04T05:06:07","request-id":"` +
		requestID + `","client-request-id":"` + requestID + `"}}}`
}

func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		body    string
		path    string
		manager bool
		want    []string // what the error says
		not     string
	}{
		"403 on me": {403, graphError("Authorization_RequestDenied", "Insufficient privileges to complete the operation."), "/v1.0/me", false,
			[]string{"403", "Authorization_RequestDenied: Insufficient privileges to complete the operation;", "permission User.Read,", requestID}, "User.Read.All"},
		"403 on users": {403, graphError("Authorization_RequestDenied", "No."), "/v1.0/users?$top=5", false,
			[]string{"refused /v1.0/users:", "User.ReadBasic.All", "User.Read.All"}, "$top"},
		"403 on a person":   {403, graphError("Authorization_RequestDenied", "No."), "/v1.0/users/x", false, []string{"User.ReadBasic.All"}, ""},
		"403 on my groups":  {403, graphError("Authorization_RequestDenied", "No."), "/v1.0/me/memberOf", false, []string{"permission User.Read,"}, ""},
		"403 on theirs":     {403, graphError("Authorization_RequestDenied", "No."), "/v1.0/users/x/memberOf", false, []string{"permission User.Read.All,"}, ""},
		"403 on all groups": {403, graphError("Authorization_RequestDenied", "No."), "/beta/groups", false, []string{"permission GroupMember.Read.All "}, ""},
		"403 elsewhere":     {403, graphError("AccessDenied", "No."), "/v1.0/sites", false, []string{"AccessDenied: No"}, "permission"},
		"403 without body":  {403, "", "/v1.0/me", false, []string{"403 Forbidden", "User.Read"}, "request ID"},
		"401 without claims": {401, graphError("InvalidAuthenticationToken", "Access token has expired or is not yet valid."), "/v1.0/me", false,
			[]string{"InvalidAuthenticationToken: Access token has expired", requestID}, "permission"},
		"404 on me":        {404, graphError("Request_ResourceNotFound", "Gone."), "/v1.0/me", false, []string{"404 Not Found, Request_ResourceNotFound: Gone"}, ""},
		"400, ESC, bidi":   {400, graphError(`Bad\u001b[31mRequest`, `x\u202ey\nz`), "/v1.0/me", false, []string{"Bad[31mRequest: xy z"}, ""},
		"501 at once":      {501, graphError("NotImplemented", "x"), "/v1.0/me", false, []string{"501"}, "tries"},
		"400, JSON inside": {400, graphError("BadRequest", `{\"error\":{\"code\":\"Inner\"}}`), "/v1.0/me", false, []string{"400 Bad Request, BadRequest (request"}, "Inner"},
		"400, page inside": {400, graphError("BadRequest", `<html>x`), "/v1.0/me", false, []string{"BadRequest (request"}, "html"},
		"400, a page":      {400, "<html>Access denied by proxy</html>", "/v1.0/me", false, []string{"400 Bad Request"}, "proxy"},
		"400, other types": {400, `{"error":{"code":"Real","message":7,"innerError":[]}}`, "/v1.0/me", false, []string{"400 Bad Request, Real"}, ""},
		"400, OAuth error": {400, `{"error":"invalid_request","error_description":"x"}`, "/v1.0/me", false, []string{"400 Bad Request"}, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			path, _, _ := strings.Cut(test.path, "?")
			mux := http.NewServeMux()
			mux.HandleFunc("GET "+path, says(test.status, test.body))
			m, slept := serve(t, mux)
			m.Path, m.Manager = test.path, test.manager
			_, err := reply(t, m)
			var refused *Error
			if !errors.As(err, &refused) || refused.Status != test.status {
				t.Fatalf("got %v (%T)", err, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if test.not != "" && strings.Contains(err.Error(), test.not) {
				t.Errorf("%q says %q", err, test.not)
			}
			if len(*slept) > 0 {
				t.Errorf("it tried again after %v", *slept)
			}
		})
	}
}

func TestRequestIDInHeader(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/me", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("request-id", requestID)
		w.WriteHeader(400)
	})
	m, _ := serve(t, mux)
	if _, err := reply(t, m); err == nil || !strings.Contains(err.Error(), requestID) {
		t.Errorf("got %v", err)
	}
}

func TestManagerRefused(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"403":               {403, graphError("Authorization_RequestDenied", "No."), "refused /v1.0/me/manager: 403 Forbidden, Authorization_RequestDenied: No; it needs the delegated permission User.Read.All"},
		"403, odd code":     {403, graphError("ResourceNotFound", "x"), "403 Forbidden, ResourceNotFound"},
		"404 of a proxy":    {404, "<html>", "404 Not Found"},
		"404 of other kind": {404, graphError("UnknownError", "x"), "404 Not Found, UnknownError"},
	} {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /v1.0/me", says(200, megan))
		mux.HandleFunc("GET /v1.0/me/manager", says(test.status, test.body))
		m, _ := serve(t, mux)
		m.Manager = true
		var refused *Error
		if _, err := reply(t, m); !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnswersWithoutSense(t *testing.T) {
	for name, test := range map[string]struct{ kind, body, want string }{
		"page":          {"text/html; charset=utf-8", "<!DOCTYPE html>", "web page"},
		"page as JSON":  {"application/json", "\n <html>", "web page"},
		"JSON as page":  {"text/html", "{}", "web page"},
		"empty":         {"application/json", "", "is empty"},
		"blank":         {"", " \n", "is empty"},
		"null":          {"application/json", "null", "not a whole JSON object"},
		"array":         {"application/json", "[{}]", "not a whole JSON object"},
		"text":          {"text/plain", "hello", "not a whole JSON object"},
		"cut":           {"application/json", megan[:len(megan)-20], "not a whole JSON object"},
		"cut at colon":  {"application/json", `{"a":`, "not a whole JSON object"},
		"two":           {"application/json", "{}{}", "not a whole JSON object"},
		"comma":         {"application/json", `{"a":1,}`, "not a whole JSON object"},
		"100,000 deep":  {"application/json", `{"a":` + strings.Repeat("[", 100_000), "not a whole JSON object"},
		"over 1 MiB":    {"application/json", `{"a":"` + strings.Repeat("x", https.MaxBody) + `"}`, "larger than 1 MiB"},
		"UTF-16":        {"application/json", "\xff\xfe{\x00}\x00", "not a whole JSON object"},
		"key, no quote": {"application/json", `{a:1}`, "not a whole JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /v1.0/me", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.kind)
				w.Write([]byte(test.body))
			})
			m, _ := serve(t, mux)
			_, err := reply(t, m)
			var answer *https.AnswerError
			if !errors.As(err, &answer) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v (%T), want %q", err, err, test.want)
			}
		})
	}
}

func TestSecondPageWithoutSense(t *testing.T) {
	var asked atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/users", func(w http.ResponseWriter, req *http.Request) {
		if asked.Add(1) == 1 {
			says(200, `{"value":[],"@odata.nextLink":"https://`+req.Host+`/v1.0/users"}`)(w, req)
			return
		}
		says(200, `{"id":"1"}`)(w, req)
	})
	m, _ := serve(t, mux)
	m.Path = "/v1.0/users"
	var answer *https.AnswerError
	if _, err := reply(t, m); !errors.As(err, &answer) {
		t.Errorf("got %v", err)
	}
}

func TestClaimsChallenge(t *testing.T) {
	const claims = `{"access_token":{"acrs":{"essential":true,"value":"c1"},"x":"??>>"}}`
	std := base64.StdEncoding.EncodeToString([]byte(claims))
	url := base64.RawURLEncoding.EncodeToString([]byte(claims))
	no := base64.StdEncoding.EncodeToString([]byte(`["x"]`))
	for name, test := range map[string]struct {
		headers []string
		want    string
	}{
		"as documented":       {[]string{`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="` + std + `"`}, claims},
		"base64url":           {[]string{`Bearer claims="` + url + `"`}, claims},
		"unquoted":            {[]string{`bearer CLAIMS=` + std + `, error=x`}, claims},
		"commas in quotes":    {[]string{`Bearer realm="a, Basic b=\"c\", claims=zzz", claims="` + std + `"`}, claims},
		"second challenge":    {[]string{`Negotiate abc==, Basic realm="x", claims="no", Bearer claims="` + std + `"`}, claims},
		"second header":       {[]string{`Basic realm="x"`, `Bearer claims="` + std + `"`}, claims},
		"before another":      {[]string{`Bearer claims="` + std + `", Negotiate`}, claims},
		"spaces around =":     {[]string{"Bearer  claims = \"" + std + "\""}, claims},
		"other scheme":        {[]string{`Basic claims="` + std + `"`}, ""},
		"scheme before":       {[]string{`Bearer realm="x", PoP claims="` + std + `"`}, ""},
		"none":                {[]string{`Bearer realm="x"`}, ""},
		"no header":           {nil, ""},
		"no base64":           {[]string{`Bearer claims="!!!"`}, ""},
		"no object":           {[]string{`Bearer claims="` + no + `"`}, ""},
		"cut JSON":            {[]string{`Bearer claims="` + base64.StdEncoding.EncodeToString([]byte(claims[:20])) + `"`}, ""},
		"twice":               {[]string{`Bearer claims="` + std + `", claims="` + base64.StdEncoding.EncodeToString([]byte("{}")) + `"`}, claims},
		"no end of the quote": {[]string{`Bearer claims="` + std}, ""},
		"no scheme":           {[]string{`claims="` + std + `"`}, ""},
		"inside a text":       {[]string{`Bearer error_description="claims=` + std + `"`}, ""},
		"only commas":         {[]string{",,, ,"}, ""},
		"only a quote":        {[]string{`"`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /v1.0/me", func(w http.ResponseWriter, req *http.Request) {
				w.Header()["WWW-Authenticate"] = test.headers
				says(401, graphError("InvalidAuthenticationToken", "No."))(w, req)
			})
			m, _ := serve(t, mux)
			_, err := reply(t, m)
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %v (%T)", err, err)
			}
			got := ""
			if challenge := (*plugin.ChallengeError)(nil); errors.As(err, &challenge) {
				got = challenge.Claims
			}
			if got != test.want {
				t.Errorf("the claims are %q, want %q", got, test.want)
			}
		})
	}
}
