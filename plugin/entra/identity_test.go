package entra_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/https"
)

const elsewhere = "0a1b2c3d-1111-4222-8333-444455556666"

// claim changes a claim of the ID token of an answer; nil takes it out.
func claim(name string, value any) func(map[string]any) {
	return func(answer map[string]any) {
		parts := strings.Split(answer["id_token"].(string), ".")
		blob, _ := base64.RawURLEncoding.DecodeString(parts[1])
		var claims map[string]any
		json.Unmarshal(blob, &claims)
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
		blob, _ = json.Marshal(claims)
		parts[1] = base64.RawURLEncoding.EncodeToString(blob)
		answer["id_token"] = strings.Join(parts, ".")
	}
}

// clientInfo says that an answer is for somebody.
func clientInfo(uid, utid string) func(map[string]any) {
	return func(answer map[string]any) {
		blob, _ := json.Marshal(map[string]string{"uid": uid, "utid": utid})
		answer["client_info"] = base64.RawURLEncoding.EncodeToString(blob)
	}
}

// none drops something of an answer.
func none(name string) func(map[string]any) {
	return func(answer map[string]any) { delete(answer, name) }
}

func both(a, b func(map[string]any)) func(map[string]any) {
	return func(answer map[string]any) { a(answer); b(answer) }
}

// A refresh that is answered for somebody else, or by another tenant, is refused, and the session stays as it was.
func TestAnswerForAnother(t *testing.T) {
	t.Parallel()
	const account, tenant, person = "for another account", "of another tenant", "for another person"
	alice := strings.Split(entratest.HomeAccountID(entratest.Alice), ".")
	bob := strings.Split(entratest.HomeAccountID(entratest.Bob), ".")
	for name, test := range map[string]struct {
		tenant string // that is asked for
		change func(map[string]any)
		wrong  string // what is said; "" if the answer is taken
	}{
		"as it is":                   {entratest.TenantContoso, nil, ""},
		"Bob's":                      {entratest.TenantContoso, clientInfo(bob[0], bob[1]), account},
		"another home":               {entratest.TenantContoso, clientInfo(alice[0], elsewhere), account},
		"hers, in other letters":     {entratest.TenantContoso, clientInfo(strings.ToUpper(alice[0]), alice[1]), ""},
		"nobody's":                   {entratest.TenantContoso, none("client_info"), ""},
		"another tenant":             {entratest.TenantContoso, claim("tid", elsewhere), tenant},
		"another tenant, by domain":  {entratest.DomainContoso, claim("tid", elsewhere), tenant},
		"another tenant, for any":    {"organizations", both(claim("tid", elsewhere), none("client_info")), ""},
		"no tenant":                  {entratest.TenantContoso, claim("tid", nil), ""},
		"no ID token":                {entratest.TenantContoso, none("id_token"), ""},
		"another sub":                {entratest.TenantContoso, claim("sub", "another"), person},
		"another oid":                {entratest.TenantContoso, claim("oid", bob[0]), person},
		"another oid, for any":       {"organizations", claim("oid", bob[0]), person},
		"another oid, nobody's":      {entratest.TenantContoso, both(claim("oid", bob[0]), none("client_info")), person},
		"no sub and no oid":          {entratest.TenantContoso, both(claim("sub", nil), claim("oid", nil)), ""},
		"another sub, other tenant":  {"organizations", both(claim("sub", "another"), claim("tid", elsewhere)), ""},
		"an ID token, but malformed": {entratest.TenantContoso, func(a map[string]any) { a["id_token"] = "hunter2" }, "malformed ID token"},
	} {
		t.Run(name, func(t *testing.T) {
			sim, s, _, _ := startFast(t)
			r := request(sim)
			session := signIn(t, sim, s, r, entratest.Alice)
			r.Tenant, r.Account = test.tenant, entratest.Alice
			sim.Fault("token", entratest.Fault{Rewrite: test.change})
			g, err := s.Silent().Token(t.Context(), r, session)
			if test.wrong == "" {
				if err != nil || g.Token.Value.IsZero() {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var answer *https.AnswerError
			if !errors.As(err, &answer) || !strings.Contains(err.Error(), test.wrong) || !g.Token.Value.IsZero() {
				t.Errorf("error %v, token %v", err, g.Token)
			}
			if strings.Contains(err.Error(), "hunter2") || test.wrong != "malformed ID token" && !g.Session.IsZero() {
				t.Errorf("error %v, session %v", err, g.Session)
			}
		})
	}
}

// A guest has an object ID and a sub of another kind in each tenant, and is the same all along.
func TestGuestIsTheSame(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Carol)
	for _, tenant := range []string{entratest.TenantFabrikam, entratest.TenantContoso, entratest.DomainFabrikam, entratest.TenantFabrikam, entratest.DomainContoso} {
		r.Tenant = tenant
		g, err := s.Silent().Token(t.Context(), r, session)
		if err != nil {
			t.Fatalf("%s: %v", tenant, err)
		}
		session = merge(t, session, g)
	}
	if n := len(session.IDTokens(entratest.HomeAccountID(entratest.Carol))); n < 2 {
		t.Errorf("only %d ID tokens to compare with", n)
	}
}

// A sign-in by another tenant than was asked for is none.
func TestSignInOfAnotherTenant(t *testing.T) {
	t.Parallel()
	for _, tenant := range []string{entratest.TenantContoso, entratest.DomainContoso} {
		sim, s, _, _ := startFast(t)
		r := request(sim)
		r.Tenant = tenant
		sim.AutoApprove(entratest.Alice, 0)
		sim.Fault("token", entratest.Fault{Rewrite: func(answer map[string]any) {
			if answer["id_token"] != nil {
				claim("tid", elsewhere)(answer)
			}
		}})
		g, err := deviceCode(t, s, r)
		var answer *https.AnswerError
		if !errors.As(err, &answer) || !strings.Contains(err.Error(), "of another tenant") || !g.Session.IsZero() {
			t.Errorf("%s: %v, %v", tenant, err, g)
		}
	}
}

// An ID token that is handed out is for this application, of this issuer, and has not ended. For an access token none
// of that counts, and the refresh token is kept in each case.
func TestIDTokenIsChecked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(map[string]any)
		wrong  string
	}{
		"as it is":         {nil, ""},
		"aud":              {claim("aud", elsewhere), "for another application"},
		"aud, upper case":  {claim("aud", strings.ToUpper(entratest.ClientID)), ""},
		"no aud":           {claim("aud", nil), "for another application"},
		"iss":              {claim("iss", "https://login.evil.example/"+entratest.TenantContoso+"/v2.0"), "of another issuer"},
		"no iss":           {claim("iss", nil), "of another issuer"},
		"ended":            {claim("exp", time.Now().Add(-time.Hour).Unix()), "has already ended"},
		"no end":           {claim("exp", nil), "does not say when it ends"},
		"tid, though hers": {claim("tid", elsewhere), "of another tenant"},
		"none":             {none("id_token"), "has no ID token"},
	} {
		for _, tenant := range []string{entratest.TenantContoso, "organizations"} {
			if name == "tid, though hers" && tenant == "organizations" {
				test.wrong = "of another issuer"
			}
			sim, s, _, _ := startFast(t)
			r := request(sim)
			session := signIn(t, sim, s, r, entratest.Alice)
			r.Tenant, r.Kind, r.Scopes = tenant, cache.ID, nil
			sim.Fault("token", entratest.Fault{Rewrite: test.change})
			g, err := s.Silent().Token(t.Context(), r, session)
			var answer *https.AnswerError
			if test.wrong == "" && err != nil || test.wrong != "" && (!errors.As(err, &answer) || !strings.Contains(err.Error(), test.wrong)) || g.Token.Value.IsZero() != (err != nil) {
				t.Errorf("%s, %s: %v", name, tenant, err)
			}
			if test.wrong != "of another tenant" && g.Session.IsZero() {
				t.Errorf("%s, %s: the refresh token is lost", name, tenant)
			}
		}
	}
}

