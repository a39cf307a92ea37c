package entra_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/https"
)

// leak is a text in answers that must not show up in any error.
const leak = "SECRET-TOKEN-TEXT"

// tokenBody is a token answer with some fields changed; a nil value takes a field out.
func tokenBody(change map[string]string) string {
	fields := map[string]string{"token_type": `"Bearer"`, "access_token": `"` + leak + `"`, "refresh_token": `"r-` + leak + `"`,
		"expires_in": "3600", "scope": `"x"`}
	for k, v := range change {
		fields[k] = v
	}
	var list []string
	for k, v := range fields {
		if v != "" {
			list = append(list, fmt.Sprintf("%q:%s", k, v))
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

func with(field, value string) string { return tokenBody(map[string]string{field: value}) }

// idToken makes an ID token of a payload.
func idToken(payload string) string {
	e := base64.RawURLEncoding.EncodeToString
	return `"` + e([]byte(`{"alg":"RS256"}`)) + "." + e([]byte(payload)) + "." + e([]byte("signature")) + `"`
}

// badTokenBodies are answers with status 200 that make no sense, and a word of what is said about each.
func badTokenBodies() map[string][2]string {
	return map[string][2]string{
		"HTML":                     {"<html><title>Sign in</title>" + leak, "no JSON"},
		"empty":                    {" ", "no JSON"},
		"null":                     {"null", "no JSON"},
		"array":                    {"[]", "no JSON"},
		"text":                     {`"` + leak + `"`, "no JSON"},
		"cut":                      {tokenBody(nil)[:60], "no JSON"},
		"trailing garbage":         {tokenBody(nil) + "x" + leak, "no JSON"},
		"two values":               {tokenBody(nil) + tokenBody(nil), "no JSON"},
		"a name twice":             {strings.Replace(tokenBody(nil), "{", `{"access_token":"other",`, 1), "no JSON"},
		"nested deep":              {strings.Repeat(`{"a":`, 20000), "no JSON"},
		"empty object":             {"{}", "bearer"},
		"error with status 200":    {`{"error":"invalid_grant","error_description":"` + leak + `"}`, "bearer"},
		"no access token":          {with("access_token", ""), "no access token"},
		"null access token":        {with("access_token", "null"), "no access token"},
		"empty access token":       {with("access_token", `""`), "no access token"},
		"number for access token":  {with("access_token", "7"), "no access token"},
		"newline in access token":  {with("access_token", `"a\nb`+leak+`"`), "no access token"},
		"blank in access token":    {with("access_token", `"a b"`), "no access token"},
		"ESC in access token":      {with("access_token", `"a\u001b[31m"`), "no access token"},
		"no ASCII in access token": {with("access_token", `"ä"`), "no access token"},
		"other case":               {strings.Replace(tokenBody(nil), "access_token", "Access_Token", 1), "no access token"},
		"no token_type":            {with("token_type", ""), "bearer"},
		"pop":                      {with("token_type", `"pop"`), "bearer"},
		"number for token_type":    {with("token_type", "1"), "bearer"},
		"negative life":            {with("expires_in", "-1"), "how long"},
		"no life":                  {with("expires_in", "0"), "how long"},
		"endless life":             {with("expires_in", "1e99"), "how long"},
		"endless life as text":     {with("expires_in", `"1e99"`), "how long"},
		"infinite life":            {with("expires_in", `"Inf"`), "how long"},
		"life that is no number":   {with("expires_in", `"NaN"`), "how long"},
		"life in words":            {with("expires_in", `"`+leak+`"`), "how long"},
		"life as an object":        {with("expires_in", `{}`), "how long"},
		"no expires_in":            {with("expires_in", ""), "how long"},
		"blank in refresh token":   {with("refresh_token", `"a b"`), "refresh token"},
		"number for refresh token": {with("refresh_token", `7`), "refresh token"},
		"id_token: text":           {with("id_token", `"`+leak+`"`), "malformed ID token"},
		"id_token: number":         {with("id_token", `7`), "malformed ID token"},
		"id_token: two parts":      {with("id_token", `"e30.e30"`), "malformed ID token"},
		"id_token: not base64":     {with("id_token", `"!`+leak+`.e30.e30"`), "malformed ID token"},
		"id_token: no object":      {with("id_token", idToken("[]")), "malformed ID token"},
		"id_token: exp in words":   {with("id_token", idToken(`{"exp":"`+leak+`"}`)), "malformed ID token"},
		"id_token: exp negative":   {with("id_token", idToken(`{"exp":-5}`)), "malformed ID token"},
		"id_token: exp for ever":   {with("id_token", idToken(`{"exp":9223372036854775807}`)), "malformed ID token"},
	}
}

// checkNothingLeaks looks for secrets and for control characters in all that an error can print.
func checkNothingLeaks(t *testing.T, sim *entratest.Server, err error) {
	t.Helper()
	var all strings.Builder
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&all, "%v %+v %#v\n", e, e, e)
	}
	text := all.String()
	for _, secret := range append(sim.Secrets(), leak) {
		if strings.Contains(text, secret) {
			t.Errorf("a secret shows: %.300s", text)
		}
	}
	if strings.ContainsAny(err.Error(), "\x1b\x07\n\u202e") {
		t.Errorf("a control character shows: %q", err)
	}
}

func TestBadTokenAnswers(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Alice)
	sim.AutoApprove(entratest.Alice, 0)
	for name, bad := range badTokenBodies() {
		for way, source := range map[string]plugin.Source{"refresh": s.Silent(), "sign-in": byDevice(s, quiet)} {
			t.Run(name+"/"+way, func(t *testing.T) {
				sim.ClearFaults()
				sim.Fault("token", entratest.Fault{Body: bad[0]})
				sim.ResetRequests()
				g, err := source.Token(t.Context(), r, session)
				var answer *https.AnswerError
				if !errors.As(err, &answer) || !strings.Contains(answer.What, bad[1]) {
					t.Fatalf("error %T %v, want %q", err, err, bad[1])
				}
				checkNothingLeaks(t, sim, err)
				if !g.Token.Value.IsZero() {
					t.Error("a token came with the error")
				}
				if n := sim.Requests("token"); n != 1 {
					t.Errorf("%d requests", n)
				}
			})
		}
	}
}

