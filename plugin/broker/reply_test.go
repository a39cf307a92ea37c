package broker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	contoso = entratest.TenantContoso
	client  = entratest.ClientID
	aliceID = "11111111-1111-4111-8111-111111111111"
)

func testBroker() Broker {
	return Broker{Service: &entra.Service{Authority: authority.Authority{Host: "login.example"}, Now: func() time.Time { return noon }}}
}

func base64JSON(v any) string {
	b, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(b)
}

// jwt is an unsigned token: nobody here looks at a signature.
func jwt(claims map[string]any) string {
	return base64JSON(map[string]string{"alg": "none"}) + "." + base64JSON(claims) + ".c2ln"
}

func idToken(more map[string]any) string {
	claims := map[string]any{"aud": client, "iss": "https://login.example/" + contoso + "/v2.0", "tid": contoso, "oid": aliceID, "sub": "s",
		"preferred_username": "alice@contoso.example", "exp": noon.Add(time.Hour).Unix()}
	maps.Copy(claims, more)
	return jwt(claims)
}

func info(uid string) string { return base64JSON(map[string]string{"uid": uid, "utid": contoso}) }

// tokenReply is a reply with a token; nil takes a field away.
func tokenReply(more map[string]any) string {
	r := map[string]any{"accessToken": "opaque", "accessTokenType": 0, "expiresOn": noon.Add(time.Hour).UnixMilli(), "idToken": idToken(nil),
		"clientInfo": info(aliceID), "grantedScopes": "api://s/.default",
		"account": map[string]any{"homeAccountId": aliceID + "." + contoso, "username": "alice@contoso.example"}}
	for name, value := range more {
		if r[name] = value; value == nil {
			delete(r, name)
		}
	}
	b, _ := json.Marshal(map[string]any{"brokerTokenResponse": r})
	return string(b)
}

// grant is what comes of a reply for alice.
func grant(reply string, r plugin.Request) (plugin.Grant, error) {
	b := testBroker()
	o, err := parse(reply)
	if err != nil {
		return plugin.Grant{}, err
	}
	brought, err := b.read(o, false)
	if err != nil {
		return plugin.Grant{}, err
	}
	return b.Accept(context.Background(), r, cache.Session{}, aliceID+"."+contoso, brought)
}

func testRequest() plugin.Request {
	return plugin.Request{Key: cache.Key{SessionID: cache.SessionID{Authority: "login.example", Client: client}, Tenant: contoso,
		Scopes: []string{"api://s/.default"}, Kind: cache.Access}}
}

// A token is taken in each form that brokers were seen to answer in, and with what they leave out.
func TestReplies(t *testing.T) {
	wrapped := tokenReply(nil)
	quoted, _ := json.Marshal(wrapped)
	inner := strings.TrimSuffix(strings.TrimPrefix(wrapped, `{"brokerTokenResponse":`), "}")
	for name, reply := range map[string]string{
		"as documented":     wrapped,
		"not wrapped":       inner,
		"wrapped twice":     `{"response":` + wrapped + `}`,
		"wrapped as text":   `{"result":` + string(quoted) + `}`,
		"error that is not": `{"error":null,"brokerTokenResponse":` + inner + `}`,
		"no ID token":       tokenReply(map[string]any{"idToken": nil}),
		"empty ID token":    tokenReply(map[string]any{"idToken": ""}),
		"no client info":    tokenReply(map[string]any{"clientInfo": nil}),
		"no account":        tokenReply(map[string]any{"account": nil}),
		"no kind":           tokenReply(map[string]any{"accessTokenType": nil}),
		"kind in words":     tokenReply(map[string]any{"accessTokenType": "Bearer"}),
		"no scopes":         tokenReply(map[string]any{"grantedScopes": nil}),
		"time as text":      tokenReply(map[string]any{"expiresOn": fmt.Sprint(noon.Add(time.Hour).UnixMilli())}),
		"time as a float":   strings.Replace(wrapped, fmt.Sprint(noon.Add(time.Hour).UnixMilli()), fmt.Sprintf("%.13e", float64(noon.Add(time.Hour).UnixMilli())), 1),
		"time of himmelblau": tokenReply(map[string]any{"expiresOn": noon.UnixMilli() + 3600,
			"accessToken": jwt(map[string]any{"exp": noon.Add(time.Hour).Unix()})}),
	} {
		g, err := grant(reply, testRequest())
		if err != nil || g.Token.Value.IsZero() || !g.Token.Expires.Equal(noon.Add(time.Hour)) || g.Session.Holder(aliceID+"."+contoso) != Name {
			t.Errorf("%s: %+v, %v", name, g.Token, err)
		}
		if name != "no ID token" && g.Token.Account != "alice@contoso.example" {
			t.Errorf("%s: for %q", name, g.Token.Account)
		}
	}
}

