package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A canaryWay is one in which a machine signs in, with what is secret there.
type canaryWay struct {
	endpoints []string                                // that may answer with what is secret
	set       func(c *canary, outside vault) []string // prepares it, and returns the flags of get-token
	git       bool                                    // git-credential instead
}

// A vault is a folder outside of the canary's home: what lies in it the person has put there.
type vault string

func (v vault) put(c *canary, name, text string, mode fs.FileMode) string {
	c.t.Helper()
	path := filepath.Join(string(v), name)
	if err := errors.Join(os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode)); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// canaryPassword is that of certificates.
const canaryPassword = "5a2d8c4e6f1b-opens-the-key-3d9c"

// canaryWays are all ways of machines that need no fixed address.
func canaryWays() map[string]canaryWay {
	token := []string{"token"}
	spn := func(c *canary) (app *entratest.Application, secret string) {
		c.env = append(c.env, "ENTRALOGIN_LOGIN=spn", "ENTRALOGIN_CLIENT_ID="+entratest.DaemonID)
		app = c.sim.Applications.Get(entratest.DaemonID)
		return app, app.AddSecret(time.Hour)
	}
	certificate := func(c *canary) *entratest.Certificate {
		app, _ := spn(c)
		own := entratest.NewCertificate(c.sim, entratest.CertificateOptions{Subject: "daemon"})
		app.AddCertificate(own)
		c.secrets = append(c.secrets, canaryPassword)
		return own
	}
	assertion := func(c *canary, login string) (*entratest.FederatedIssuer, string) {
		issuer := c.trustIssuer(entratest.GitHubSubject, "ENTRALOGIN_LOGIN="+login)
		return issuer, issuer.Sign(entratest.Assertion{Subject: entratest.GitHubSubject, Life: time.Hour})
	}
	place := func(start func(*entratest.Server) (*entratest.Machine, error)) func(*canary, vault) []string {
		return func(c *canary, _ vault) []string {
			m, err := start(c.sim)
			if err != nil {
				c.t.Fatal(err)
			}
			c.t.Cleanup(m.Close)
			c.env = append(slices.Clone(c.env), append(m.Env, "ENTRALOGIN_LOGIN=msi")...)
			return nil
		}
	}
	return map[string]canaryWay{
		"secret in a file": {endpoints: token, set: func(c *canary, v vault) []string {
			_, secret := spn(c)
			return []string{"--client-secret-file", v.put(c, "secret", secret, 0o600)}
		}},
		"secret in a variable": {endpoints: token, set: func(c *canary, _ vault) []string {
			_, secret := spn(c)
			c.env = append(c.env, "AZURE_CLIENT_SECRET="+secret)
			return nil
		}},
		"secret in a flag": {endpoints: token, set: func(c *canary, _ vault) []string {
			_, secret := spn(c)
			return []string{"--client-secret", secret}
		}},
		"certificate": {endpoints: token, set: func(c *canary, v vault) []string {
			return []string{"--client-certificate", v.put(c, "daemon.pem", string(certificate(c).PEM()), 0o600)}
		}},
		"certificate with a password": {endpoints: token, set: func(c *canary, v vault) []string {
			path := v.put(c, "daemon.pfx", string(certificate(c).PFX(canaryPassword, false)), 0o600)
			c.env = append(c.env, "AZURE_CLIENT_CERTIFICATE_PASSWORD="+canaryPassword)
			return []string{"--client-certificate", path, "--send-certificate-chain"}
		}},
		"password in a flag": {endpoints: token, set: func(c *canary, v vault) []string {
			path := v.put(c, "daemon.pfx", string(certificate(c).PFX(canaryPassword, true)), 0o600)
			return []string{"--client-certificate", path, "--client-certificate-password", canaryPassword}
		}},
		"proof of possession": {endpoints: token, set: func(c *canary, v vault) []string {
			_, secret := spn(c)
			return []string{"--client-secret-file", v.put(c, "secret", secret, 0o600), "--pop-enabled", "--pop-claims", "u=" + arcCluster}
		}},
		"assertion in a file": {endpoints: token, set: func(c *canary, v vault) []string {
			_, text := assertion(c, "workloadidentity")
			c.env = append(c.env, "AZURE_FEDERATED_TOKEN_FILE="+v.put(c, "token", text, 0o600))
			return nil
		}},
		"assertion in a variable": {endpoints: token, set: func(c *canary, _ vault) []string {
			_, text := assertion(c, "federated")
			c.env = append(c.env, "JOB_TOKEN="+text)
			return []string{"--assertion-env", "JOB_TOKEN"}
		}},
		"assertion of a program": {endpoints: token, set: func(c *canary, v vault) []string {
			_, text := assertion(c, "federated")
			return []string{"--assertion-command", v.program(c, "issue", text)}
		}},
		"assertion of an identity": {endpoints: []string{"token", "appservice"}, set: func(c *canary, v vault) []string {
			app := c.sim.Applications.Get(entratest.DaemonID)
			app.AddFederated(entratest.FederatedCredential{Issuer: c.sim.URL + "/" + entratest.TenantContoso + "/v2.0", Subject: entratest.SystemIdentity().ObjectID})
			place(entratest.StartAppService)(c, v)
			c.env = append(c.env, "ENTRALOGIN_LOGIN=federated", "ENTRALOGIN_CLIENT_ID="+entratest.DaemonID)
			return []string{"--assertion-identity", "system"}
		}},
		"job of GitHub's": {endpoints: []string{"token", "github"}, set: func(c *canary, _ vault) []string {
			issuer, _ := assertion(c, "githubactions")
			c.job(entratest.StartGitHub(c.sim, issuer))
			return nil
		}},
		"job of Azure Pipelines": {endpoints: []string{"token", "pipelines"}, set: func(c *canary, _ vault) []string {
			issuer := c.trustIssuer(entratest.PipelinesSubject, "ENTRALOGIN_LOGIN=azurepipelines")
			c.job(entratest.StartPipelines(c.sim, issuer, entratest.DaemonID))
			return nil
		}},
		"App Service":    {endpoints: []string{"appservice"}, set: place(entratest.StartAppService)},
		"Azure ML":       {endpoints: []string{"azureml"}, set: place(entratest.StartAzureML)},
		"Service Fabric": {endpoints: []string{"servicefabric"}, set: place(entratest.StartServiceFabric)},
		"az":             {set: func(c *canary, v vault) []string { return v.signedIn(c, "az", "azurecli") }},
		"azd":            {set: func(c *canary, v vault) []string { return v.signedIn(c, "azd", "azd") }},
		"Git's manager":  {endpoints: token, git: true, set: (*canary).manager},
	}
}

