package git

import (
	"strings"
	"testing"
)

const inhouse = "6dae42f8-4368-4678-94ff-3960e28e3630/.default"

func hosts() []Host {
	return []Host{
		{Host: "Git.Contoso.example", Scope: inhouse, TenantID: "t0", ClientID: "c0", Account: "a0@contoso.example"},
		{Host: "git.contoso.example:8443", Scope: "other/.default"},
		{Host: "git.contoso.example", Scope: "never: the first entry counts"},
		{Host: "noscope.example"},
		{Host: "dev.azure.com", ClientID: "c1"},
		{Host: "dev.azure.com", Organization: "Fabrikam", TenantID: "t2"},
		{Host: "fabrikam.visualstudio.com", TenantID: "t3"},
		{Host: "*.example", Scope: inhouse},
		{Host: "", Scope: inhouse},
		{Host: "git.contoso.example/path", Scope: inhouse},
	}
}

func TestOurHosts(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want Place
		url  string
	}{
		"dev.azure.com": {"host=dev.azure.com\npath=Contoso/web/_git/web\n",
			Place{Host: "dev.azure.com", Organization: "contoso", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com/contoso"},
		"port 443 and other case": {"host=DEV.Azure.com:443\npath=contoso\n",
			Place{Host: "dev.azure.com", Organization: "contoso", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com/contoso"},
		"an organisation of the config": {"host=dev.azure.com\npath=/fabrikam/_git/x\n",
			Place{Host: "dev.azure.com", Organization: "fabrikam", Scope: azureDevOps, TenantID: "t2"}, "https://dev.azure.com/fabrikam"},
		"no path": {"host=dev.azure.com\n",
			Place{Host: "dev.azure.com", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com"},
		"no path, but the organisation as user": {"host=dev.azure.com\nusername=Fabrikam\n",
			Place{Host: "dev.azure.com", Organization: "fabrikam", Scope: azureDevOps, TenantID: "t2"}, "https://dev.azure.com/fabrikam"},
		"a slash, and the organisation as user": {"host=dev.azure.com\npath=/\nusername=contoso\n",
			Place{Host: "dev.azure.com", Organization: "contoso", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com/contoso"},
		"no path, and a personal access token as user": {"host=dev.azure.com\nusername=" + strings.Repeat("abcd", 13) + "\n",
			Place{Host: "dev.azure.com", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com"},
		"no path, and an account": {"host=dev.azure.com\nusername=fabrikam@contoso.example\n",
			Place{Host: "dev.azure.com", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com"},
		"no path, and a user name that is none": {"host=dev.azure.com\nusername=../fabrikam\n",
			Place{Host: "dev.azure.com", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com"},
		"the path counts more than the user": {"host=dev.azure.com\npath=contoso/x\nusername=fabrikam\n",
			Place{Host: "dev.azure.com", Organization: "contoso", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com/contoso"},
		"also if it names no organisation": {"host=dev.azure.com\npath=../x\nusername=fabrikam\n",
			Place{Host: "dev.azure.com", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com"},
		"the user of another host": {"host=fabrikam.visualstudio.com\nusername=contoso\n",
			Place{Host: "fabrikam.visualstudio.com", Organization: "fabrikam", Scope: azureDevOps, TenantID: "t3"}, "https://fabrikam.visualstudio.com"},
		"a path that is no organisation": {"host=dev.azure.com\npath=con%0atoso/x\n",
			Place{Host: "dev.azure.com", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com"},
		"a path that climbs": {"host=dev.azure.com\npath=../x\n",
			Place{Host: "dev.azure.com", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com"},
		"an organisation with a query": {"host=dev.azure.com\npath=fabrikam?go-get=1\n",
			Place{Host: "dev.azure.com", Organization: "fabrikam", Scope: azureDevOps, TenantID: "t2"}, "https://dev.azure.com/fabrikam"},
		"a query that names another": {"host=dev.azure.com\npath=contoso?x/fabrikam\n",
			Place{Host: "dev.azure.com", Organization: "contoso", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com/contoso"},
		"no organisation with a query": {"host=dev.azure.com\npath=con%0atoso?x\n",
			Place{Host: "dev.azure.com", Scope: azureDevOps, ClientID: "c1"}, "https://dev.azure.com"},
		"visualstudio.com": {"host=Contoso-1.VisualStudio.com\npath=DefaultCollection/x\n",
			Place{Host: "contoso-1.visualstudio.com", Organization: "contoso-1", Scope: azureDevOps}, "https://contoso-1.visualstudio.com"},
		"visualstudio.com in the config": {"host=fabrikam.visualstudio.com\n",
			Place{Host: "fabrikam.visualstudio.com", Organization: "fabrikam", Scope: azureDevOps, TenantID: "t3"}, "https://fabrikam.visualstudio.com"},
		"the config's host": {"host=git.contoso.example\npath=org/x\n",
			Place{Host: "git.contoso.example", Scope: inhouse, TenantID: "t0", ClientID: "c0", Account: "a0@contoso.example"}, "https://git.contoso.example"},
		"the config's host with a port": {"host=GIT.contoso.example:8443\n",
			Place{Host: "git.contoso.example:8443", Scope: "other/.default"}, "https://git.contoso.example:8443"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Find(mustRead(t, "protocol=https\n"+test.text), hosts())
			test.want.Ours, got.azure = true, false
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			if got.URL() != test.url {
				t.Errorf("got the URL %s", got.URL())
			}
		})
	}
}

func TestForeignHosts(t *testing.T) {
	for _, host := range []string{
		"", "github.com", "azure.com", "com", "dev.azure.com.", "dev.azure.com..", ".dev.azure.com", "dev.azure.com:8443", "dev.azure.com:80",
		"dev.azure.com:", "dev.azure.com:0443", "dev.azure.com:443:443", "dev.azure.com.evil.example", "evil-dev.azure.com", "evil.dev.azure.com",
		"dev.azure.com/x", "dev.azure.com ", "dev.azure.com%2e", "dev.azure.com?x", "dev.azure.com#x", `dev.azure.com\x`, "devazure.com",
		"d\u0435v.azure.com", "dev.azure.\u0441om", "dev\u3002azure\u3002com", "dev.a\u200bzure.com", "\uff44ev.azure.com", "xn--dv-xlc.azure.com",
		"visualstudio.com", ".visualstudio.com", "evilvisualstudio.com", "a.b.visualstudio.com", "app.vssps.visualstudio.com", "contoso.visualstudio.com.",
		"contoso.visualstudio.com:8443", "contoso.visualstudio.com.evil.example", "con\u043etoso.visualstudio.com", "contoso.vi\u017fualstudio.com",
		"-a.visualstudio.com", "a-.visualstudio.com", "a_b.visualstudio.com", "*.visualstudio.com", "vs-ssh.visualstudio.com", "ssh.dev.azure.com", "VS-SSH.visualstudio.com",
		"git.contoso.example:8444", "x.git.contoso.example", "git.contoso.example.", "it.contoso.example", "a.example", "*.example",
		// In lower case, the Kelvin sign is the ASCII letter.
		"git.contoso.example\u212a", "fabri\u212aam.visualstudio.com",
	} {
		for _, protocol := range []string{"https", "http", "ssh", ""} {
			in := Input{Protocol: protocol, Host: host, Path: "contoso/x", Username: "contoso"}
			if got := Find(in, hosts()); got != (Place{}) {
				t.Errorf("%s://%s: got %+v, want silence", protocol, host, got)
			}
		}
	}
}

func TestOtherProtocols(t *testing.T) {
	for _, host := range []string{"dev.azure.com", "contoso.visualstudio.com", "git.contoso.example"} {
		for protocol, told := range map[string]bool{"http": true, "HTTP": true, "": false, "ssh": false, "ftp": false, "https ": false, "httpss": false, "cert": false} {
			got := Find(Input{Protocol: protocol, Host: host}, hosts())
			if got.Ours || (got.Why != "") != told {
				t.Errorf("%s://%s: got %+v", protocol, host, got)
			}
		}
		if got := Find(Input{Protocol: "HTTPS", Host: host}, hosts()); !got.Ours {
			t.Errorf("HTTPS://%s is not ours", host)
		}
	}
}

func TestHostWithoutScope(t *testing.T) {
	got := Find(Input{Protocol: "https", Host: "noscope.example"}, hosts())
	if got.Ours || got.Why == "" {
		t.Errorf("got %+v", got)
	}
}