// Fewer scopes than were asked for are noted in the token.
func TestFewerScopes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		scopes  []string
		granted string
		want    string
	}{
		"all":             {[]string{"User.Read", "Mail.Read"}, "openid https://graph.microsoft.com/Mail.Read https://graph.microsoft.com/User.Read", ""},
		"more":            {[]string{"User.Read"}, "User.Read Mail.Read", ""},
		"fewer":           {[]string{"User.Read", "Mail.Read"}, "profile User.Read openid", "User.Read openid profile"},
		"not said":        {[]string{"User.Read", "Mail.Read"}, "", ""},
		".default":        {[]string{"https://graph.microsoft.com/.default"}, "User.Read", ""},
		"of the sign-in":  {[]string{"User.Read", "email"}, "User.Read", ""},
		"other resources": {[]string{"api://x/a", "api://x/b"}, "a", "a"},
	} {
		sim, s, _, _ := startFast(t)
		r := request(sim)
		session := signIn(t, sim, s, r, entratest.Alice)
		asked := r
		asked.Scopes = test.scopes
		sim.Fault("token", entratest.Fault{Body: with("scope", `"`+test.granted+`"`)})
		g, err := s.Silent().Token(t.Context(), asked, session)
		if got := strings.Join(g.Token.Granted, " "); err != nil || got != test.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
