package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// foreign is a call of a person with a home, whose kubeconfig sets variables.
func foreign(t *testing.T, own, kubeconfig map[string]string) (Foreign, string) {
	t.Helper()
	home := t.TempDir()
	theirs := map[string]string{"HOME": home}
	maps.Copy(theirs, own)
	ours := maps.Clone(theirs)
	maps.Copy(ours, kubeconfig)
	return Foreign{Source: Source{Getenv: func(n string) string { return ours[n] }}, Caller: func(n string) string { return theirs[n] }}, home
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What moves trust is a difference, what does not is none, and the person's own config allows one value.
func TestForeignDifferences(t *testing.T) {
	for name, test := range map[string]struct {
		own, kubeconfig map[string]string
		allow           string
		want            string // the names
	}{
		"nothing":              {nil, nil, "", ""},
		"a proxy":              {nil, map[string]string{"HTTPS_PROXY": "http://x", "AZURE_CONFIG_DIR": "/x", "ENTRALOGIN_ACCOUNT": "a@b.example"}, "", ""},
		"a CA":                 {nil, map[string]string{"SSL_CERT_FILE": "/x"}, "", "SSL_CERT_FILE"},
		"a CA that is allowed": {nil, map[string]string{"SSL_CERT_FILE": "/x"}, "allow-env: [SSL_CERT_FILE=/x]", ""},
		"another CA":           {nil, map[string]string{"SSL_CERT_FILE": "/y"}, "allow-env: [SSL_CERT_FILE=/x]", "SSL_CERT_FILE"},
		"the person's CA":      {map[string]string{"SSL_CERT_FILE": "/x"}, nil, "", ""},
		"no CA any more":       {map[string]string{"SSL_CERT_FILE": "/x"}, map[string]string{"SSL_CERT_FILE": ""}, "", "SSL_CERT_FILE"},
		"the system's CAs":     {nil, map[string]string{"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}, "", ""},
		"folders":              {nil, map[string]string{"XDG_CONFIG_HOME": "/x", "XDG_CACHE_HOME": "/x", "XDG_RUNTIME_DIR": "/x"}, "", "XDG_CONFIG_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR"},
		"a folder of CAs":      {nil, map[string]string{"SSL_CERT_DIR": "/x"}, "", "SSL_CERT_DIR"},
		"further folders":      {nil, map[string]string{"XDG_DATA_HOME": "/x", "XDG_STATE_HOME": "/x"}, "", "XDG_DATA_HOME XDG_STATE_HOME"},
		"a bus":                {nil, map[string]string{"DBUS_SESSION_BUS_ADDRESS": "tcp:host=evil.example,port=1"}, "", "DBUS_SESSION_BUS_ADDRESS"},
		"the person's bus":     {map[string]string{"DBUS_SESSION_BUS_ADDRESS": "unix:abstract=/x"}, nil, "", ""},
		"the system's bus":     {nil, map[string]string{"DBUS_SESSION_BUS_ADDRESS": fmt.Sprintf("unix:path=/run/user/%d/bus", os.Getuid())}, "", ""},
		"a home":               {nil, map[string]string{"HOME": "/x"}, "", "HOME"},
		"no home":              {nil, map[string]string{"HOME": ""}, "", "HOME"},
		"settings":             {nil, map[string]string{"ENTRALOGIN_CONFIG": "/x", "ENTRALOGIN_CACHE_DIR": "/x", "ENTRALOGIN_STORAGE": "file"}, "", "ENTRALOGIN_CONFIG ENTRALOGIN_CACHE_DIR ENTRALOGIN_STORAGE"},
		"an agent":             {nil, map[string]string{"ENTRALOGIN_AGENT": "/x", "LC_ENTRALOGIN_AGENT": "/x"}, "", "ENTRALOGIN_AGENT LC_ENTRALOGIN_AGENT"},
		"no agent any more":    {map[string]string{"ENTRALOGIN_AGENT": "/x"}, map[string]string{"ENTRALOGIN_AGENT": "none"}, "", "ENTRALOGIN_AGENT"},
		"the person's agent":   {map[string]string{"ENTRALOGIN_AGENT": "/x", "LC_ENTRALOGIN_AGENT_KEY": "k"}, nil, "", ""},
		"an allowed agent":     {nil, map[string]string{"ENTRALOGIN_AGENT": "/x"}, "allow-env: [ENTRALOGIN_AGENT=/x]", ""},
		"the desktop":          {nil, map[string]string{"XDG_CURRENT_DESKTOP": "Unity"}, "", ""},
	} {
		f, home := foreign(t, test.own, test.kubeconfig)
		write(t, filepath.Join(home, ".config", "entralogin", "config.yaml"), test.allow)
		var got []string
		for _, d := range f.Differences(nil) {
			got = append(got, d.Name)
			if !strings.Contains(d.Hint, "allow-env: [\""+d.Name+"="+d.Own+"\"]") || d.Error().Class() == "" {
				t.Errorf("%s: %+v", name, d)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
		f.Caller = nil
		if d := f.Differences(nil); d != nil {
			t.Errorf("%s: %+v, though the caller is not known", name, d)
		}
	}
}

// A key of an agent is a difference, too, and stands in no words.
func TestForeignAgentKey(t *testing.T) {
	for _, name := range []string{"ENTRALOGIN_AGENT_KEY", "LC_ENTRALOGIN_AGENT_KEY"} {
		f, _ := foreign(t, map[string]string{name: "their-secret"}, map[string]string{name: "our-secret"})
		found := f.Differences(nil)
		if len(found) != 1 || found[0].Name != name {
			t.Fatalf("%+v", found)
		}
		if said := found[0].Error().Error() + found[0].Hint; strings.Contains(said, "secret") || !strings.Contains(said, name) {
			t.Errorf("%s", said)
		}
	}
}

// Where the caller is not known no variable names an agent: it is where it is without any.
func TestUsualAgents(t *testing.T) {
	usual := fmt.Sprintf("/run/user/%d", os.Getuid())
	for _, c := range [][3]string{{"ENTRALOGIN_AGENT", "/x", ""}, {"LC_ENTRALOGIN_AGENT", "/x", ""}, {"ENTRALOGIN_AGENT_KEY", "k", ""}, {"LC_ENTRALOGIN_AGENT_KEY", "k", ""},
		{"ENTRALOGIN_AGENT", "none", "none"}, {"XDG_RUNTIME_DIR", "/x", ""}, {"XDG_RUNTIME_DIR", usual, usual}, {"HOME", "/x", "/x"}} {
		if got := UsualAgents(func(string) string { return c[1] })(c[0]); got != c[2] {
			t.Errorf("%q: %q", c, got)
		}
	}
}

// What a way of machines runs, and where it sends what proves the machine, a kubeconfig can't move. It matters for that way
// alone.
func TestForeignMachines(t *testing.T) {
	for name, test := range map[string]struct {
		login      map[string]string
		kubeconfig map[string]string
		allow      string
		want       string
	}{
		"az":                     {map[string]string{Login: "azurecli"}, map[string]string{"PATH": "/evil", "AZURE_CONFIG_DIR": "/evil"}, "", "PATH AZURE_CONFIG_DIR"},
		"az in a folder of ours": {map[string]string{Login: "AzureCLI"}, map[string]string{"ENTRALOGIN_AZURE_CONFIG_DIR": "/evil"}, "", "ENTRALOGIN_AZURE_CONFIG_DIR"},
		"az that is allowed":     {map[string]string{Login: "azurecli"}, map[string]string{"AZURE_CONFIG_DIR": "/az"}, "allow-env: [AZURE_CONFIG_DIR=/az]", ""},
		"azd":                    {map[string]string{Login: "azd"}, map[string]string{"PATH": "/evil", "AZD_CONFIG_DIR": "/evil"}, "", "PATH AZD_CONFIG_DIR"},
		"a command":              {map[string]string{AssertionCommand: "x"}, map[string]string{"PATH": "/evil"}, "", "PATH"},
		"a command of theirs":    {nil, map[string]string{"ENTRALOGIN_ASSERTION_COMMAND": "evil"}, "", "ENTRALOGIN_ASSERTION_COMMAND"},
		"a file":                 {map[string]string{AssertionFile: "/x"}, map[string]string{"PATH": "/evil"}, "", ""},
		"a proxy of tokens":      {map[string]string{Login: "workloadidentity"}, map[string]string{"AZURE_KUBERNETES_TOKEN_PROXY": "https://evil.example", "AZURE_KUBERNETES_CA_DATA": "x"}, "", "AZURE_KUBERNETES_TOKEN_PROXY AZURE_KUBERNETES_CA_DATA"},
		"GitHub":                 {map[string]string{Login: "githubactions"}, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://evil.example"}, "", "ACTIONS_ID_TOKEN_REQUEST_URL"},
		"Azure Pipelines":        {map[string]string{Login: "azurepipelines"}, map[string]string{"SYSTEM_OIDCREQUESTURI": "https://evil.example"}, "", "SYSTEM_OIDCREQUESTURI"},
		"a managed identity":     {map[string]string{Login: "msi"}, map[string]string{"IDENTITY_ENDPOINT": "http://evil.example", "MSI_SECRET": "x"}, "", "IDENTITY_ENDPOINT MSI_SECRET"},
		"the way itself":         {nil, map[string]string{"ENTRALOGIN_LOGIN": "msi", "MSI_ENDPOINT": "http://evil.example"}, "", "MSI_ENDPOINT"},
		"a person":               {nil, map[string]string{"MSI_ENDPOINT": "http://evil.example", "PATH": "/evil"}, "", ""},
		"an authority":           {map[string]string{Login: "spn"}, map[string]string{"AZURE_AUTHORITY_HOST": "https://login.partner.microsoftonline.cn"}, "", "AZURE_AUTHORITY_HOST"},
	} {
		f, home := foreign(t, nil, test.kubeconfig)
		path := filepath.Join(home, ".config", "entralogin", "config.yaml")
		write(t, path, test.allow)
		s, err := f.Source.Settings(Call{Flags: Flags(test.login), File: &File{}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range f.Differences(s.Settings) {
			got = append(got, d.Name)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

// Of several assertions the one that counts says what is compared: a command of the person's own, which counts less than
// the arguments of the kubeconfig, has nothing else pass.
func TestForeignAssertions(t *testing.T) {
	own := map[string]string{"ENTRALOGIN_ASSERTION_COMMAND": "mine"}
	f, _ := foreign(t, own, map[string]string{"IDENTITY_ENDPOINT": "https://evil.example"})
	s, err := f.Source.Settings(Call{Flags: Flags(map[string]string{Login: Federated, AssertionIdentity: "system"}), File: &File{}})
	if err != nil {
		t.Fatal(err)
	}
	if d := f.Differences(s.Settings); len(d) != 1 || d[0].Name != "IDENTITY_ENDPOINT" {
		t.Errorf("%+v", d)
	}
}

// Where the caller's environment can't be read, what proves the machine goes to the usual places alone.
func TestForeignAddresses(t *testing.T) {
	const gitHub, pipelines, proxy = "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI", "AZURE_KUBERNETES_TOKEN_PROXY"
	for _, test := range []struct {
		login, name, value string
		ok                 bool
	}{
		{"githubactions", gitHub, "https://pipelinesghubeus1.actions.githubusercontent.com/x?y=z", true},
		{"githubactions", gitHub, "https://evil.example/.actions.githubusercontent.com", false},
		{"githubactions", gitHub, "https://evilactions.githubusercontent.com", false},
		{"githubactions", gitHub, ":", false},
		{"azurepipelines", pipelines, "https://dev.azure.com/contoso/x", true},
		{"azurepipelines", pipelines, "https://contoso.visualstudio.com/x", true},
		{"azurepipelines", pipelines, "https://dev.azure.com.evil.example/x", false},
		{"workloadidentity", proxy, "https://10.0.0.1", false},
		{"workloadidentity", gitHub, "https://evil.example", true}, // not asked in this way
		{"msi", "IDENTITY_ENDPOINT", "http://127.0.0.1:41741/MSI/token/", true},
		{"msi", "IDENTITY_ENDPOINT", "http://169.254.131.2:8081/msi/token", true},
		{"msi", "IDENTITY_ENDPOINT", "http://10.0.0.1/", false},
		{"msi", "MSI_ENDPOINT", "https://localhost.evil.example/", false},
		{"msi", "MSI_ENDPOINT", "http://localhost:50342/oauth2/token", true},
		{"auto", "MSI_ENDPOINT", "http://evil.example/", true},
	} {
		f, _ := foreign(t, nil, map[string]string{test.name: test.value})
		s, err := f.Source.Settings(Call{Flags: Flags(map[string]string{Login: test.login}), File: &File{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.CheckAddresses(s.Settings); err != nil {
			t.Errorf("%+v: %v, though the caller is known", test, err)
		}
		f.Caller = nil
		if err := f.CheckAddresses(s.Settings); (err == nil) != test.ok {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// What the arguments of a kubeconfig would have run is refused, unless it is the person's own.
func TestForeignPrograms(t *testing.T) {
	f, home := foreign(t, map[string]string{"AZURE_CONFIG_DIR": "/az", "ENTRALOGIN_ASSERTION_COMMAND": "mine"}, map[string]string{"ENTRALOGIN_ASSERTION_COMMAND": "evil"})
	write(t, filepath.Join(home, ".config", "entralogin", "config.yaml"), "browser: firefox\nprofiles: {ci: {assertion-command: theirs}}")
	for flag, allowed := range map[[2]string]bool{
		{Browser, "firefox"}: true, {Browser, "evil"}: false,
		{AssertionCommand, "mine"}: true, {AssertionCommand, "theirs"}: true, {AssertionCommand, "evil"}: false,
		{AzureConfigDir, "/az"}: true, {AzureConfigDir, "/evil"}: false, {AssertionFile, "/f"}: true,
	} {
		if err := f.CheckPrograms(map[string]string{flag[0]: flag[1]}); (err == nil) != allowed {
			t.Errorf("%v: %v", flag, err)
		}
	}
	f.Caller = nil
	if err := f.CheckPrograms(map[string]string{AzureConfigDir: "/az"}); err == nil {
		t.Error("a folder was taken though nothing of the caller's is known")
	}
}

// An authority counts where a variable settles it, and is the person's own where their config has it.
func TestForeignAuthority(t *testing.T) {
	const china = "https://login.partner.microsoftonline.cn"
	for name, test := range map[string]struct {
		variable, value string
		flags           map[string]string
		config          string
		want            bool
	}{
		"another cloud":           {"ENTRALOGIN_ENVIRONMENT", "china", nil, "", true},
		"another host":            {"ENTRALOGIN_AUTHORITY_HOST", china, nil, "", true},
		"kubelogin's":             {"AZURE_AUTHORITY_HOST", china, nil, "", true},
		"the default":             {"ENTRALOGIN_ENVIRONMENT", "AzureCloud", nil, "", false},
		"the default, as a host":  {"AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/", nil, "", false},
		"a flag counts more":      {"ENTRALOGIN_ENVIRONMENT", "china", map[string]string{Environment: "usgov"}, "", false},
		"the config's":            {"ENTRALOGIN_ENVIRONMENT", "china", nil, "authority-host: " + china, false},
		"one of its authorities":  {"ENTRALOGIN_AUTHORITY_HOST", china, nil, "authorities: [{host: login.partner.microsoftonline.cn}]", false},
		"the config has another":  {"ENTRALOGIN_ENVIRONMENT", "public", nil, "environment: china", true},
		"the config counts more":  {"AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us", nil, "environment: china", false},
		"another of authorities'": {"ENTRALOGIN_ENVIRONMENT", "usgov", nil, "authorities: [{host: login.partner.microsoftonline.cn}]", true},
	} {
		f, home := foreign(t, nil, map[string]string{test.variable: test.value})
		path := filepath.Join(home, ".config", "entralogin", "config.yaml")
		write(t, path, test.config)
		file, err := Parse(path, []byte(test.config))
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.Source.Settings(Call{Flags: Flags(test.flags), File: file,
			More: []Layer{f.Source.Compat(map[string]string{AuthorityHost: "AZURE_AUTHORITY_HOST"})}})
		if err != nil {
			t.Fatal(err)
		}
		d := f.Differences(s.Settings)
		if (len(d) > 0) != test.want || test.want && (d[0].Name != test.variable || !strings.Contains(d[0].Hint, "authorities: [{host: ")) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// A variable of the person's own that the kubeconfig takes away moves the authority, too.
func TestForeignAuthorityTakenAway(t *testing.T) {
	f, _ := foreign(t, map[string]string{"ENTRALOGIN_ENVIRONMENT": "usgov"}, map[string]string{"ENTRALOGIN_ENVIRONMENT": ""})
	s, err := f.Settings(Call{Flags: Flags(nil), File: &File{}})
	if err != nil {
		t.Fatal(err)
	}
	if d := f.Differences(s.Settings); len(d) != 1 || d[0].Name != "ENTRALOGIN_ENVIRONMENT" || d[0].Own != "" || d[0].Other != "usgov" {
		t.Errorf("%+v", d)
	}
	if s, err = f.Settings(Call{Flags: Flags(map[string]string{Environment: "public"}), File: &File{}}); err != nil {
		t.Fatal(err)
	}
	if d := f.Differences(s.Settings); d != nil {
		t.Errorf("a flag counts more: %+v", d)
	}
}

// Places are taken from a kubeconfig where they are the person's own.
func TestForeignPlaces(t *testing.T) {
	f, home := foreign(t, map[string]string{"ENTRALOGIN_CONFIG": "/own.yaml"}, map[string]string{"ENTRALOGIN_CACHE_DIR": "/evil"})
	if err := (Source{Getenv: f.Caller}).RecordPlaces([]string{Recorded(CacheDir, "/recorded/"), Recorded(ConfigFile, "/r.yaml")}); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[[2]string]bool{
		{ConfigFile, filepath.Join(home, ".config", "entralogin", "config.yaml")}: true, {ConfigFile, "/own.yaml"}: true, {ConfigFile, "/r.yaml"}: true,
		{ConfigFile, "/recorded"}: false, {ConfigFile, "/evil.yaml"}: false, {ConfigFile, "/r.yaml/../evil.yaml"}: false,
		{CacheDir, filepath.Join(home, ".cache", "entralogin")}: true, {CacheDir, "/recorded"}: true, {CacheDir, "/recorded/."}: true,
		{CacheDir, "/evil"}: false, {CacheDir, "/r.yaml"}: false, {CacheDir, "/recorded/x"}: false,
	} {
		if err := f.CheckPlaces(map[string]string{place[0]: place[1]}); (err == nil) != want {
			t.Errorf("%q: %v", place, err)
		}
	}
	if err := f.CheckPlaces(map[string]string{Profile: "work"}); err != nil {
		t.Error(err)
	}
}

// What a kubeconfig sets takes back nothing of what the person's own environment says of prompts.
func TestForeignForbids(t *testing.T) {
	for name, test := range map[string]struct {
		own, kubeconfig map[string]string
		want            string
	}{
		"nothing":           {nil, map[string]string{"ENTRALOGIN_PROMPT": "always"}, ""},
		"CI":                {map[string]string{"CI": "true"}, map[string]string{"ENTRALOGIN_PROMPT": "always"}, "CI is set"},
		"CI taken away":     {map[string]string{"CI": "true"}, map[string]string{"CI": ""}, "CI is set"},
		"never":             {map[string]string{"ENTRALOGIN_PROMPT": "never"}, map[string]string{"ENTRALOGIN_PROMPT": "auto"}, "ENTRALOGIN_PROMPT: never"},
		"git's":             {map[string]string{"GCM_INTERACTIVE": "never"}, map[string]string{"GCM_INTERACTIVE": "auto"}, "GCM_INTERACTIVE forbids it"},
		"no word for it":    {map[string]string{"ENTRALOGIN_PROMPT": "no"}, map[string]string{"ENTRALOGIN_PROMPT": "auto"}, `prompt (ENTRALOGIN_PROMPT) is "no", which is none of auto, always and never`},
		"the person's word": {map[string]string{"CI": "true", "ENTRALOGIN_PROMPT": "always"}, nil, ""},
	} {
		f, _ := foreign(t, test.own, test.kubeconfig)
		s, err := f.Settings(Call{Flags: Flags(nil), File: &File{}})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Forbids(s.Settings); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
		f.Caller = nil
		if got := f.Forbids(s.Settings); got != "" {
			t.Errorf("%s: %q, though the caller is not known", name, got)
		}
	}
}

// What would choose a browser is a difference of its own, and the person's own config allows one value.
func TestForeignChoosing(t *testing.T) {
	for _, name := range choosing() {
		f, home := foreign(t, map[string]string{"DISPLAY": ":0"}, map[string]string{name: "/x", "EDITOR": "vi"})
		d := f.Choosing()
		if len(d) != 1 || d[0].Name != name || !strings.Contains(d[0].BrowserError().Error(), "allow-env: [\""+name+"=/x\"]") {
			t.Errorf("%s: %+v", name, d)
		}
		if got := f.Allowed(); len(got) != 0 {
			t.Errorf("%s: %q is allowed", name, got)
		}
		write(t, filepath.Join(home, ".config", "entralogin", "config.yaml"), "allow-env: ["+name+"=/x, EDITOR=emacs]")
		if d, allowed := f.Choosing(), f.Allowed(); len(d) > 0 || len(allowed) != 1 || allowed[0] != name+"=/x" {
			t.Errorf("%s: %+v, though %q is allowed", name, d, allowed)
		}
		f.Caller = nil
		if d := f.Choosing(); d != nil {
			t.Errorf("%s: %+v, though the caller is not known", name, d)
		}
	}
}
