package credential

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
)

// daemon is a simulator with an application that signs in by itself, and what it was warned of.
type daemon struct {
	*entratest.Server
	*entratest.Application
	warned []string
}

func newDaemon(t *testing.T) *daemon {
	sim := entratest.NewServer()
	t.Cleanup(sim.Close)
	return &daemon{Server: sim, Application: sim.Applications.Get(entratest.DaemonID)}
}

// token is what the settings get, given as flags.
func (d *daemon) token(t *testing.T, credential string, flags map[string]string, more ...config.Layer) (cache.Token, error) {
	t.Helper()
	r := plugin.Request{Key: cache.Key{SessionID: cache.SessionID{Authority: d.Host, Client: entratest.DaemonID}, Tenant: entratest.TenantContoso,
		Kind: cache.Access, Credential: credential, Scopes: []string{entratest.ServerID + "/.default"}}}
	c := Call{Target: config.Target{Settled: config.Settled{Settings: config.Settings{config.Flags(flags)}.With(more...)}, Request: r},
		Service: &entra.Service{Authority: authority.Authority{Host: d.Host, Roots: d.CertPool()}},
		Getenv:  func(string) string { return "" },
		Explain: func(string) {},
		Warn:    func(s string) { d.warned = append(d.warned, s) }}
	source, err := c.Source()
	if err != nil {
		t.Fatal(err)
	}
	g, err := source.Token(t.Context(), r, cache.Session{})
	return g.Token, err
}

