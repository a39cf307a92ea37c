package config

import (
	"errors"
	"testing"
)

func TestSignIn(t *testing.T) {
	for name, c := range map[string]struct {
		values map[string]string
		want   SignIn
		wrong  string
	}{
		"nothing":        {nil, SignIn{Method: Auto}, ""},
		"auto":           {map[string]string{Login: "auto"}, SignIn{Method: Auto}, ""},
		"browser":        {map[string]string{Login: "Browser", RedirectPort: "8400"}, SignIn{Method: "browser", Named: true, Port: 8400}, ""},
		"kubelogin's":    {map[string]string{Login: "interactive"}, SignIn{Method: "browser", Named: true}, ""},
		"a command":      {map[string]string{Browser: "firefox %s"}, SignIn{Method: Auto, Browser: Value{"firefox %s", "--browser"}}, ""},
		"a machine's":    {map[string]string{Login: "MSI"}, SignIn{Method: "msi", Named: true}, ""},
		"a password":     {map[string]string{Login: "ropc"}, SignIn{}, Login},
		"no way":         {map[string]string{Login: "chained"}, SignIn{}, Login},
		"an assertion":   {map[string]string{AssertionFile: "/f"}, SignIn{Method: "federated", Named: true}, ""},
		"a login, too":   {map[string]string{AssertionFile: "/f", Login: "workloadidentity"}, SignIn{Method: "workloadidentity", Named: true}, ""},
		"no port":        {map[string]string{RedirectPort: "0"}, SignIn{}, RedirectPort},
		"port too large": {map[string]string{RedirectPort: "65536"}, SignIn{}, RedirectPort},
		"port in words":  {map[string]string{RedirectPort: "http"}, SignIn{}, RedirectPort},
		"a port of X":    {map[string]string{RedirectPort: "6000"}, SignIn{}, RedirectPort},
		"a web server's": {map[string]string{RedirectPort: "80"}, SignIn{Method: Auto, Port: 80}, ""},
		"raw command":    {map[string]string{Browser: "firefox\n%s"}, SignIn{}, Browser},
	} {
		got, err := Settings{Flags(c.values)}.signIn()
		var bad *Error
		switch {
		case c.wrong == "" && (err != nil || got != c.want):
			t.Errorf("%s: got %+v, %v", name, got, err)
		case c.wrong != "" && (!errors.As(err, &bad) || bad.Name != c.wrong):
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A port is a number, and people write it as one.
func TestRedirectPortInFile(t *testing.T) {
	for content, want := range map[string]string{"redirect-port: 8400": "8400", "redirect-port: '8400'": "8400", "redirect-port: 84.5": "84.5"} {
		f, err := Parse("config.yaml", []byte(content))
		if err != nil || f.Values[RedirectPort] != want {
			t.Errorf("%s: %v, %v", content, f, err)
		}
	}
}