// What makes no sense, or is for somebody or something else, is refused, and none of it is kept.
func TestRepliesThatAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ reply, words string }{
		"nothing":                  {`{}`, "without a token"},
		"no object":                {`[]`, "no JSON object"},
		"cut":                      {`{"brokerTokenResponse":{"accessTok`, "no JSON object"},
		"two":                      {`{}{}`, "no JSON object"},
		"name twice":               {`{"accessToken":"a","accessToken":"b"}`, "no JSON object"},
		"name twice, deeper":       {`{"brokerTokenResponse":{"accessToken":"a","accessToken":"b"}}`, "without a token"},
		"too long":                 {`{"a":"` + strings.Repeat("a", longestReply) + `"}`, "more than a mebibyte"},
		"null":                     {`{"brokerTokenResponse":null}`, "without a token"},
		"token of another kind":    {tokenReply(map[string]any{"accessTokenType": 1}), "no bearer token"},
		"token in words":           {tokenReply(map[string]any{"accessToken": map[string]any{"a": 1}}), "without a token"},
		"token with a space":       {tokenReply(map[string]any{"accessToken": "a b"}), "malformed"},
		"no time":                  {tokenReply(map[string]any{"expiresOn": nil}), "without saying when the token ends"},
		"time that is none":        {tokenReply(map[string]any{"expiresOn": "NaN"}), "without saying when the token ends"},
		"infinite time":            {tokenReply(map[string]any{"expiresOn": "Inf"}), "without saying when the token ends"},
		"negative time":            {tokenReply(map[string]any{"expiresOn": -1}), "without saying when the token ends"},
		"time in seconds":          {tokenReply(map[string]any{"expiresOn": noon.Add(time.Hour).Unix()}), "has ended"},
		"past":                     {tokenReply(map[string]any{"expiresOn": noon.Add(-time.Hour).UnixMilli()}), "has ended"},
		"another account":          {tokenReply(map[string]any{"clientInfo": info("22222222-2222-4222-8222-222222222222")}), "another account"},
		"another tenant":           {tokenReply(map[string]any{"idToken": idToken(map[string]any{"tid": entratest.TenantFabrikam})}), "another tenant"},
		"ID token of himmelblau 1": {tokenReply(map[string]any{"idToken": base64JSON(map[string]string{"name": "a"})}), "malformed ID token"},
	} {
		g, err := grant(test.reply, testRequest())
		if err == nil || !strings.Contains(err.Error(), test.words) || failure.Of(err) != failure.Answer || !g.Token.Value.IsZero() {
			t.Errorf("%s: %v (%s)", name, err, failure.Of(err))
		}
		if err != nil && !strings.Contains(err.Error(), "the identity broker") {
			t.Errorf("%s: %v blames another", name, err)
		}
	}
}

