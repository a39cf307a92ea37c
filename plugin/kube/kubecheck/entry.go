package kubecheck

import (
	"path"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// Runs reports whether e runs entralogin's get-token, going by its command's name, or by the file where that
// is this very program.
func (m Machine) Runs(e kubeconfig.Exec, path string) bool {
	if kubeconfig.IsOurs(e) || !kubeconfig.HasGetToken(e) {
		return kubeconfig.IsOurs(e)
	}
	file, err := m.Resolve(e.Command, path)
	return err == nil && m.IsSelf(file)
}

// CheckUser says what stands in a user entry that does not run entralogin. The command add writes it anew, beside writes
// another one for the context, and convert turns that of another plugin into ours.
func CheckUser(u kubeconfig.User, add, beside, convert string) check.Finding {
	e, ok := u.Plugin()
	if !ok {
		return Entry.Fail(failure.Config, "the user entry has no exec section: it holds %s, and entralogin is not run", credentials(u)).
			Or("to give the context a user entry of entralogin: %s", beside)
	}
	if e.Command == "" {
		return Entry.Fail(failure.Config, "the exec section has no command").Or("%s", rewrite(add))
	}
	return Entry.Fail(failure.Config, "the user entry runs %q, not get-token of entralogin", place(e.Command)).
		Or("to turn the entry of another plugin into ours, where that can be done: %s", convert)
}

// credentials says what a user entry holds in place of an exec section, without any of its values.
func credentials(u kubeconfig.User) string {
	var found []string
	for _, kind := range []struct {
		words string
		holds bool
	}{
		{"a client certificate", u.ClientCertificate != "" || u.ClientCertificateData != nil},
		{"a token", u.Token+u.TokenFile != ""},
		{"a user name and a password", u.Username+u.Password != ""},
		{"an auth-provider", u.AuthProvider != nil},
	} {
		if kind.holds {
			found = append(found, kind.words)
		}
	}
	if found == nil {
		return "no credentials"
	}
	return strings.Join(found, " and ")
}

// CheckExec looks at the exec section as client-go does before it runs anything. The command add writes an entry with the
// same arguments.
func CheckExec(u kubeconfig.User, cluster kubeconfig.Cluster, add string) []check.Finding {
	e, _ := u.Plugin()
	again := rewrite(add)
	found := []check.Finding{checkVersion(e, again), checkMode(e, again), checkClusterInfo(e, cluster, again)}
	others := credentials(u)
	if others != "no credentials" {
		found = append(found, Entry.Fail(failure.Config, "beside exec the user entry holds %s: kubectl refuses the two together, or uses that one", others).
			Or("take all but exec out of the user entry, or have it written anew: %s --overwrite", add))
	}
	for _, v := range e.Env {
		if v.Name == "" {
			found = append(found, Entry.Fail(failure.Config, "env has a variable without a name: kubectl refuses the entry").Or("take it out"))
		}
	}
	return found
}

func rewrite(add string) string { return "to write the entry as it should be: " + add }

func checkVersion(e kubeconfig.Exec, again string) check.Finding {
	switch e.APIVersion {
	case kube.V1:
		return Entry.Good("apiVersion is %s", kube.V1)
	case kube.V1Beta1:
		return Entry.Warn("apiVersion is %s, which works and is deprecated", kube.V1Beta1).Or("%s", again)
	}
	return Entry.Fail(failure.Config, "apiVersion is %q; %s and %s work", name(e.APIVersion), kube.V1, kube.V1Beta1).Or("%s", again)
}

// CheckAnswer compares the version that get-token answers in, where nothing in the call names one but the entry, with
// what the entry says. kubectl and client-go since 1.20 name it; other clients refuse what they get then.
func CheckAnswer(e kubeconfig.Exec, version string) []check.Finding {
	if _, works := kube.Version(e.APIVersion); !works || version == e.APIVersion {
		return nil
	}
	return []check.Finding{Entry.Warn("a client that passes no KUBERNETES_EXEC_INFO (Java's, Ruby's, fabric8, client-go before 1.20) would be answered in %s, not in the apiVersion of the entry, and refuses that; kubectl passes it",
		path.Base(version)).Or("add --exec-api-version=%s to the args of the entry", name(e.APIVersion))}
}

func checkMode(e kubeconfig.Exec, again string) check.Finding {
	switch e.InteractiveMode {
	case "IfAvailable":
		return Entry.Good("interactiveMode is IfAvailable")
	case "Never":
		return Entry.Good("interactiveMode is Never: a person who has to sign in is asked all the same, on standard error")
	case "Always":
		return Entry.Warn("interactiveMode is Always: without a terminal on standard input (kubectl apply -f -, CI, an editor) kubectl fails and runs no plugin").
			Or("set interactiveMode: IfAvailable; %s", again)
	case "":
		if e.APIVersion != kube.V1 {
			return Entry.Good("interactiveMode is not set, which stands for IfAvailable in %s", name(e.APIVersion))
		}
		return Entry.Fail(failure.Config, "interactiveMode is not set: kubectl refuses that in %s", kube.V1).Or("set interactiveMode: IfAvailable; %s", again)
	}
	return Entry.Fail(failure.Config, "interactiveMode is %q; it has to be IfAvailable, Never or Always", name(string(e.InteractiveMode))).Or("%s", again)
}

// longestVariable is how many bytes Linux lets one variable have; the CA is passed in one, in base64.
const longestVariable = 128 << 10

func checkClusterInfo(e kubeconfig.Exec, cluster kubeconfig.Cluster, again string) check.Finding {
	config := kubeconfig.InfoConfig(cluster)
	switch size := kubeconfig.CASize(cluster)*4/3 + int64(len(config)); {
	case e.ProvideClusterInfo && size > longestVariable-1024:
		return Entry.Fail(failure.Config, "provideClusterInfo is true, and the cluster's certificate-authority is too large to be passed to a plugin (%d KiB): on Linux it is not run", size>>10).
			Or("keep only the certificates that sign for the API server, or set provideClusterInfo: false")
	case e.ProvideClusterInfo:
		only := ""
		if config != nil {
			only = ", but not for clients in Python, JavaScript, Java and Ruby, which pass none: they need its settings in args"
		}
		return Entry.Good("provideClusterInfo is true: a prompt names the cluster, and its extension counts%s", only)
	case config != nil:
		return Entry.Warn("provideClusterInfo is not true: entralogin is not told which cluster asks, no prompt names it, and the settings in its extension do not count").
			Or("set provideClusterInfo: true; %s", again)
	}
	return Entry.Warn("provideClusterInfo is not true: entralogin is not told which cluster asks, and no prompt names it").Or("set provideClusterInfo: true; %s", again)
}
