//go:build unix

package credential

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
)

const (
	tenantA = "11111111-1111-1111-1111-111111111111"
	tenantB = "22222222-2222-2222-2222-222222222222"
)

var nightOfTest = time.Date(2026, 11, 1, 1, 30, 0, 0, time.UTC)

// of has the call settled as a person has it.
func (b *bench) of(t *testing.T, flags map[string]string) plugin.Request {
	t.Helper()
	target, err := config.Source{Getenv: b.call.Getenv, File: &config.File{}}.Resolve(config.Call{Flags: config.Flags(flags)})
	if err != nil {
		t.Fatal(err)
	}
	b.call.Target, b.call.Service = target, &entra.Service{Authority: target.Authority, Now: func() time.Time { return nightOfTest }}
	r := target.Request
	r.Scopes = []string{"https://graph.microsoft.com/.default"}
	return r
}

func (b *bench) token(t *testing.T, r plugin.Request) (cache.Token, error) {
	t.Helper()
	source, err := b.call.Source()
	if err != nil {
		t.Fatal(err)
	}
	g, err := source.Token(t.Context(), r, cache.Session{})
	return g.Token, err
}

// jwt is a token of a tenant.
func jwt(tenant string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none"}`)) + "." + part([]byte(`{"tid":"`+tenant+`"}`)) + ".eHg"
}