func write(t *testing.T, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// refused checks that an error is one in words about the configuration, which shows no secret.
func refused(t *testing.T, err error, what, secret string) {
	t.Helper()
	if err == nil || failure.Of(err) != failure.Config || !strings.Contains(err.Error(), what) {
		t.Errorf("%s: %v", what, err)
	}
	machine, ok := errors.AsType[*plugin.MachineError](err)
	if ok && !strings.Contains(machine.Hint, "turn") {
		t.Errorf("%s: the hint is %q", what, machine.Hint)
	}
	if secret != "" && (strings.Contains(err.Error(), secret) || ok && strings.Contains(machine.Hint, secret)) {
		t.Errorf("%s: %v", what, err)
	}
}

func TestSecret(t *testing.T) {
	d := newDaemon(t)
	secret := d.AddSecret(time.Hour)
	for what, flags := range map[string]map[string]string{
		"file": {config.ClientSecretFile: write(t, secret)}, "line": {config.ClientSecretFile: write(t, secret+"\n")}, "Windows' line": {config.ClientSecretFile: write(t, secret+"\r\n")},
		"variable": {config.ClientSecret: secret}, "the keyring is not meant": {config.ClientSecret: secret, config.ClientSecretKeyring: "false"},
	} {
		token, err := d.token(t, config.BySecret, flags)
		if err != nil || token.Value.IsZero() {
			t.Errorf("%s: %v", what, err)
		}
	}
	if d.Requests("token") != 5 {
		t.Errorf("%d requests", d.Requests("token"))
	}
	_, err := d.token(t, config.BySecret, map[string]string{config.ClientSecret: d.AddSecret(-time.Hour)})
	if service, ok := errors.AsType[*entra.Error](err); !ok || service.Explain().What != "the client secret has expired" {
		t.Errorf("expired: %v", err)
	}
}

func TestSecretRefuses(t *testing.T) {
	d := newDaemon(t)
	const secret = "sim8Q~thisIsTheSecretItself1234567890ab"
	file := write(t, secret)
	for what, flags := range map[string]map[string]string{
		"is empty":                        {config.ClientSecretFile: write(t, "")},
		"(--client-secret-file) is empty": {config.ClientSecretFile: write(t, "\n")},
		"is larger than 64 KiB":           {config.ClientSecretFile: write(t, strings.Repeat("a", 64<<10+1))},
		"holds NUL bytes":                 {config.ClientSecretFile: write(t, "s\x00e\x00")},
		"has several lines":               {config.ClientSecretFile: write(t, secret+"\n\n")},
		"can't be opened":                 {config.ClientSecretFile: secret},
		"two client secrets":              {config.ClientSecretFile: file, config.ClientSecretKeyring: "true"},
		"two client secrets are":          {config.ClientSecretFile: file, config.ClientSecret: secret},
		"client-secret-keyring is false":  {config.ClientSecretKeyring: "false"},
	} {
		_, err := d.token(t, config.BySecret, flags)
		refused(t, err, what, secret)
	}
	_, err := d.token(t, config.BySecret, map[string]string{config.ClientSecretFile: write(t, "")})
	if machine, ok := errors.AsType[*plugin.MachineError](err); !ok || !strings.Contains(machine.Hint, "turn: write it there") {
		t.Errorf("an empty file: %v", err)
	}
	t.Chdir(filepath.Dir(file))
	layer := config.Layer{Rank: config.ByCluster, Values: map[string]config.Value{config.ClientSecretFile: {Text: "file", Origin: "the cluster"}}, Foreign: true}
	_, err = d.token(t, config.BySecret, nil, layer)
	refused(t, err, "is no absolute path", secret)
	if d.Requests("*") != 0 {
		t.Errorf("%d requests", d.Requests("*"))
	}
}

// The assertion is taken: PS256 and x5t#S256, and with x5c where the application is known by its certificate's name.
func TestCertificate(t *testing.T) {
	d := newDaemon(t)
	authority := entratest.NewCertificate(d.Server, entratest.CertificateOptions{Subject: "authority", CA: true})
	middle := entratest.NewCertificate(d.Server, entratest.CertificateOptions{Subject: "middle", CA: true, Issuer: authority})
	registered := entratest.NewCertificate(d.Server, entratest.CertificateOptions{Subject: "daemon"})
	renewed := entratest.NewCertificate(d.Server, entratest.CertificateOptions{Subject: "daemon.contoso.example", Issuer: middle})
	d.AddCertificate(registered)
	d.TrustName("daemon.contoso.example", authority)
	for _, test := range []struct {
		c     *entratest.Certificate
		chain string
		fine  bool
	}{{registered, "", true}, {registered, "true", true}, {renewed, "1", true}, {renewed, "false", false}} {
		for _, data := range []string{string(test.c.PEM()), string(test.c.CertPEM()) + string(test.c.KeyPEM()), string(test.c.PFX(password, false))} {
			_, err := d.token(t, config.ByCertificate, map[string]string{config.ClientCertificate: write(t, data), config.SendCertificateChain: test.chain, config.ClientCertificatePassword: password})
			service, ok := errors.AsType[*entra.Error](err)
			if test.fine && err != nil || !test.fine && (!ok || service.AADSTS != 700027) {
				t.Errorf("%s, chain %q: %v", test.c.Chain[0].Subject, test.chain, err)
			}
		}
	}
	if len(d.warned) > 0 {
		t.Errorf("warned: %q", d.warned)
	}
}

// A certificate that has ended, or has not begun, is refused before anything is sent; one that ends soon is said.
func TestCertificateTime(t *testing.T) {
	d := newDaemon(t)
	file := func(life time.Duration) map[string]string {
		c := entratest.NewCertificate(d.Server, entratest.CertificateOptions{Subject: "daemon", Life: life})
		d.AddCertificate(c)
		return map[string]string{config.ClientCertificate: write(t, string(c.PEM()))}
	}
	_, err := d.token(t, config.ByCertificate, file(-time.Hour))
	refused(t, err, "has expired, on 2", "")
	_, err = d.token(t, config.ByCertificate, map[string]string{config.ClientCertificate: write(t, "x")})
	refused(t, err, "client-certificate (--client-certificate): /", "")
	if d.Requests("*") != 0 || len(d.warned) != 0 {
		t.Errorf("%d requests, warned: %q", d.Requests("*"), d.warned)
	}
	for life, warned := range map[time.Duration]int{31 * 24 * time.Hour: 0, 29 * 24 * time.Hour: 1} {
		d.warned = nil
		if _, err := d.token(t, config.ByCertificate, file(life)); err != nil || len(d.warned) != warned {
			t.Errorf("%v: %v, warned: %q", life, err, d.warned)
		}
	}
}
