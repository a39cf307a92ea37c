package text

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestForeignWords(t *testing.T) {
	for _, plain := range []string{
		"", "The user or administrator has not consented to use the application with ID '11111111-2222-3333-4444-555555555555'.",
		"it needs AppRoleAssignment.ReadWrite.All, Oauth2PermissionGrant.ReadWrite.All or https://graph.microsoft.com/.default",
		"DeviceManagementManagedDevices.PrivilegedOperations.All is missing", "login.microsoftonline.com", "my-cluster-1a2b3c4d.hcp.westeurope.azmk8s.io:443", "11111111-AAAA-3333-BBBB-555555555555",
		"https://login.microsoftonline.com/c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f/oauth2/v2.0/token", "ÄÖÜ – 2026-01-02T15:04:05Z",
	} {
		if got := Redact(plain, 500); got != plain {
			t.Errorf("%q became %q", plain, got)
		}
	}
	token := "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhcGk6Ly94In0.c2lnbmF0dXJl"
	for in, want := range map[string]string{
		token: "[redacted]", "Bearer " + token + ", expired": "Bearer [redacted], expired", "refresh_token=" + token: "[redacted]",
		"https://" + token + ".example/?code=" + token: "https://[redacted]/?[redacted]",
		"eyJ0eXAi\u200bOiJKV1QiLCJ":                    "[redacted]", "(" + token[:12] + ")": "([redacted])",
		// a personal account's, which has more characters: "1*VSCHAR" of https://www.rfc-editor.org/rfc/rfc6749#appendix-A.17
		"code M.C5_BAY.2.U.-Cp7*a!Q$b9!Xz*R$t4!w*K$m2 ended": "code [redacted] ended",
		// random text without a digit is rare, and no less secret
		strings.Repeat("aBcDeFgHiJ", 4): "[redacted]",
	} {
		if got := Redact(in, 500); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
	// What is cut is cut afterwards: no beginning of a token is left.
	if got := Redact("reason: "+token, 12); strings.Contains(got, "eyJ") {
		t.Errorf("got %q", got)
	}
	for range 1000 {
		random := make([]byte, 48)
		rand.Read(random)
		if got := Redact("code "+base64.RawURLEncoding.EncodeToString(random), 500); got != "code [redacted]" && !strings.HasPrefix(got, "code -") {
			t.Errorf("got %q", got)
		}
	}
}

// FuzzForeignWords looks for a text that ends the program, or that is no clean text of its length.
func FuzzForeignWords(f *testing.F) {
	for _, s := range []string{"", "AADSTS50020: x", "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9", "\x1b]0;x\a", "\u202egnp.exe", "\xff\xfe", "a=b&c=d", "0000000000000000000 00000A0A00000a0a000 0000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, n := range []int{1, 40, 500} {
			got := Redact(s, n)
			if Clean(got) != got || utf8.RuneCountInString(got) > n || Redact(got, n) != got {
				t.Errorf("%q cut to %d became %q", s, n, got)
			}
		}
		if got := Redact(s, 1<<20); strings.Contains(got, "eyJ0eXAiOiJKV1Qi") {
			t.Errorf("%q became %q", s, got)
		}
	})
}