// TestBadIDTokenKeepsTheRefreshToken: with strict rotation it may be the last one that serves.
func TestBadIDTokenKeepsTheRefreshToken(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	sim.Set(func(o *entratest.Settings) { o.RotateStrict = true })
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Alice)
	sim.Fault("token", entratest.Fault{Times: 1, Rewrite: func(o map[string]any) { o["id_token"] = "e30.e30." }})
	g, err := s.Silent().Token(t.Context(), r, session)
	var answer *https.AnswerError
	if !errors.As(err, &answer) {
		t.Fatalf("error %v", err)
	}
	if _, err := s.Silent().Token(t.Context(), r, merge(t, session, g)); err != nil {
		t.Errorf("the rotated refresh token is lost: %v", err)
	}
}

// TestIDTokenMissing: without an ID token an access token is fine, an ID token is not.
func TestIDTokenMissing(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Alice)
	sim.Set(func(o *entratest.Settings) { o.OmitIDToken = true })
	if _, err := s.Silent().Token(t.Context(), r, session); err != nil {
		t.Error(err)
	}
	r.Kind = cache.ID
	_, err := s.Silent().Token(t.Context(), r, session)
	var answer *https.AnswerError
	if !errors.As(err, &answer) || answer.What != "has no ID token" {
		t.Errorf("error %v", err)
	}
	checkNothingLeaks(t, sim, err)
	sim.Set(func(o *entratest.Settings) { o.OmitIDToken = false })
	sim.Fault("token", entratest.Fault{Rewrite: func(o map[string]any) {
		o["id_token"] = strings.Trim(idToken(`{"sub":"x"}`), `"`)
	}})
	if _, err = s.Silent().Token(t.Context(), r, session); !errors.As(err, &answer) || !strings.Contains(answer.What, "when it ends") {
		t.Errorf("error %v", err)
	}
}

