package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubecheck"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// pluginRun is get-token as kubectl would run it, up to the point where it would do something.
type pluginRun struct {
	*app
	stderr *bytes.Buffer
	own    map[string]string // the variables that the user entry sets
}

// asGetToken reads the args of an exec section as get-token does, in the environment that it would have.
func (c *checkup) asGetToken(e kubeconfig.Exec, cluster kubeconfig.Cluster) (*pluginRun, *check.Finding) {
	run := &pluginRun{stderr: new(bytes.Buffer), own: map[string]string{}}
	for _, v := range e.Env {
		run.own[v.Name] = v.Value
	}
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"} {
		if run.own[name] != "" {
			f := kubecheck.Settings.Unchecked("settings and token: the user entry sets %s, and so get-token has other folders than this program", name).
				Or("run the check with %s set to the same", name)
			if run.own[name] != c.getenv(name) {
				f = f.Stop()
				return nil, &f
			}
		}
	}
	info := passed(e, cluster)
	run.app = &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: run.stderr, screen: c.screen, now: c.now,
		lookup: func(name string) (string, bool) {
			if name == execInfo {
				return info, true
			}
			if value, ok := run.own[name]; ok {
				return value, true
			}
			return c.lookup(name)
		}}
	if err := run.parse(e.Args); err != nil {
		f := c.failed(kubecheck.Settings, err).Stop()
		return nil, &f
	}
	return run, nil
}

// passed is the ExecCredential that kubectl passes.
func passed(e kubeconfig.Exec, cluster kubeconfig.Cluster) string {
	type object map[string]any
	spec := object{"interactive": false}
	if e.ProvideClusterInfo {
		of := object{"server": cluster.Server, "tls-server-name": cluster.TLSServerName}
		if cluster.InfoConfig != nil {
			of["config"] = cluster.InfoConfig
		}
		spec["cluster"] = of
	}
	version := e.APIVersion
	if version != kube.V1Beta1 {
		version = kube.V1 // what else stands there has been said already
	}
	text, err := json.Marshal(object{"kind": "ExecCredential", "apiVersion": version, "spec": spec})
	if err != nil {
		return ""
	}
	return string(text)
}

// parse takes the flags of get-token, and runs nothing.
func (run *pluginRun) parse(args []string) error {
	root := run.rootCommand()
	root.SetArgs(args)
	cmd, _, err := root.Find(args)
	if err != nil || cmd.Name() != "get-token" {
		return usagef("the args are none of get-token")
	}
	parsed := false
	cmd.RunE = func(*cobra.Command, []string) error { parsed = true; return nil }
	if err := root.Execute(); err != nil {
		return err
	}
	if !parsed {
		return usagef("the args ask for help, not for a token")
	}
	run.verbose = 0
	return nil
}

// failed makes a finding of an error that get-token would end with.
func (a *app) failed(topic check.Topic, err error) check.Finding {
	f := a.explainFailure(err)
	class := failure.Config
	if f.code == exitStorage {
		class = failure.Storage
	}
	var input *kube.InputError
	switch {
	case errors.As(err, &input):
		return topic.Fail(class, "%s", f.lines[0]).Or("mend the extension client.authentication.k8s.io/exec of the cluster")
	case f.code == exitUsage: // the args may hold a secret of another plugin's
		return topic.Fail(class, "%s", text.Redact(f.lines[0], 400)).
			Or("entralogin get-token --help lists the flags; entralogin kubeconfig add writes the entry anew")
	}
	return topic.Fail(class, "%s", f.lines[0]).Or("%s", strings.Join(f.lines[1:], " "))
}

// settle resolves the settings and opens the cache. The Store is nil where get-token would end with an error.
func (run *pluginRun) settle() (plugin.Request, *cache.Store, []check.Finding) {
	front, tokens, err := run.kubeFront()
	if err != nil {
		return plugin.Request{}, nil, []check.Finding{run.failed(kubecheck.Settings, err).Stop()}
	}
	r, err := front.Request()
	if err != nil {
		return plugin.Request{}, nil, []check.Finding{run.failed(kubecheck.Settings, err).Stop()}
	}
	found := run.origins(front.Info, r)
	if r.Renew {
		found = append(found, kubecheck.Settings.Warn("the args hold --%s: each run of kubectl renews the token", forceRefresh).
			Or("take it out; by hand it is of use once, after a change of roles"))
	}
	cached, ok := tokens.TokenSource.(*plugin.Cached)
	if !ok {
		return r, nil, append(found, kubecheck.Token.Unchecked("what is stored: there is no cache").Stop())
	}
	return r, cached.Store, found
}

// origins says what each setting is and where it stands.
func (run *pluginRun) origins(info kube.Info, r plugin.Request) []check.Finding {
	cluster, _ := info.Settings() // they have been read before
	s, _, err := run.kubeSettings(cluster)
	if err != nil {
		return nil
	}
	where := func(names ...string) string {
		for _, l := range s {
			for _, name := range names {
				if _, origin, ok := l.get(name); ok {
					return run.origin(origin)
				}
			}
		}
		return "default"
	}
	var found []check.Finding
	say := func(what, value, origin string) {
		found = append(found, kubecheck.Settings.Good("%s is %s (%s)", what, text.Short(value, 200), origin))
	}
	say("the sign-in service", r.Authority, where(authorityHost, environment))
	say(tenantID, r.Tenant, where(tenantID))
	say(clientID, r.Client, where(clientID))
	if len(r.Scopes) > 0 {
		named := serverID
		if value, _ := s.get(scope); value != "" {
			named = scope
		}
		say(scope, strings.Join(r.Scopes, " "), where(named))
	}
	say(tokenKind, string(r.Kind), where(tokenKind))
	if r.Account != "" {
		say(account, r.Account, where(account))
	}
	if r.Unattended != "" {
		found = append(found, kubecheck.Settings.Good("nobody is asked for a sign-in (%s)", r.Unattended))
	}
	return found
}

// origin says of a variable whether it stands in the kubeconfig or in this shell, which other programs lack.
func (run *pluginRun) origin(name string) string {
	if strings.HasPrefix(name, "--") || strings.ToUpper(name) != name {
		return name
	}
	if _, ok := run.own[name]; ok {
		return name + " in env of the user entry"
	}
	return name + " of this environment, which other programs may not have"
}

// noted makes findings of what get-token has said on standard error since it was asked last.
func (run *pluginRun) noted() []check.Finding {
	var found []check.Finding
	defer run.stderr.Reset()
	for line := range strings.Lines(run.stderr.String()) {
		f := kubecheck.Settings.Warn("%s", strings.TrimPrefix(strings.TrimSpace(line), prefix))
		if !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	return found
}
