package calls

import (
	"maps"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube"
)

// An entry of Azure/kubelogin whose command alone was changed signs in as it did: by the word for it, and at the port of
// the address that a browser comes back to.
func TestKubeloginSignIn(t *testing.T) {
	const dir = "/nowhere"
	for args, want := range map[string]config.SignIn{
		"":                        {Method: config.Auto},
		"--login devicecode":      {Method: "devicecode", Named: true},
		"--login interactive":     {Method: "browser", Named: true},
		"-linteractive":           {Method: "browser", Named: true},
		"AAD_LOGIN_METHOD=":       {Method: config.Auto},
		"AAD_LOGIN_METHOD=broker": {Method: "broker", Named: true},

		"AAD_LOGIN_METHOD=interactive":                                             {Method: "browser", Named: true},
		"AAD_LOGIN_METHOD=interactive -l devicecode":                               {Method: "devicecode", Named: true},
		"AAD_LOGIN_METHOD=spn --login interactive":                                 {Method: "browser", Named: true},
		"AAD_LOGIN_METHOD=interactive ENTRALOGIN_LOGIN=broker":                     {Method: "broker", Named: true},
		"AAD_LOGIN_METHOD=interactive --disable-environment-override":              {Method: config.Auto},
		"AAD_LOGIN_METHOD=spn --disable-environment-override":                      {Method: config.Auto},
		"-l interactive --redirect-url http://localhost:8000":                      {Method: "browser", Named: true, Port: 8000},
		"AAD_LOGIN_METHOD=interactive --redirect-url http://localhost:8000/":       {Method: "browser", Named: true, Port: 8000},
		"-l interactive --redirect-url https://127.0.0.1:8000/back":                {Method: "browser", Named: true, Port: 8000},
		"-l interactive --redirect-url http://localhost":                           {Method: "browser", Named: true},
		"-l interactive --redirect-url http://localhost:0":                         {Method: "browser", Named: true},
		"-l interactive --redirect-url http://localhost:65536":                     {Method: "browser", Named: true},
		"-l interactive --redirect-url :::":                                        {Method: "browser", Named: true},
		"-l interactive --redirect-url=":                                           {Method: "browser", Named: true},
		"-l interactive --redirect-url http://localhost:8000 --redirect-port 8400": {Method: "browser", Named: true, Port: 8400},
		"ENTRALOGIN_REDIRECT_PORT=8400 --login interactive":                        {Method: "browser", Named: true, Port: 8400},
		"ENTRALOGIN_LOGIN=interactive --redirect-url http://localhost:8000":        {Method: "browser", Named: true, Port: 8000},
	} {
		env, given := environment(args)
		maps.Copy(env, map[string]string{"HOME": dir, "XDG_CONFIG_HOME": dir, "ENTRALOGIN_TENANT_ID": "contoso.example", "ENTRALOGIN_CLIENT_ID": "11111111-2222-3333-4444-555555555555"})
		getenv := func(name string) string { return env[name] }
		k, flags, err := ReadKubeArgs(append([]string{getToken}, given...))
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		source := config.Source{Getenv: getenv, File: &config.File{}}
		call, _, err := k.Call(source, flags, nil)
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		if target, err := source.Resolve(call); err != nil || target.SignIn != want {
			t.Errorf("%q: %+v, %v", args, target.SignIn, err)
		}
	}
}

// What clients that pass no ExecCredential get: kubelogin's words mean its v1beta1, and ours v1.
func TestVersionMeant(t *testing.T) {
	for args, want := range map[string]string{
		"":                             kube.V1,
		"--login auto":                 kube.V1,
		"--login browser":              kube.V1,
		"--login broker":               kube.V1,
		"--redirect-port 8000":         kube.V1,
		"ENTRALOGIN_LOGIN=interactive": kube.V1,
		"--login devicecode":           kube.V1Beta1,
		"--login interactive":          kube.V1Beta1,
		"-linteractive":                kube.V1Beta1,
		"AAD_LOGIN_METHOD=interactive": kube.V1Beta1,
		"AAD_LOGIN_METHOD=browser":     kube.V1Beta1,

		"--login browser --redirect-url http://localhost:8000": kube.V1Beta1,
		"--login interactive --exec-api-version v1":            kube.V1,
		"--login browser --exec-api-version v1beta1":           kube.V1Beta1,
	} {
		env, given := environment(args)
		k, _, err := ReadKubeArgs(append([]string{getToken}, given...))
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		if got, err := k.Settle(kube.Info{}, func(name string) string { return env[name] }); err != nil || got.APIVersion != want {
			t.Errorf("%q: %s, %v", args, got.APIVersion, err)
		}
	}
}

// environment are the variables that stand before the arguments.
func environment(line string) (env map[string]string, args []string) {
	env = map[string]string{}
	for _, word := range strings.Fields(line) {
		name, value, ok := strings.Cut(word, "=")
		if ok && len(args) == 0 && !strings.HasPrefix(word, "-") {
			env[name] = value
			continue
		}
		args = append(args, word)
	}
	return env, args
}