// Errors come as texts, as OAuth's, and as objects.
func TestRefusals(t *testing.T) {
	fault := func(status int, context string) string {
		return fmt.Sprintf(`{"brokerTokenResponse":{"error":{"context":%q,"errorCode":0,"status":%d,"subStatus":0,"tag":5}}}`, context, status)
	}
	const ofAAD = "Recieved an error from AAD. Code: 'interaction_required' description: '(pii)' correlation id: '9e01b0ab-0000-4000-8000-000000000000' suberror: 'token_expired'"
	type of = func(error) bool
	needed := func(err error) bool { _, ok := errors.AsType[*plugin.InteractionRequiredError](err); return ok }
	refused := func(reason plugin.Reason) of {
		return func(err error) bool {
			e, ok := errors.AsType[*plugin.RefusedError](err)
			return ok && e.Reason == reason
		}
	}
	aadsts := func(n int, person bool) of {
		return func(err error) bool {
			e, ok := errors.AsType[*entra.Error](err)
			return ok && e.AADSTS == n && needed(err) == !person
		}
	}
	down := func(err error) bool { _, ok := errors.AsType[*https.NetworkError](err); return ok }
	ours := func(err error) bool { e, ok := errors.AsType[*Error](err); return ok && e.Class() == failure.Refused }
	for name, test := range map[string]struct {
		reply  string
		person bool
		is     of
		words  string
	}{
		"by its status":           {fault(2, "who knows"), false, needed, "who knows"},
		"of the service":          {fault(2, ofAAD), false, needed, "interaction_required"},
		"of the service, by code": {fault(0, ofAAD), false, needed, "interaction_required"},
		"with a number":           {fault(2, "Code: 'invalid_grant' description: 'AADSTS50173: revoked.'"), false, aadsts(50173, false), "AADSTS50173"},
		"number without code":     {fault(0, "AADSTS53003: Access has been blocked."), true, aadsts(53003, true), "AADSTS53003"},
		"closed":                  {fault(7, "The InteractiveRequest was canceled by the user"), true, refused(plugin.Declined), "declined"},
		"broken off":              {fault(8, "canceled"), true, refused(plugin.Cancelled), "broke"},
		"no network":              {fault(3, "no route"), false, down, "no route"},
		"redirect not registered": {fault(9, "bad redirect"), true, ours, RedirectURI},
		"unknown status":          {fault(42, "odd"), false, ours, "odd (status 42)"},
		"text":                    {`{"error":"Failure during request"}`, false, ours, "refuses: Failure during request"},
		"of OAuth":                {`{"error":"invalid_grant","error_description":"AADSTS700082: expired"}`, false, aadsts(700082, false), "AADSTS700082"},
		"object of OAuth":         {`{"error":{"error":"invalid_grant","error_description":"AADSTS700082: expired"}}`, false, aadsts(700082, false), "AADSTS700082"},
		"object as text":          {`{"error":"{\"context\":\"odd\",\"status\":\"7\"}"}`, true, refused(plugin.Declined), "declined"},
		"empty object":            {`{"error":{}}`, false, ours, "refuses"},
		"number":                  {`{"error":5}`, false, ours, "refuses: 5"},
		"list":                    {`{"error":[1]}`, false, ours, "refuses"},
		"with control characters": {`{"error":"a\u001b[31mb\u202ec"}`, false, ours, "a"},
	} {
		o, err := parse(test.reply)
		if err != nil {
			t.Fatal(err)
		}
		_, err = testBroker().read(o, test.person)
		if err == nil || !test.is(err) || !strings.Contains(err.Error(), test.words) || strings.ContainsAny(err.Error(), "\x1b\u202e") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAccounts(t *testing.T) {
	for reply, want := range map[string]int{
		`{}`: 0, `{"accounts":null}`: 0, `{"accounts":[]}`: 0, `{"accounts":[1,{},{"username":"a@b"},{"homeAccountId":"c.d","extra":[1]}]}`: 2,
		`{"response":{"accounts":[{"username":"a@b"}]}}`: 1,
	} {
		o, err := parse(reply)
		if err != nil {
			t.Fatal(err)
		}
		if accounts, err := testBroker().readAccounts(o); err != nil || len(accounts) != want {
			t.Errorf("%s: %+v, %v", reply, accounts, err)
		}
	}
}

// A guest has a record for each tenant; two people are no choice.
func TestPick(t *testing.T) {
	accounts := []account{{homeID: "a.1", username: "alice@one", realm: "1"}, {homeID: "A.1", username: "alice@one", realm: "2"}, {homeID: "b.1", username: "bob@one", realm: "1"}}
	for _, test := range []struct{ name, tenant, want string }{
		{"alice@one", "2", "2"}, {"alice@one", "1", "1"}, {"ALICE@ONE", "9", "1"}, {"alice", "2", "2"}, {"a.1", "2", "2"}, {"", "1", ""}, {"carol@one", "1", ""}, {"ali", "1", ""},
	} {
		got, ok := pick(accounts, func(a account) bool { return a.isNamed(test.name) }, test.tenant)
		if got.realm != test.want || ok != (test.want != "") {
			t.Errorf("%q in %s: %+v", test.name, test.tenant, got)
		}
	}
}

// No reply has the reader fall over, and none gives a token that was not checked.
func FuzzReply(f *testing.F) {
	f.Add(tokenReply(nil))
	f.Add(`{"brokerTokenResponse":{"error":{"context":"Code: 'a' description: '","status":2}}}`)
	f.Add(`{"response":"{\"accounts\":[{\"username\":\"a\"}]}"}`)
	f.Fuzz(func(t *testing.T, reply string) {
		if o, err := parse(reply); err == nil {
			_, _ = testBroker().readAccounts(o)
		}
		if g, err := grant(reply, testRequest()); err != nil && !g.Token.Value.IsZero() {
			t.Errorf("%v, and a token", err)
		}
	})
}
