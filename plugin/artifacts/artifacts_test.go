package artifacts

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
)

func TestFind(t *testing.T) {
	const host, old = Host, "contoso.pkgs.visualstudio.com"
	for address, want := range map[string]Feed{
		"https://pkgs.dev.azure.com/contoso/_packaging/feed/pypi/simple/":                       {Host: host, Organization: "contoso"},
		"https://pkgs.dev.azure.com/Contoso/My%20Project/_packaging/feed/npm/registry/":         {Host: host, Organization: "contoso"},
		"https://pkgs.dev.azure.com/contoso/Pr\u00fcfung 1/_packaging/feed/nuget/v3/index.json": {Host: host, Organization: "contoso"},
		"HTTPS://PKGS.Dev.Azure.com/contoso":                                                    {Host: host, Organization: "contoso"},
		"https://pkgs.dev.azure.com:443/contoso/":                                               {Host: host, Organization: "contoso"},
		"https://contoso@pkgs.dev.azure.com/contoso/p/_packaging/f/pypi/simple/":                {Host: host, Organization: "contoso"},
		"https://fabrikam@pkgs.dev.azure.com:443/contoso":                                       {Host: host, Organization: "contoso"},
		"https://pkgs.dev.azure.com/contoso?x=1/y":                                              {Host: host, Organization: "contoso"},
		"https://pkgs.dev.azure.com/contoso#x":                                                  {Host: host, Organization: "contoso"},
		"https://pkgs.dev.azure.com/contoso@evil.example/":                                      {Host: host},
		"sparse+https://pkgs.dev.azure.com/contoso/p/_packaging/feed/Cargo/index/":              {Host: host, Organization: "contoso"},
		"Sparse+HTTPS://pkgs.dev.azure.com/contoso/":                                            {Host: host, Organization: "contoso"},
		"pkgs.dev.azure.com":                                                                {Host: host},
		"pkgs.dev.azure.com:443":                                                            {Host: host},
		"pkgs.dev.azure.com/contoso/_packaging/feed":                                        {Host: host, Organization: "contoso"},
		"https://pkgs.dev.azure.com":                                                        {Host: host},
		"https://pkgs.dev.azure.com/":                                                       {Host: host},
		"https://pkgs.dev.azure.com//contoso/":                                              {Host: host},
		"https://pkgs.dev.azure.com/_packaging/feed/npm/registry/":                          {Host: host},
		"https://pkgs.dev.azure.com/../contoso/":                                            {Host: host},
		"https://pkgs.dev.azure.com/%63ontoso/":                                             {Host: host},
		"https://pkgs.dev.azure.com/" + strings.Repeat("a", 64) + "/":                       {Host: host},
		"https://contoso.pkgs.visualstudio.com/_packaging/feed/pypi/simple/":                {Host: old, Organization: "contoso"},
		"https://Contoso.pkgs.VisualStudio.com/DefaultCollection/_packaging/f/npm/registry": {Host: old, Organization: "contoso"},
		"https://fabrikam@contoso.pkgs.visualstudio.com:443/":                               {Host: old, Organization: "contoso"},
		"contoso.pkgs.visualstudio.com":                                                     {Host: old, Organization: "contoso"},
	} {
		want.Ours = true
		if got := Find(address); got != want {
			t.Errorf("%q: %+v, want %+v", address, got, want)
		}
	}
}