// program writes one that does what stands in the file NAME.says, which a shell reads: it prints a text, at first.
func (v vault) program(c *canary, name, text string) string {
	c.t.Helper()
	path := filepath.Join(string(v), name)
	v.put(c, name+".says", "cat "+v.put(c, name+".answer", text, 0o600)+"\n", 0o600)
	if err := entratest.WriteProgram(path, "#!/bin/sh\n. "+path+".says\n"); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// signedIn puts a program on the PATH which prints a token, as az and azd do.
func (v vault) signedIn(c *canary, name, login string) []string {
	c.t.Helper()
	secret := c.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
	env := c.env
	c.env = append(slices.Clone(env), "ENTRALOGIN_CACHE_DIR="+filepath.Join(string(v), "cache"), "ENTRALOGIN_CLIENT_SECRET="+secret)
	r := c.call("entralogin", "account", "get-access-token", "--login", "spn", "--client-id", entratest.DaemonID, "--resource", entratest.ServerID, "-o", "json")
	var got struct{ AccessToken string }
	if err := json.Unmarshal(r.out.Bytes(), &got); err != nil {
		c.t.Fatal(err, string(r.err.Bytes()))
	}
	expires := time.Now().Add(time.Hour)
	answer, err := json.Marshal(map[string]any{"accessToken": got.AccessToken, "expires_on": expires.Unix(), "expiresOn": expires.Format("2006-01-02 15:04:05.000000"), "tokenType": "Bearer"})
	if name == "azd" {
		answer, err = json.Marshal(map[string]any{"token": got.AccessToken, "expiresOn": expires.UTC().Format(time.RFC3339)})
	}
	if err != nil {
		c.t.Fatal(err)
	}
	v.program(c, name, string(answer))
	c.env = append(env, "PATH="+string(v)+":"+os.Getenv("PATH"), "ENTRALOGIN_LOGIN="+login)
	return nil
}

// manager has git-credential read the settings of Git Credential Manager.
func (c *canary) manager(v vault) []string {
	secret := c.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
	config := "[credential]\n\tazreposServicePrincipal = " + entratest.TenantContoso + "/" + entratest.DaemonID + "\n\tazreposServicePrincipalSecret = " + secret + "\n"
	c.env = append(c.env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+v.put(c, "gitconfig", config, 0o600))
	return []string{v.put(c, "asked", frontEnds()["git"].in, 0o600)}
}

// call is one for a token in this way, at the highest verbosity.
func (w canaryWay) call(flags []string, more ...string) []string {
	if w.git {
		return []string{"sh", "-c", `exec entralogin git-credential -vv get <"$0"`, flags[0]}
	}
	return slices.Concat([]string{"entralogin", "get-token", "-vv", "--server-id", entratest.ServerID}, flags, more)
}

// TestCanaryWays is TestCanary for each way of machines: no piece of a secret, of a key, of its password, of an assertion, of
// what a job or a machine was given or of a token stands in what programs say, in any list of processes, or in any file but
// where the person put it; the cache has tokens and keys, each in its folder, and nothing else that is secret.
func TestCanaryWays(t *testing.T) {
	t.Parallel()
	turns := large(t, canaryVariable, 1)
	var wait sync.WaitGroup
	var all []*canary
	for name, way := range canaryWays() {
		c := &canary{house: newHouse(t, "GODEBUG=http2debug=2", "GOTRACEBACK=crash"), hay: new(haystack)}
		all = append(all, c)
		outside := vault(t.TempDir())
		wait.Go(func() { c.machine(name, way, outside, turns) })
	}
	wait.Wait()
	runs, secrets, said := 0, 0, 0
	for _, c := range all {
		runs, secrets, said = runs+c.runs, secrets+len(c.secrets), said+c.hay.bytes
	}
	if t.Logf("%d secrets, none in the %d bytes that %d programs left", secrets, said, runs); runs < 200*turns || secrets < 200 {
		t.Errorf("only %d programs and %d secrets: the test has lost its sense", runs, secrets)
	}
}

// machine meets the faults of each place that answers. The token that a call prints is none of what is looked for in it.
func (c *canary) machine(name string, way canaryWay, outside vault, turns int) {
	flags := way.set(c, outside)
	c.ask(name, way.call(flags), true)
	for _, words := range []string{"doctor -v", "cache list -o json", "config show", "status", "whoami"} {
		c.say(append([]string{"entralogin"}, strings.Fields(words)...)...)
	}
	for nth, endpoint := range way.endpoints {
		for i, f := range canaryFaults(c.knownTo(endpoint, len(name))) {
			if f.endpoint != "token" || f.at != atRenewal || (i+nth+len(name))%3 >= turns {
				continue
			}
			c.forget(way)
			c.sim.Fault(endpoint, f.fault)
			c.ask(name, way.call(flags, "--force-refresh"), false)
			c.sim.ClearFaults()
		}
	}
	c.misprint(name, way, outside, flags)
	c.hang(name, way, outside, flags)
	c.forget(way)
	c.ask(name, way.call(flags), true)
	c.searchAll(name)
}

// knownTo is the nth secret that an endpoint was sent, or may have been. The token service is never sent what a program is
// given on its machine, which looks like an ID of anything.
func (c *canary) knownTo(endpoint string, nth int) string {
	known := slices.DeleteFunc(c.sim.Secrets(), func(secret string) bool { return endpoint == "token" && len(secret) == 36 })
	return known[nth%len(known)]
}

// forget has git-credential, which knows no --force-refresh, ask anew.
func (c *canary) forget(way canaryWay) {
	if way.git {
		c.say("entralogin", "cache", "clear")
	}
}

// ask calls for a token, of which the output is no leak.
func (c *canary) ask(name string, args []string, gets bool) {
	c.t.Helper()
	r := c.finish(args)
	out := r.out.Bytes()
	if r.cmd.ProcessState.Success() {
		out = bytes.Replace(out, []byte(findToken(string(out))), nil, 1)
	} else if gets {
		c.t.Errorf("%s: %v: %s", name, r.cmd.ProcessState, r.err.Bytes())
	}
	c.note(r, out)
}

// misprint has a program that is run print its answer where and how it does not belong.
func (c *canary) misprint(name string, way canaryWay, outside vault, flags []string) {
	answers, _ := filepath.Glob(filepath.Join(string(outside), "*.answer"))
	for _, path := range answers {
		program := strings.TrimSuffix(path, ".answer")
		good, err := os.ReadFile(program + ".says")
		if err != nil {
			c.t.Error(err)
		}
		for _, says := range []string{"cat %[1]s >&2; exit 1", "cat %[1]s; cat %[1]s", "head -c 500 %[1]s", "cat %[1]s; exit 1", "cat %[1]s >&2; cat %[1]s",
			`echo "ERROR: $(cat %[1]s)" >&2; exit 1`, "echo; cat %[1]s; echo x"} {
			outside.put(c, filepath.Base(program)+".says", fmt.Sprintf(says, path)+"\n", 0o600)
			c.ask(name, way.call(flags, "--force-refresh"), false)
		}
		outside.put(c, filepath.Base(program)+".says", string(good), 0o600)
	}
}

// hang looks at a call that waits for its answer, and at what it has started: nobody's command line has a secret but the
// caller's own, no environment has one that was not the caller's, and no core is written. Then the call is killed.
func (c *canary) hang(name string, way canaryWay, outside vault, flags []string) {
	c.forget(way)
	hung := func() bool { return c.sim.Requests(way.endpoints[0]) > 0 }
	if len(way.endpoints) > 0 {
		c.sim.ResetRequests()
		c.sim.Fault(way.endpoints[0], entratest.Fault{Delay: time.Minute})
	}
	answers, _ := filepath.Glob(filepath.Join(string(outside), "*.answer"))
	for _, path := range answers {
		started := filepath.Join(string(outside), "started")
		outside.put(c, strings.TrimSuffix(filepath.Base(path), ".answer")+".says", ": >"+started+"\nexec sleep 9\n", 0o600)
		hung = func() bool { _, err := os.Stat(started); return err == nil }
	}
	r := c.start(way.call(flags, "--force-refresh")...)
	if !until(hung) {
		c.t.Errorf("%s: nothing hangs: %s", name, r.err.Bytes())
	}
	pid := r.cmd.Process.Pid
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil || !regexp.MustCompile(`(?m)^Max core file size +0 +0 `).Match(limits) {
		c.t.Errorf("%s: the limit of core files: %v, %s", name, err, limits)
	}
	given := strings.Join(append(slices.Clone(flags), c.env...), "\x00")
	for _, one := range descendants(pid) {
		for _, list := range []string{"cmdline", "environ"} {
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", one, list))
			for part := range strings.SplitSeq(string(text), "\x00") {
				if list == "environ" && strings.Contains(given, part) || one == pid && strings.Contains(given, part) {
					continue
				}
				c.hay.add(fmt.Sprintf("%s: %s of process %d", name, list, one-pid), []byte(part))
			}
		}
	}
	c.files()
	r.cmd.Process.Kill()
	r.cmd.Wait()
	c.note(r, r.out.Bytes())
	c.sim.ClearFaults()
	for _, path := range answers {
		outside.put(c, strings.TrimSuffix(filepath.Base(path), ".answer")+".says", "cat "+path+"\n", 0o600)
	}
}

// descendants are a process and all that it has started.
func descendants(pid int) []int {
	all := []int{pid}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for word := range strings.FieldsSeq(string(text)) {
			var child int
			fmt.Sscan(word, &child)
			all = append(all, descendants(child)...)
		}
	}
	return all
}