// TestOddButFineTokenAnswers: what differs from Entra's shape and still makes sense is taken.
func TestOddButFineTokenAnswers(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	first := signIn(t, sim, s, r, entratest.Alice)
	sim.AutoApprove(entratest.Alice, 0)
	for name, change := range map[string]func(map[string]any){
		"expires_in as text":    func(o map[string]any) { o["expires_in"] = "3600" },
		"expires_in fractional": func(o map[string]any) { o["expires_in"] = 3600.5 },
		"short life":            func(o map[string]any) { o["expires_in"] = 299 },
		"bearer":                func(o map[string]any) { o["token_type"] = "bearer" },
		"no scope":              func(o map[string]any) { delete(o, "scope") },
		"scope without default": func(o map[string]any) { o["scope"] = "openid x/user.read" },
		"scope is a number":     func(o map[string]any) { o["scope"] = 7 },
		"expires_on nonsense":   func(o map[string]any) { o["expires_on"] = "soon" },
		"refresh_in nonsense":   func(o map[string]any) { o["refresh_in"] = "soon" },
		"ext_expires_in":        func(o map[string]any) { o["ext_expires_in"] = nil },
		"error is empty":        func(o map[string]any) { o["error"] = "" },
		"foci":                  func(o map[string]any) { o["foci"] = "1" },
		"null refresh token":    func(o map[string]any) { o["refresh_token"] = nil },
		"null ID token":         func(o map[string]any) { o["id_token"] = nil },
		"empty ID token":        func(o map[string]any) { o["id_token"] = "" },
		"client_info nonsense":  func(o map[string]any) { o["client_info"] = "!" },
		"client_info a number":  func(o map[string]any) { o["client_info"] = 7 },
	} {
		t.Run(name, func(t *testing.T) {
			session := first
			sim.ClearFaults()
			sim.Fault("token", entratest.Fault{Rewrite: change})
			for range 2 {
				g, err := s.Silent().Token(t.Context(), r, session)
				if err != nil || g.Token.Value.IsZero() {
					t.Fatalf("error %v", err)
				}
				session = merge(t, session, g)
			}
			if accounts, _ := session.Accounts(); len(accounts) != 1 {
				t.Errorf("accounts %v", accounts)
			}
			if n := strings.Count(string(session.Reveal()), `"credential_type":"RefreshToken"`); n != 1 {
				t.Errorf("%d refresh tokens", n)
			}
			if g, err := deviceCode(t, s, r); err != nil || g.Token.Value.IsZero() {
				t.Errorf("sign-in: %v", err)
			}
		})
	}
}

func TestBadDeviceAnswers(t *testing.T) {
	t.Parallel()
	set := func(k string, v any) func(map[string]any) { return func(o map[string]any) { o[k] = v } }
	bodies := map[string]string{"HTML": "<html>" + leak, "null": "null", "array": "[]", "object": "{}", "cut": `{"user_code":"`, "blank": " "}
	rewrites := map[string]func(map[string]any){
		"no user code":         set("user_code", nil),
		"short user code":      set("user_code", "ABC"),
		"long user code":       set("user_code", strings.Repeat("A", 33)),
		"ESC in user code":     set("user_code", "ABCD\x1b[31m"),
		"newline in user code": set("user_code", "ABCD\nEFGH"),
		"bidi in user code":    set("user_code", "ABCD\u202eEFGH"),
		"a word in user code":  set("user_code", "ABCD1234, then call 555"),
		"a blank in user code": set("user_code", "ABCD 1234"),
		"other user code":      set("user_code", "ABCD\u0445EFGH"),
		"hyphens for a code":   set("user_code", "-----"),
		"an option for a code": set("user_code", "ABCD_1234"),
		"blanks for user code": set("user_code", "        "),
		"no device code":       set("device_code", nil),
		"blank in device code": set("device_code", "a b"),
		"no page":              set("verification_uri", nil),
		"page over http":       set("verification_uri", "http://HOST/devicelogin"),
		"page elsewhere":       set("verification_uri", "https://evil.example/devicelogin"),
		"page on another port": set("verification_uri", "https://127.0.0.1:1/devicelogin"),
		"page with userinfo":   set("verification_uri", "https://HOST@evil.example/"),
		"page with user":       set("verification_uri", "https://user@HOST/"),
		"page like ours":       set("verification_uri", "https://microsoft.com.evil.example/devicelogin"),
		"page with a newline":  set("verification_uri", "https://HOST/\nx"),
		"page with ESC":        set("verification_uri", "https://HOST/\x1b[2J"),
		"page with bidi":       set("verification_uri", "https://HOST/\u202e"),
		"page with backslash":  set("verification_uri", `https://HOST\@evil.example/`),
		"script":               set("verification_uri", "javascript:alert(1)"),
		"long page":            set("verification_uri", "https://HOST/"+strings.Repeat("x", 300)),
		"no life":              set("expires_in", nil),
		"life of nothing":      set("expires_in", 0),
		"negative life":        set("expires_in", -5),
		"endless life":         set("expires_in", 1e99),
		"life in words":        set("expires_in", "soon"),
	}
	check := func(t *testing.T, f entratest.Fault) {
		sim, s, _, _ := startFast(t)
		s.Authority.Verification = authority.Clouds()[0].Verification
		if rewrite := f.Rewrite; rewrite != nil {
			f.Rewrite = func(o map[string]any) {
				rewrite(o)
				if page, ok := o["verification_uri"].(string); ok {
					o["verification_uri"] = strings.ReplaceAll(page, "HOST", sim.Host)
				}
			}
		}
		sim.Fault("devicecode", f)
		shown := false
		_, err := byDevice(s, func(plugin.Prompt) error { shown = true; return nil }).Token(t.Context(), request(sim), noSession)
		var answer *https.AnswerError
		if !errors.As(err, &answer) {
			t.Fatalf("error %T %v", err, err)
		}
		checkNothingLeaks(t, sim, err)
		if shown || sim.Requests("token") != 0 {
			t.Error("the code was shown, or polled for")
		}
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) { check(t, entratest.Fault{Body: body}) })
	}
	for name, rewrite := range rewrites {
		t.Run(name, func(t *testing.T) { check(t, entratest.Fault{Rewrite: rewrite}) })
	}
}