// strangers are addresses at which no feed is, however much they look like one.
func strangers() []string {
	const path = "/contoso/_packaging/feed/pypi/simple/"
	var all []string
	for _, host := range []string{"", "dev.azure.com", "azure.com", "xpkgs.dev.azure.com", "x.pkgs.dev.azure.com", "pkgs.dev.azure.com.example.com", "pkgs.dev.azure.com.", "pkgs.dev.azure.co",
		"pkgs.dev.azure.comm", "pkgs-dev.azure.com", "pkgs..dev.azure.com", "pkgs.dev.azure.com:8443", "pkgs.dev.azure.com:80", "pkgs.dev.azure.com:0443", "pkgs.dev.azure.com:443:443", "pkgs.dev.azure.com:",
		"user:secret@pkgs.dev.azure.com", ":@pkgs.dev.azure.com", "@pkgs.dev.azure.com", "a@b@pkgs.dev.azure.com", "pkgs.dev.azure.com@evil.example", "pkgs.dev.azure.com:443@evil.example",
		"contoso@evil.example", `pkgs.dev.azure.com\@evil.example`, `evil.example\@pkgs.dev.azure.com`, `evil.example\.pkgs.visualstudio.com`, "pkgs%2edev.azure.com", "pkgs.dev.azure.com%00.evil.example",
		"pkgs.dev.azure.com evil.example", " pkgs.dev.azure.com", "pkgs.dev.azure.com ", "pkgs.dev.azure.com;evil.example", "[pkgs.dev.azure.com]", "*.pkgs.visualstudio.com",
		"\u0440kgs.dev.azure.com", "p\u212ags.dev.azure.com", "pkgs.dev.azure\u3002com", "pkgs.dev.azure.com\uff0fevil.example", "pkgs\u200b.dev.azure.com", "pkgs.dev.az\u00fcre.com", "xn--kgs-ptd.dev.azure.com",
		"pkgs.visualstudio.com", ".pkgs.visualstudio.com", "a.b.pkgs.visualstudio.com", "-a.pkgs.visualstudio.com", "a-.pkgs.visualstudio.com", "a_b.pkgs.visualstudio.com", "contoso.visualstudio.com",
		"contosopkgs.visualstudio.com", "contoso.pkgs.visualstudio.com.", "contoso.pkgs.visualstudio.com:8443", "contoso.pkgs.visualstudio.com.evil.example", "contoso.pkgs.evilvisualstudio.com",
		"c\u043entoso.pkgs.visualstudio.com", strings.Repeat("a", 64) + ".pkgs.visualstudio.com", "contoso.pkgs.dev.azure.com"} {
		all = append(all, host, host+path, "https://"+host+path, "sparse+https://"+host+path, "http://"+host+path)
	}
	return append(all, "ftp://pkgs.dev.azure.com"+path, "git+https://pkgs.dev.azure.com"+path, "sparse+sparse+https://pkgs.dev.azure.com"+path, "://pkgs.dev.azure.com"+path, "//pkgs.dev.azure.com"+path,
		"https:pkgs.dev.azure.com"+path, "https:/pkgs.dev.azure.com"+path, "https:///pkgs.dev.azure.com"+path, "https://https://pkgs.dev.azure.com"+path, " https://pkgs.dev.azure.com"+path,
		"https\u017f://pkgs.dev.azure.com"+path, "https://pkgs.dev.azure.com/contoso\n", "https://pkgs.dev.azure.com\t"+path, "https://pkgs.dev.azure.com/contoso\x00", "https://pkgs.dev.azure.com/contoso\xff",
		"pkgs.dev.azure.com?u=https://evil.example", "evil.example/https://pkgs.dev.azure.com"+path, "evil.example?https://pkgs.dev.azure.com"+path, "https://evil.example/pkgs.dev.azure.com"+path,
		"https://evil.example?@pkgs.dev.azure.com"+path, "https://evil.example#@pkgs.dev.azure.com"+path)
}

func TestFindStrangers(t *testing.T) {
	for _, address := range strangers() {
		if got := Find(address); got != (Feed{}) {
			t.Errorf("%q: %+v", address, got)
		}
	}
}

// A token goes over https alone, and the person is told.
func TestFindHTTP(t *testing.T) {
	for _, address := range []string{"http://pkgs.dev.azure.com/contoso/_packaging/f", "HTTP://contoso@pkgs.dev.azure.com/", "sparse+http://contoso.pkgs.visualstudio.com/"} {
		if got := Find(address); got.Ours || got.Host != "" || got.Organization != "" || !strings.Contains(got.Why, "use https") {
			t.Errorf("%s: %+v", address, got)
		}
	}
}

// What is ours is so for the parser of another language as well: no request with a token goes to another host.
func FuzzFind(f *testing.F) {
	for _, seed := range strangers() {
		f.Add(seed)
	}
	for _, seed := range []string{"https://contoso@pkgs.dev.azure.com:443/contoso/", "sparse+https://contoso.pkgs.visualstudio.com/x", "pkgs.dev.azure.com"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := Find(address)
		if strings.ContainsFunc(got.Host+got.Organization+got.Why, unicode.IsControl) {
			t.Errorf("%q: %+v", address, got)
		}
		if !got.Ours {
			if got.Host != "" || got.Organization != "" {
				t.Errorf("%q: %+v", address, got)
			}
			return
		}
		if got.Host != Host && !strings.HasSuffix(got.Host, oldDomain) {
			t.Errorf("%q: %+v", address, got)
		}
		if !strings.Contains(address, "://") {
			address = "https://" + address
		}
		u, err := url.Parse(address)
		if err != nil {
			return // and no client of Go would go there
		}
		if _, secret := u.User.Password(); secret || !strings.EqualFold(u.Hostname(), got.Host) || u.Port() != "" && u.Port() != "443" || !strings.HasSuffix(strings.ToLower(u.Scheme), "https") {
			t.Errorf("%q is at %q: %+v", address, u.Host, got)
		}
	})
}
