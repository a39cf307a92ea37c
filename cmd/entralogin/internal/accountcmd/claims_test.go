package accountcmd

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// unsigned is a token with claims of a test's choice, which nobody has signed.
func unsigned(t *testing.T, claims map[string]any) cache.Secret {
	t.Helper()
	blob, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return cache.NewSecret("eyJ0." + base64.RawURLEncoding.EncodeToString(blob) + ".c2lnbmVk")
}

// What stands in a token is shown in words, and cleaned; what can't be read is said to be opaque.
func TestWhoamiSaysClaims(t *testing.T) {
	t.Parallel()
	now := time.Now()
	evil := "Ops\x1b[2J\u202e\n" + "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9"
	for name, test := range map[string]struct {
		value cache.Secret
		want  []string
		lacks []string
	}{
		"opaque":            {cache.NewSecret("EwBwA8l6BAAU"), []string{"for api://x/.default, tenant contoso.example, ends in 60 minutes", "claims", "opaque: it can't be read here"}, []string{"EwBw", "groups"}},
		"roles":             {unsigned(t, map[string]any{"aud": "api://x", "roles": []string{"Reader", evil}}), []string{"for api://x,", "roles", "Reader, Ops[2J [redacted]"}, []string{"\x1b", "\u202e", "eyJ"}},
		"scopes":            {unsigned(t, map[string]any{"aud": "api://x", "scp": "User.Read Mail.Read"}), []string{"scopes", "User.Read Mail.Read"}, []string{"roles"}},
		"directory roles":   {unsigned(t, map[string]any{"wids": []string{"f2ef992c-3afb-46b9-b7cf-a126ee74c451", "11111111-0000-0000-0000-000000000000"}}), []string{"f2ef992c-3afb-46b9-b7cf-a126ee74c451, 11111111-0000-0000-0000-000000000000 (the Entra portal names them"}, nil},
		"no directory role": {unsigned(t, map[string]any{"wids": []string{}}), nil, []string{"directory"}},
		"one group":         {unsigned(t, map[string]any{"groups": []string{"a"}}), []string{"1 is named"}, nil},
		"no group":          {unsigned(t, map[string]any{"groups": []string{}}), []string{"0 are named"}, nil},
		"nothing said":      {unsigned(t, map[string]any{"aud": "api://x"}), nil, []string{"named"}},
		"overage":           {unsigned(t, map[string]any{"hasgroups": true}), []string{"too many for a token: none is named"}, nil},
		"many roles":        {unsigned(t, map[string]any{"roles": strings.Fields(strings.Repeat("R ", 5000))}), []string{"R, ..."}, nil},
	} {
		row := claimedOf(cache.Stored{Key: cache.Key{Tenant: "contoso.example", Scopes: []string{"api://x/.default"}, Kind: cache.Access},
			Token: cache.Token{Value: test.value, Kind: cache.Access, Expires: now.Add(time.Hour), Obtained: now}}, now)
		var out bytes.Buffer
		personRow{Account: "a", Tokens: []claimedRow{row}}.write(&out, now, 0)
		for _, want := range test.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in\n%s", name, want, out.String())
			}
		}
		for _, lacks := range test.lacks {
			if strings.Contains(out.String(), lacks) {
				t.Errorf("%s: %q stands in\n%s", name, lacks, out.String())
			}
		}
		if row.Opaque != (name == "opaque") {
			t.Errorf("%s: opaque is %v", name, row.Opaque)
		}
	}
}

// A guest has a name in each tenant. The home tenant's counts, and of several the newest.
func TestName(t *testing.T) {
	t.Parallel()
	const home, other, id = "aaaaaaaa-0000-0000-0000-000000000000", "bbbbbbbb-0000-0000-0000-000000000000", "1.aaaaaaaa-0000-0000-0000-000000000000"
	type entry struct {
		HomeID string `json:"home_account_id"`
		Realm  string `json:"realm"`
		Secret string `json:"secret"`
	}
	token := func(realm, name string, end int) entry {
		return entry{id, realm, unsigned(t, map[string]any{"name": name, "tid": realm, "exp": end}).Reveal()}
	}
	foreign := token(home, "Eve", 4000)
	foreign.HomeID = "2." + home
	for want, entries := range map[string]map[string]entry{
		"":             {"a": foreign, "b": {id, home, "opaque"}},
		"Guest":        {"a": token(other, "Guest", 1000), "b": token(home, "", 2000)},
		"Newer":        {"a": token(other, "Newer", 2000), "b": token(other, "Older", 1000)},
		"Home":         {"a": token(home, "Home", 1000), "b": token(other, "Guest", 2000)},
		"At home":      {"a": token(other, "Guest", 2000), "b": token(home, "At home", 1000), "c": foreign},
		"Clean \x1bed": nil,
	} {
		if entries == nil {
			entries, want = map[string]entry{"a": token(home, want, 1000)}, "Clean ed"
		}
		blob, err := json.Marshal(map[string]any{"IdToken": entries})
		if err != nil {
			t.Fatal(err)
		}
		session, err := cache.NewSession(blob)
		if err != nil {
			t.Fatal(err)
		}
		if got := nameIn(session, id); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
