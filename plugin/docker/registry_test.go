package docker

import (
	"strings"
	"testing"
	"unicode"
)

func TestFindOfAzure(t *testing.T) {
	for server, want := range map[string]Registry{
		"contoso.azurecr.io":                  {Host: "contoso.azurecr.io", Environment: "AzurePublicCloud"},
		"Contoso.AzureCR.io":                  {Host: "contoso.azurecr.io", Environment: "AzurePublicCloud"},
		"contoso-a1b2c3d4e5f6g7h8.azurecr.io": {Host: "contoso-a1b2c3d4e5f6g7h8.azurecr.io", Environment: "AzurePublicCloud"},
		"https://contoso.azurecr.io":          {Host: "contoso.azurecr.io", Environment: "AzurePublicCloud"},
		"HTTPS://contoso.azurecr.io/":         {Host: "contoso.azurecr.io", Environment: "AzurePublicCloud"},
		"https://contoso.azurecr.io/v2/":      {Host: "contoso.azurecr.io", Environment: "AzurePublicCloud"},
		"contoso.azurecr.us/v1":               {Host: "contoso.azurecr.us", Environment: "AzureUSGovernmentCloud"},
		"contoso.azurecr.cn":                  {Host: "contoso.azurecr.cn", Environment: "AzureChinaCloud"},
	} {
		want.Ours, want.Scope = true, Scope
		if got := Find(server, nil); got != want {
			t.Errorf("%s: %+v", server, got)
		}
	}
	if got := Find("contoso.azurecr.io", nil).Asker(); got != "docker, for contoso.azurecr.io" {
		t.Error(got)
	}
}

// strangers are names that are no registry of Azure, however much they look like one.
func strangers() []string {
	return []string{"", "azurecr.io", ".azurecr.io", "r.azurecr.io.example.com", "r.azurecr.io.", "r..azurecr.io", "a.r.azurecr.io", "r.eastus.data.azurecr.io",
		"evilazurecr.io", "r.evilazurecr.io", "r.azurecr.io:443", "r.azurecr.io:5000", "r.azurecr.io:", "user@r.azurecr.io", "https://user:secret@r.azurecr.io",
		"r.azurecr.io@evil.example", `r.azurecr.io\@evil.example`, `evil.example\.azurecr.io`, "evil.example/r.azurecr.io", "evil.example#.azurecr.io", "evil.example?.azurecr.io",
		"r.azurecr.io?", "r.azurecr.io#", "r.azurecr.io/x", "r.azurecr.io/v2/x", "r.azurecr.io/v2/../..", "r%2eazurecr.io", "r.azurecr%2eio", "r.azurecr.de", "r.azurecr.i", "r.azurecr.io.io",
		"\u0433.azurecr.io", "r.\u0430zurecr.io", "\u212aontoso.azurecr.io", "r.azurecr\u3002io", "r\u200b.azurecr.io", "xn--r-7ka.azurecr.io", "-r.azurecr.io", "r-.azurecr.io", "r-a-b.azurecr.io", "r_a.azurecr.io",
		strings.Repeat("a", 64) + ".azurecr.io", "ftp://r.azurecr.io", "://r.azurecr.io", "//r.azurecr.io", "https://https://r.azurecr.io", "r.azurecr.io evil.example", "r.azurecr.io\nevil.example", " r.azurecr.io",
		"[r.azurecr.io]", "[::1].azurecr.io", "127.0.0.1", "docker.io", "https://index.docker.io/v1/", "mcr.microsoft.com", "*.azurecr.io"}
}

func TestFindStrangers(t *testing.T) {
	configured := []Host{{Host: "registry.example.com"}, {Host: "not a host"}, {Host: ""}}
	for _, server := range strangers() {
		if got := Find(server, configured); got != (Registry{}) {
			t.Errorf("%q: %+v", server, got)
		}
	}
	for _, server := range []string{"registry.example.com:5000", "registry.example.com:443", "x.registry.example.com", "registry.example.com.", "registry.example.org"} {
		if got := Find(server, configured); got != (Registry{}) {
			t.Errorf("%q: %+v", server, got)
		}
	}
}

func TestFindOfTheConfig(t *testing.T) {
	hosts := []Host{{Host: "registry.example.com:5000", Scope: "api://x/.default", TenantID: "t", ClientID: "c", Account: "a@x.example", Profile: "p"},
		{Host: "Contoso.azurecr.io", Account: "alice@contoso.example"}, {Host: "contoso.azurecr.io", Account: "bob@contoso.example"}}
	got := Find("REGISTRY.example.com:5000", hosts)
	if want := (Registry{Ours: true, Host: "registry.example.com:5000", Scope: "api://x/.default", TenantID: "t", ClientID: "c", Account: "a@x.example", Profile: "p"}); got != want {
		t.Errorf("%+v", got)
	}
	got = Find("contoso.azurecr.io", hosts)
	if want := (Registry{Ours: true, Host: "contoso.azurecr.io", Environment: "AzurePublicCloud", Scope: Scope, Account: "alice@contoso.example"}); got != want {
		t.Errorf("%+v", got)
	}
	if got := Find("fabrikam.azurecr.io", hosts); got.Account != "" || !got.Ours {
		t.Errorf("%+v", got)
	}
}

// A token goes over https alone, and the person is told.
func TestFindHTTP(t *testing.T) {
	for server, told := range map[string]bool{"http://contoso.azurecr.io": true, "HTTP://registry.example.com/v2/": true, "http://evil.example": false, "http://r.azurecr.io:80": false} {
		got := Find(server, []Host{{Host: "registry.example.com"}})
		if got.Ours || got.Host != "" || strings.Contains(got.Why, "use https") != told {
			t.Errorf("%s: %+v", server, got)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range strangers() {
		f.Add(seed)
	}
	f.Add("https://contoso-a1.azurecr.io/v2/")
	f.Fuzz(func(t *testing.T, server string) {
		got := Find(server, nil)
		if !got.Ours {
			if got.Host != "" || got.Scope != "" || got.Environment != "" || strings.ContainsFunc(got.Why, unicode.IsControl) {
				t.Errorf("%q: %+v", server, got)
			}
			return
		}
		label, domain, _ := strings.Cut(got.Host, ".")
		if !strings.HasPrefix(domain, "azurecr.") || len(domain) != len("azurecr.io") || label == "" || strings.ContainsFunc(got.Host, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-'
		}) || !strings.Contains(strings.ToLower(server), got.Host) || got.Environment == "" {
			t.Errorf("%q: %+v", server, got)
		}
	})
}