// TestBadFrames: what is wrong with an answer as a whole, at each endpoint. It runs alone, for it measures memory.
func TestBadFrames(t *testing.T) {
	faults := map[string]entratest.Fault{
		"400 with HTML":        {Status: 400, Body: "<html>" + leak},
		"403 with a portal":    {Status: 403, Body: "<html>" + leak, Header: map[string]string{"Content-Type": "text/html"}},
		"404 with JSON":        {Status: 404, Body: `{"message":"` + leak + `"}`},
		"204":                  {Status: 204, Body: " "},
		"400 with nothing":     {Status: 400, Body: " "},
		"64 MiB":               {Stream: 64 << 20},
		"gzip bomb":            {Stream: 1 << 30, Gzip: true},
		"302 to another host":  {Redirect: "https://evil.example/" + leak},
		"307 to another host":  {Redirect: "https://evil.example/" + leak, Status: 307},
		"307 to http":          {Redirect: "http://127.0.0.1/" + leak, Status: 307},
		"308 without Location": {Status: 308, Body: "{}"},
		"escapes":              {Error: &entratest.OAuthError{Error: "invalid\x1b[31m_request", Description: "a\x1b]0;x\x07\u202eb\nc", Suberror: "\x1b"}},
	}
	for name, f := range faults {
		for _, endpoint := range []string{"openid-configuration", "devicecode", "token"} {
			t.Run(name+"/"+endpoint, func(t *testing.T) {
				sim, s, _, _ := startFast(t)
				sim.AutoApprove(entratest.Alice, 0)
				sim.Fault(endpoint, f)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				g, err := deviceCode(t, s, request(sim))
				runtime.ReadMemStats(&after)
				var answer *https.AnswerError
				var redirect *https.RedirectError
				var refusal *entra.Error
				switch {
				case f.Error != nil:
					if !errors.As(err, &refusal) {
						t.Fatalf("error %T %v", err, err)
					}
				case f.Redirect != "" || f.Status == 308:
					if !errors.As(err, &redirect) {
						t.Fatalf("error %T %v", err, err)
					}
				case !errors.As(err, &answer):
					t.Fatalf("error %T %v", err, err)
				}
				checkNothingLeaks(t, sim, err)
				if !g.Token.Value.IsZero() || !g.Session.IsZero() {
					t.Error("something came with the error")
				}
				if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
					t.Errorf("%d MiB of memory", used>>20)
				}
			})
		}
	}
}
