package cache

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The name of a token file is the same on every machine and in every version of this schema. The values
// come from another program:
//
//	sha256(b"".join(len(f).to_bytes(8, "big") + f for f in fields))
func TestHashIsWhatItWas(t *testing.T) {
	for want, k := range map[string]Key{
		"2c34ce1df23b838c5abf2a7f6437cca3d3067ed509ff25f11df6b11b582b51eb": {},
		"925fd4665fa1e28f088471161e01937c35f70e2f01fcfba53a22c4baa6697048": testKey,
		"8bac250757e89e08503088b1ca3e5d4f93740414433e8bbcdeaac087c79c130d": {SessionID: testSession, Tenant: "Contoso.example", Account: "Alice@contoso.example",
			Scopes: []string{"User.Read", "openid"}, Kind: ID},
	} {
		if got := k.Hash(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestHashOfEqualRequests(t *testing.T) {
	k := testKey
	k.Account, k.Scopes = "alice@contoso.example", []string{"a", "b", "c"}
	for name, change := range map[string]func(*Key){
		"authority in upper case": func(k *Key) { k.Authority = strings.ToUpper(k.Authority) },
		"tenant in upper case":    func(k *Key) { k.Tenant = strings.ToUpper(k.Tenant) },
		"client in upper case":    func(k *Key) { k.Client = strings.ToUpper(k.Client) },
		"account in upper case":   func(k *Key) { k.Account = strings.ToUpper(k.Account) },
		"scopes in another order": func(k *Key) { k.Scopes = []string{"c", "a", "b"} },
		"scopes in upper case":    func(k *Key) { k.Scopes = []string{"A", "B", "C"} },
		"a scope twice":           func(k *Key) { k.Scopes = []string{"a", "B", "b", "c", "a"} },
	} {
		other := k
		change(&other)
		if other.Hash() != k.Hash() {
			t.Errorf("%s: another hash", name)
		}
	}
	scopes := []string{"B", "a"}
	k.Scopes = scopes
	k.Hash()
	if !slices.Equal(scopes, []string{"B", "a"}) {
		t.Errorf("Hash changed the request's scopes to %q", scopes)
	}
}

func TestHashOfDifferentRequests(t *testing.T) {
	seen := map[string]string{}
	for name, k := range map[string]Key{
		"none":                   {},
		"authority":              {SessionID: SessionID{Authority: "a"}},
		"client":                 {SessionID: SessionID{Client: "a"}},
		"tenant":                 {Tenant: "a"},
		"account":                {Account: "a"},
		"kind":                   {Kind: "a"},
		"scope":                  {Scopes: []string{"a"}},
		"an empty scope":         {Scopes: []string{""}},
		"two scopes":             {Scopes: []string{"a", "b"}},
		"two scopes in one":      {Scopes: []string{"a b"}},
		"two scopes, joined":     {Scopes: []string{"ab"}},
		"tenant ab":              {Tenant: "ab"},
		"tenant a, account b":    {Tenant: "a", Account: "b"},
		"account b, kind access": {Account: "b", Kind: Access},
		"account b, kind ID":     {Account: "b", Kind: ID},
		"account baccess":        {Account: "b" + string(Access)},
		"kind, and a scope":      {Kind: Access, Scopes: []string{"id"}},
		"other kind, and scope":  {Kind: ID, Scopes: []string{"access"}},
		"credential":             {Credential: "a"},
		"another credential":     {Credential: "b"},
		"credential, identity":   {Credential: "a", Identity: "b"},
		"identity":               {Identity: "a"},
		"key":                    {KeyID: "a"},
		"key in capitals":        {KeyID: "A"},
		"scopes like a machine":  {Scopes: []string{"", "a", "b"}},
		"scope and credential":   {Scopes: []string{"a"}, Credential: "b"},
		"a forged length":        {Tenant: "a\x00\x00\x00\x00\x00\x00\x00\x01b"},
	} {
		hash := k.Hash()
		if other, ok := seen[hash]; ok {
			t.Errorf("%q and %q have one hash", name, other)
		}
		seen[hash] = name
	}
}

// plain brings a key to the form that is hashed, in a way of its own.
func plain(k Key) []string {
	var scopes []string
	for _, s := range k.Scopes {
		if s = strings.ToLower(s); !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	slices.Sort(scopes)
	fields := []string{k.Authority, k.Tenant, k.Client, k.Account, string(k.Kind)}
	for i := range fields {
		fields[i] = strings.ToLower(fields[i])
	}
	return append(fields, scopes...)
}

// Two requests have one hash if and only if they are the same.
func FuzzHash(f *testing.F) {
	f.Add("host", "tenant", "client", "alice", "a b", "hos", "ttenant", "client", "alice", "b a")
	f.Add("", "a", "", "b", "", "", "ab", "", "", "")
	f.Add("A", "b", "C", "d", "x,y", "a", "B", "c", "D", "Y,X,y")
	lower := strings.ToLower // not strings.EqualFold, to which the Kelvin sign is a k and an s may be long
	hexadecimal := regexp.MustCompile(`^[0-9a-f]{64}$`)
	f.Fuzz(func(t *testing.T, host, tenant, client, account, scopes, host2, tenant2, client2, account2, scopes2 string) {
		a := Key{SessionID: SessionID{host, client}, Tenant: tenant, Account: account, Scopes: strings.Split(scopes, ","), Kind: Access}
		b := Key{SessionID: SessionID{host2, client2}, Tenant: tenant2, Account: account2, Scopes: strings.Split(scopes2, ","), Kind: Access}
		if same := slices.Equal(plain(a), plain(b)); same != (a.Hash() == b.Hash()) {
			t.Errorf("%q and %q: same is %v", plain(a), plain(b), same)
		}
		if !hexadecimal.MatchString(a.Hash()) {
			t.Errorf("%q is no file name", a.Hash())
		}
		same := lower(host) == lower(host2) && lower(client) == lower(client2)
		if same != (sessionName(a.SessionID) == sessionName(b.SessionID)) {
			t.Errorf("%q and %q: same is %v", a.SessionID, b.SessionID, same)
		}
	})
}

func TestSessionName(t *testing.T) {
	seen := map[string]SessionID{}
	for _, id := range []SessionID{
		{"login.example", "c"}, {"login.example:443", "c"}, {"login.example_443", "c"}, {"login.example", "443+c"},
		{"[::1]:80", "c"}, {"[::1:80]", "c"}, {"::1", "c"}, {"a+b", "c"}, {"a", "b+c"}, {"a%2bb", "c"}, {"a", ""}, {"", "a"},
		{"..", "/../../x"}, {`..\x`, "c"},
	} {
		name := sessionName(id)
		if other, ok := seen[name]; ok {
			t.Errorf("%q and %q are both %q", id, other, name)
		}
		if strings.ContainsAny(name, `/\:`) {
			t.Errorf("%q leads elsewhere, or is no name on Windows", name)
		}
		seen[name] = id
	}
	if got, want := sessionName(SessionID{"Login.Example", "ABC"}), sessionName(SessionID{"login.example", "abc"}); got != want {
		t.Errorf("case makes a difference: %q, %q", got, want)
	}
	if got := sessionName(testSession); got != "login.microsoftonline.com+11111111-2222-3333-4444-555555555555" {
		t.Errorf("got %q", got)
	}
}
