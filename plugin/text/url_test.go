package text

import (
	"strings"
	"testing"
)

// pat is of the form of a personal access token of Azure DevOps, which looks like no other token: one case alone.
var pat = strings.Repeat("abcdefghijklm", 4)

func TestURL(t *testing.T) {
	for address, want := range map[string]string{
		"https://dev.azure.com/Contoso/My%20Project/_git/r":         "https://dev.azure.com/Contoso/My%20Project/_git/r",
		"https://" + pat + "@dev.azure.com/contoso":                 "https://dev.azure.com/contoso",
		"https://x:" + pat + "@dev.azure.com/contoso":               "https://dev.azure.com/contoso",
		"https://alice@contoso.example:" + pat + "@10.0.0.1:6443":   "https://10.0.0.1:6443",
		"https://10.0.0.1/@good.example":                            "https://10.0.0.1/@good.example",
		"https://dev.azure.com/contoso?token=" + pat + "#" + pat:    "https://dev.azure.com/contoso",
		"https://x:" + pat + " @dev.azure.com":                      "", // no URL
		pat + "@dev.azure.com":                                      "",
		"https://\x1bdev.azure.com/a\u202eb":                        "https://dev.azure.com/ab",
		"https://good[example":                                      "https://good[example",
		"socks5://proxy.example:1080":                               "socks5://proxy.example:1080",
		"https://" + strings.Repeat("a", 100) + ".example/contoso":  "https://" + strings.Repeat("a", 69) + "...",
		"https://dev.azure.com/" + strings.Repeat("aBcDeFgHiJ1", 4): "https://dev.azure.com/[redacted]",
	} {
		if got := URL(address, 80); got != want {
			t.Errorf("%s is shown as %s, want %s", address, got, want)
		}
	}
}

func TestUserName(t *testing.T) {
	for user, want := range map[string]string{"alice@contoso.example": "alice@contoso.example", "Contoso": "Contoso", pat: hidden, "": hidden, "alice": hidden} {
		if got, ok := UserName(user, "contoso"); got != want || ok != (want != hidden) {
			t.Errorf("%s is shown as %s: %v", user, got, ok)
		}
	}
	if got, ok := UserName("", ""); ok {
		t.Errorf("no organization is %s", got)
	}
}

func TestHideUsers(t *testing.T) {
	for content, want := range map[string]string{
		"no '" + "https://" + pat + "@dev.azure.com/a' and https://b": "no 'https://[redacted]@dev.azure.com/a' and https://b",
		"http://alice%40contoso.example@h":                            "http://alice%40contoso.example@h",
		"http://alice%40contoso.example:" + pat + "@h":                "http://[redacted]@h",
		"http://alice@contoso.example:" + pat + "@h":                  "http://[redacted]@h",
		"http://%zz@h": "http://[redacted]@h", "https://h/a@b": "https://h/a@b", "alice@contoso.example": "alice@contoso.example",
	} {
		if got := HideUsers(content); got != want {
			t.Errorf("%q becomes %q, want %q", content, got, want)
		}
	}
}