// What az and azd are run with, by the settings.
func TestProgramArguments(t *testing.T) {
	const az, azd = "account get-access-token -o json --resource=", "auth token -o json --no-prompt --scope="
	for name, c := range map[string]struct {
		flags  map[string]string
		scopes string
		want   string
	}{
		"a resource":           {nil, "https://graph.microsoft.com/.default", az + "https://graph.microsoft.com"},
		"one with a slash":     {nil, "https://management.azure.com//.default", az + "https://management.azure.com/"},
		"Azure DevOps":         {nil, "499b84ac-1321-427f-aa17-267ca6975798/.default", az + "499b84ac-1321-427f-aa17-267ca6975798"},
		"AKS":                  {nil, "6dae42f8-4368-4678-94ff-3960e28e3630/.default", az + "6dae42f8-4368-4678-94ff-3960e28e3630"},
		"one permission":       {nil, "https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.Read", az + "https://graph.microsoft.com"},
		"a tenant":             {map[string]string{config.TenantID: "contoso.example"}, "api://x/.default", az + "api://x --tenant=contoso.example"},
		"a subscription":       {map[string]string{config.TenantID: tenantA, config.Subscription: "my sub"}, "api://x/.default", az + "api://x --subscription=my sub"},
		"no option":            {nil, "--help/.default", az + "--help"},
		"azd":                  {map[string]string{config.Login: "azd"}, "https://management.azure.com//.default", azd + "https://management.azure.com//.default"},
		"azd, and two of them": {map[string]string{config.Login: "azd", config.TenantID: tenantA}, "api://x/a api://x/b", azd + "api://x/a --scope=api://x/b --tenant-id=" + tenantA},
	} {
		b := newBench(t)
		b.write(t, "az", `echo "$*" >$0.ran; exit 1`)
		b.write(t, "azd", `echo "$*" >$0.ran; exit 1`)
		flags := map[string]string{config.Login: config.AzureCLI}
		for name, value := range c.flags {
			flags[name] = value
		}
		r := b.of(t, flags)
		r.Scopes = strings.Fields(c.scopes)
		if _, err := b.token(t, r); err == nil {
			t.Errorf("%s: no error", name)
		}
		ran, _ := filepath.Glob(filepath.Join(b.dir, "*.ran"))
		if len(ran) != 1 {
			t.Errorf("%s: ran %q", name, ran)
			continue
		}
		if got, _ := os.ReadFile(ran[0]); strings.TrimSpace(string(got)) != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

// The answers are read strictly, as all versions of az write them.
func TestProgramAnswers(t *testing.T) {
	good := fmt.Sprintf(`"accessToken":"%s","tokenType":"Bearer"`, jwt(tenantA))
	const local, seconds = `,"expiresOn":"2026-11-01 02:30:00.000000"`, `,"expires_on":1793500200`
	for name, c := range map[string]struct {
		login, answer string
		ends          string // "" where it is refused
	}{
		"az":                            {"azurecli", "{" + good + local + seconds + `,"tenant":"x"}`, "02:30"},
		"seconds count more":            {"azurecli", "{" + good + `,"expiresOn":"2026-11-01 09:30:00.000000"` + seconds + "}\n", "02:30"},
		"seconds as text":               {"azurecli", "{" + good + `,"expires_on":"1793500200"}`, "02:30"},
		"an old az":                     {"azurecli", "{" + good + local + "}", "02:30"},
		"nothing":                       {"azurecli", "", ""},
		"words in front":                {"azurecli", "WARNING: x\n{" + good + seconds + "}", ""},
		"two answers":                   {"azurecli", "{" + good + seconds + "}{}", ""},
		"another answer":                {"azurecli", "[]", ""},
		"no token":                      {"azurecli", `{"tokenType":"Bearer"` + seconds + "}", ""},
		"a token that is none":          {"azurecli", `{"accessToken":"a b","tokenType":"Bearer"` + seconds + "}", ""},
		"bound to a key":                {"azurecli", fmt.Sprintf(`{"accessToken":"x","tokenType":"pop"%s}`, seconds), ""},
		"no end":                        {"azurecli", "{" + good + "}", ""},
		"an end of another form":        {"azurecli", "{" + good + `,"expiresOn":"tomorrow"}`, ""},
		"it has ended":                  {"azurecli", "{" + good + `,"expires_on":1793490000}`, ""},
		"it never ends":                 {"azurecli", "{" + good + `,"expires_on":253402300800000}`, ""},
		"azd":                           {"azd", fmt.Sprintf(`{"token":"%s","expiresOn":"2026-11-01T02:30:00Z"}`, jwt(tenantA)), "02:30"},
		"azd, of no tenant":             {"azd", `{"token":"opaque","expiresOn":"2026-11-01T02:30:00Z"}`, "02:30"},
		"azd, of another tenant":        {"azd", fmt.Sprintf(`{"token":"%s","expiresOn":"2026-11-01T02:30:00Z"}`, jwt(tenantB)), ""},
		"azd, no end":                   {"azd", `{"token":"x"}`, ""},
		"azd, words":                    {"azd", `x`, ""},
		"azd, what az writes":           {"azd", "{" + good + seconds + "}", ""},
		"az, what azd writes":           {"azurecli", `{"token":"x","expiresOn":"2026-11-01T02:30:00Z"}`, ""},
		"az of another tenant":          {"azurecli", strings.Replace("{"+good+seconds+"}", jwt(tenantA), jwt(tenantB), 1), ""},
		"the end of a summer, in UTC":   {"azurecli", "{" + good + `,"expiresOn":"2026-11-01 01:45:00.5"}`, "01:45"},
		"more than a person expects":    {"azurecli", "{" + good + seconds + `,"subscription":null,"new":[1]}`, "02:30"},
		"a megabyte":                    {"azurecli", strings.Repeat("x", 70<<10), ""},
		"an end that is no whole one":   {"azurecli", "{" + good + `,"expires_on":1.5}`, ""},
		"a name written in capitals":    {"azurecli", strings.ToUpper("{}"), ""},
		"a token with a line end in it": {"azurecli", `{"accessToken":"a\nb","tokenType":"Bearer"` + seconds + "}", ""},
	} {
		b := newBench(t)
		if err := os.WriteFile(filepath.Join(b.dir, "answer"), []byte(c.answer), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, program := range []string{"az", "azd"} {
			b.write(t, program, `test "$TZ" = UTC -o ${0##*/} = azd && cat "`+b.dir+`/answer"`)
		}
		got, err := b.token(t, b.of(t, map[string]string{config.Login: c.login, config.TenantID: tenantA}))
		if c.ends == "" {
			if unfit, ok := errors.AsType[*plugin.MachineError](err); !ok || unfit.Class() != failure.Answer || unfit.Hint == "" {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			continue
		}
		if err != nil || got.Value.IsZero() || got.Expires.Format("15:04") != c.ends || got.Tenant != "" && got.Tenant != tenantA || !got.Fresh(nightOfTest) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// What failed is said in words, with whose turn it is.
func TestProgramRefusals(t *testing.T) {
	const challenge = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ=="
	aadsts := "ERROR: AADSTS50076: Due to a configuration change you must use multi-factor authentication.\nInteractive authentication is needed. Please run:\naz login --scope evil://;reboot"
	for name, c := range map[string]struct {
		login, script string
		tenant        string
		claims        string
		class         failure.Class
		what, hint    string
	}{
		"nobody":              {"azurecli", `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`, "", "", failure.SignIn, "nobody has signed in to az", "Sign in there: az login$"},
		"nobody in a tenant":  {"azurecli", `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`, tenantA, "", failure.SignIn, "nobody has signed in to az", "az login --tenant " + tenantA + "$"},
		"more is wanted":      {"azurecli", "cat >&2 <<E\n" + aadsts + "\nE\nexit 1", "", "", failure.SignIn, "az failed (exit status 1): AADSTS50076: Due to a configuration change you must use multi-factor authentication", "az login --scope https://graph.microsoft.com/.default$"},
		"a challenge":         {"azurecli", "cat >&2 <<E\n" + aadsts + " --claims-challenge \"" + challenge + "\"\nE\nexit 1", "", "", failure.SignIn, "AADSTS50076", "--claims-challenge " + challenge + "$"},
		"a challenge of lies": {"azurecli", "cat >&2 <<E\n" + aadsts + " --claims-challenge Zm9v\nE\nexit 1", "", "", failure.SignIn, "AADSTS50076", "/.default$"},
		"claims":              {"azurecli", "exit 99", tenantA, `{"access_token":{"nbf":{"essential":true}}}`, failure.SignIn, "a claims challenge", "az login --tenant " + tenantA + " --scope https://graph.microsoft.com/.default --claims-challenge " + challenge + "$"},
		"no network":          {"azurecli", `echo "ERROR: Please ensure you have network connection. Error detail: x" >&2; exit 1`, "", "", failure.Network, "network connection", "Nothing is lost"},
		"its own code": {"azurecli", `echo "ERROR: The command failed with an unexpected error. Here is the traceback:
ERROR: HTTPSConnectionPool(host='x'): Max retries exceeded
Traceback:
  x" >&2; exit 1`, "", "", failure.Network, "az failed (exit status 1): HTTPSConnectionPool(host='x'): Max retries exceeded", ""},
		"something else": {"azurecli", `echo "ERROR: Subscription 'x' not found." >&2; exit 1`, "", "", failure.Config, "Subscription 'x' not found", "run it yourself: az account get-access-token$"},
		"much":           {"azurecli", "head -c 1048576 /dev/zero", "", "", failure.Answer, "printed more than 64 KiB", "the real az"},
		"it asks":        {"azurecli", "read answer; echo got $answer", "", "", failure.Answer, "is not what az account get-access-token prints", "the real az"},
		"azd, nobody":    {"azd", `echo '{"type":"consoleMessage","timestamp":"x","data":{"message":"\nERROR: not logged in, run ` + "`azd auth login`" + ` to login\n"}}' >&2; exit 1`, tenantA, "", failure.SignIn, "nobody has signed in to azd", "azd auth login --tenant-id " + tenantA + "$"},
		"azd, a new one": {"azd", `echo '{"type":"consoleMessage","data":{"message":"\n"}}
{"error":"fetching token: AADSTS90002: Tenant not found","message":"Authentication failed","suggestion":"Run azd auth login to sign in again."}' >&2; exit 1`, "", "", failure.SignIn, "azd failed (exit status 1): fetching token: AADSTS90002: Tenant not found", "azd auth login$"},
		"azd, claims":         {"azd", `case "$*" in *--claims=` + challenge + `) echo no >&2; exit 1;; esac`, "", `{"access_token":{"nbf":{"essential":true}}}`, failure.SignIn, "azd failed (exit status 1): no", "azd auth login$"},
		"azd, an old one":     {"azd", `echo "Error: unknown flag: --claims" >&2; exit 1`, "", "{}", failure.Config, "this azd knows no --claims", "1.18.1"},
		"azd, something else": {"azd", `echo '{"type":"consoleMessage","data":{"message":"broken"}}' >&2; exit 1`, "", "", failure.Config, "azd failed (exit status 1): broken", "run it yourself: azd auth token$"},
	} {
		b := newBench(t)
		b.write(t, map[string]string{"azurecli": "az"}[c.login]+map[string]string{"azd": "azd"}[c.login], c.script)
		flags := map[string]string{config.Login: c.login}
		if c.tenant != "" {
			flags[config.TenantID] = c.tenant
		}
		r := b.of(t, flags)
		r.Claims = c.claims
		_, err := b.token(t, r)
		unfit, ok := errors.AsType[*plugin.MachineError](err)
		hint, whole := strings.CutSuffix(c.hint, "$")
		if !ok || failure.Of(err) != c.class || !strings.Contains(unfit.What, c.what) || !strings.Contains(unfit.Hint, hint) || whole && !strings.HasSuffix(unfit.Hint, hint) || strings.Contains(err.Error()+unfit.Hint, "reboot") {
			t.Errorf("%s: %v (%v)\n%+v", name, err, failure.Of(err), unfit)
		}
	}
	for login, program := range map[string]string{"azurecli": "az", "azd": "azd"} {
		b := newBench(t)
		b.call.Environ = func() ([]string, error) { return []string{"PATH=" + b.dir}, nil }
		_, err := b.token(t, b.of(t, map[string]string{config.Login: login}))
		if unfit, ok := errors.AsType[*plugin.MachineError](err); !ok || failure.Of(err) != failure.Config || !strings.HasPrefix(unfit.What, program+" is not installed") || !strings.Contains(unfit.Hint, "https://") {
			t.Errorf("%s that is not there: %+v", program, err)
		}
	}
}

// One that hangs, with all that it has started, is ended at the limit: nobody is reached.
func TestProgramHangs(t *testing.T) {
	b := newBench(t)
	b.write(t, "az", "echo begun >&2; sleep 300; exit 0")
	r := b.of(t, map[string]string{config.Login: "azurecli"})
	b.call.limit = 200 * time.Millisecond
	_, err := b.token(t, r)
	if unfit, ok := errors.AsType[*plugin.MachineError](err); !ok || failure.Of(err) != failure.Network || !strings.Contains(unfit.What, "az took longer than") || !strings.Contains(unfit.Hint, "run it yourself") || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// They have access tokens of people and applications, and nothing else.
func TestProgramsHaveNoIDToken(t *testing.T) {
	for _, login := range []string{"azurecli", "azd"} {
		b := newBench(t)
		r := b.of(t, map[string]string{config.Login: login})
		r.Kind = cache.ID
		if _, err := b.token(t, r); failure.Of(err) != failure.Config || !strings.Contains(err.Error(), "no ID token") {
			t.Errorf("%s: %v", login, err)
		}
	}
}

// The folder of az that the settings name is the one that it is run with, whatever stands in the environment.
func TestFolderOfAz(t *testing.T) {
	b := newBench(t, "AZURE_CONFIG_DIR=/of/the/environment")
	b.write(t, "az", `echo "ERROR: $AZURE_CONFIG_DIR: Please run 'az login' to setup account." >&2; exit 1`)
	for flag, want := range map[string]string{"/of/a/flag": "(with AZURE_CONFIG_DIR=/of/a/flag", "/of/the/environment": "az login"} {
		_, err := b.token(t, b.of(t, map[string]string{config.Login: "azurecli", config.AzureConfigDir: flag}))
		unfit, ok := errors.AsType[*plugin.MachineError](err)
		if !ok || !strings.Contains(unfit.Hint, want) || !strings.Contains(unfit.Err.Error(), flag) || strings.Contains(unfit.Hint, "environment") {
			t.Errorf("%s: %+v", flag, err)
		}
	}
}
