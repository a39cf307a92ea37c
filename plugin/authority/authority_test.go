package authority

import (
	"strings"
	"testing"
)

func TestClouds(t *testing.T) {
	for name, host := range map[string]string{
		"AzurePublicCloud": "login.microsoftonline.com", "azureusgovernmentcloud": "login.microsoftonline.us",
		"AZURECHINACLOUD": "login.partner.microsoftonline.cn", "public": "login.microsoftonline.com", "AzureCloud": "login.microsoftonline.com",
		"usgov": "login.microsoftonline.us", "AzureUSGovernment": "login.microsoftonline.us", "China": "login.partner.microsoftonline.cn",
		"bleu": "login.sovcloud-identity.fr", "AzureBleuCloud": "login.sovcloud-identity.fr", "AzureBleu": "login.sovcloud-identity.fr",
		"Delos": "login.sovcloud-identity.de", "DelosCloud": "login.sovcloud-identity.de", "GovSG": "login.sovcloud-identity.sg",
	} {
		a, ok := Cloud(name)
		if !ok || a.Host != host || len(a.Graph) == 0 || !strings.HasPrefix(a.Graph[0], "https://") {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for _, name := range []string{"", "AzureGermanCloud", "AzurePublicCloud ", "AzureChina", "gov", "us", "pub", "publicc"} {
		if a, ok := Cloud(name); ok || a.Host != "" {
			t.Errorf("%q is %s", name, a.Host)
		}
	}
	names := map[string]bool{}
	for _, a := range Clouds() {
		for _, name := range append(a.Aliases, a.Environment) {
			if name = strings.ToLower(name); names[name] {
				t.Errorf("two clouds are %s", name)
			}
			names[name] = true
		}
	}
	Clouds()[0].Verification[0] = "evil.example"
	if Clouds()[0].Verification[0] == "evil.example" {
		t.Error("callers share the clouds")
	}
}

func TestUnsupported(t *testing.T) {
	for address, want := range map[string]string{
		"https://contoso.ciamlogin.com": "CIAM", "contoso.ciamlogin.com": "CIAM", "https://Contoso.CIAMlogin.com/": "CIAM",
		"https://contoso.ciamlogin.com:443/contoso.onmicrosoft.com": "CIAM", "https://u:p@contoso.ciamlogin.com": "CIAM",
		"https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signin": "B2C", "https://login.microsoftonline.com/tfp/contoso/x": "B2C",
		"https://adfs.example.com/adfs": "AD FS", "https://sts.example.com/adfs/": "AD FS", "sts.example.com:8443/ADFS/oauth2": "AD FS",
		"https://adfs.example.com": "AD FS", "ADFS.example.com:443": "AD FS",
		"": "", "https://": "", "login.microsoftonline.com": "", "https://login.example.com:8443/": "", "https://ciamlogin.com.example": "",
		"https://login.example/ciamlogin.com": "", "https://evilciamlogin.com": "", "https://example.com/x/adfs": "", "https://badfs.example": "",
		"https://adfs": "", "https://[::1]:8443/adfsx": "",
	} {
		if got := Unsupported(address); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q is %q, not %q", address, got, want)
		}
	}
}

func TestTenants(t *testing.T) {
	for _, s := range []string{"c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f", "C0170500-1A2B-4C3D-8E4F-5A6B7C8D9E0F", "contoso.example",
		"a-b.onmicrosoft.com", "organizations", "common", "consumers", "1.b2"} {
		if !IsTenant(s) {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{"", "x", "adfs", "dstsv2", "../x", "a..b", ".a.b", "a.b.", "-a.b", "a-.b", "a.b/c", "a.b?x", "a.b#x", "a.b%2f", "a b.c",
		"ä.example", "a.b\n", "a_b.c", "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0g", "c01705001a2b4c3d8e4f5a6b7c8d9e0f", strings.Repeat("a.", 200) + "b",
		strings.Repeat("a", 64) + ".b", "a.b:443", "u@a.b", "10.0.0.1", "1.2"} {
		if IsTenant(s) {
			t.Errorf("%q is taken", s)
		}
	}
	if IsClientID("contoso.example") || !IsClientID("c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f") {
		t.Error("client IDs")
	}
}
