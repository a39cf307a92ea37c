//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestMachines has kubectl sign in in each way of a machine, by an entry that says so: nobody is asked, and a second kubectl
// asks nothing of anybody.
func TestMachines(t *testing.T) {
	app := []string{"--client-id", entratest.DaemonID, "--tenant-id", entratest.TenantContoso}
	for login, way := range map[string]func(h *home, app *entratest.Application) (args []string, err error){
		"spn": func(h *home, a *entratest.Application) ([]string, error) {
			h.write("secret", 0o600, a.AddSecret(time.Hour))
			return append(app, "--client-secret-file", filepath.Join(h.dir, "secret")), nil
		},
		"spn, certificate": func(h *home, a *entratest.Application) ([]string, error) {
			c := entratest.NewCertificate(h.sim, entratest.CertificateOptions{Subject: "daemon"})
			a.AddCertificate(c)
			h.write("app.pem", 0o600, string(c.PEM()))
			return append(app, "--client-certificate", filepath.Join(h.dir, "app.pem")), nil
		},
		"federated": func(h *home, a *entratest.Application) ([]string, error) {
			issuer := h.trusted(a, "a job")
			h.env = append(h.env, "JOB_TOKEN="+issuer.Sign(entratest.Assertion{Subject: "a job"}))
			return append(app, "--assertion-env", "JOB_TOKEN"), nil
		},
		"workloadidentity": func(h *home, a *entratest.Application) ([]string, error) {
			issuer := h.trusted(a, "a pod")
			h.write("token", 0o644, issuer.Sign(entratest.Assertion{Subject: "a pod"}))
			h.env = append(h.env, "AZURE_CLIENT_ID="+entratest.DaemonID, "AZURE_TENANT_ID="+entratest.TenantContoso, "AZURE_FEDERATED_TOKEN_FILE="+filepath.Join(h.dir, "token"))
			return nil, nil
		},
		"githubactions": func(h *home, a *entratest.Application) ([]string, error) {
			r, err := entratest.StartGitHub(h.sim, h.trusted(a, entratest.GitHubSubject))
			return app, h.lives(r, err)
		},
		"azurepipelines": func(h *home, a *entratest.Application) ([]string, error) {
			r, err := entratest.StartPipelines(h.sim, h.trusted(a, entratest.PipelinesSubject), entratest.DaemonID)
			return nil, h.lives(r, err)
		},
		"msi": func(h *home, a *entratest.Application) ([]string, error) {
			m, err := entratest.StartAppService(h.sim)
			if err == nil {
				h.t.Cleanup(m.Close)
				h.env = append(h.env, m.Env...)
			}
			return nil, err
		},
		"azurecli": (*home).borrowed,
		"azd":      (*home).borrowed,
	} {
		t.Run(login, func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newHome(t)
				h.env = append(h.env, "SSL_CERT_FILE="+filepath.Join(h.dir, ".config", "entralogin", "ca.pem"))
				word, _, _ := strings.Cut(login, ",")
				args, err := way(h, h.sim.Applications.Get(entratest.DaemonID))
				if err != nil {
					t.Fatal(err)
				}
				h.user.Args = slices.Concat([]string{"get-token", "--login", word, "--server-id", entratest.ServerID, "--authority-host", h.sim.URL}, args)
				c := h.newCluster(entratest.ServerID)
				before := h.sim.Requests("token")
				for range 2 {
					if _, stderr := h.succeed(k, "get", "configmaps", "--output", "name"); strings.Contains(stderr, "entralogin:") {
						t.Error(stderr)
					}
				}
				who := any(entratest.DaemonID)
				if word == "msi" {
					who = entratest.SystemIdentity().ClientID
				}
				for _, r := range c.log() {
					if r.claims["azp"] != who {
						t.Errorf("%s %s: %d, a token of %v", r.method, r.path, r.status, r.claims)
					}
				}
				c.oneToken(t)
				if n := h.sim.Requests("token") - before; n > 1 {
					t.Errorf("%d exchanges", n)
				}
				h.requests(0, -1)
			})
		})
	}
}

// trusted is an issuer that the application trusts for a subject.
func (h *home) trusted(app *entratest.Application, subject string) *entratest.FederatedIssuer {
	issuer := entratest.NewFederatedIssuer(h.sim, "")
	app.AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: subject})
	return issuer
}

// lives gives kubectl the environment of a job.
func (h *home) lives(r *entratest.Runner, err error) error {
	if err == nil {
		h.t.Cleanup(r.Close)
		h.env = append(h.env, r.Env...)
	}
	return err
}

// borrowed puts programs named az and azd beside entralogin, which have a token.
func (h *home) borrowed(app *entratest.Application) ([]string, error) {
	token, err := h.machineToken(app)
	if err != nil {
		return nil, err
	}
	expires := time.Now().Add(time.Hour)
	az, err := json.Marshal(map[string]any{"accessToken": token, "expires_on": expires.Unix(), "expiresOn": expires.Format("2006-01-02 15:04:05.000000"), "tokenType": "Bearer"})
	azd, err2 := json.Marshal(map[string]any{"token": token, "expiresOn": expires.UTC().Format(time.RFC3339)})
	h.write("bin/az", 0o700, fmt.Sprintf("#!/bin/sh\necho '%s'\n", az))
	h.write("bin/azd", 0o700, fmt.Sprintf("#!/bin/sh\necho '%s'\n", azd))
	return []string{"--tenant-id", entratest.TenantContoso}, errors.Join(err, err2)
}

// machineToken is one that an application has got for the cluster.
func (h *home) machineToken(app *entratest.Application) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ClientID()}, "client_secret": {app.AddSecret(time.Hour)}, "scope": {entratest.ServerID + "/.default"}}
	resp, err := h.sim.Client().PostForm(h.sim.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", form)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return answer.AccessToken, err
}
