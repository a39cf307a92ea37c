package kubecheck

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	sigsjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// maxKuberc is how many bytes of a kuberc are read.
const maxKuberc = 1 << 20

// preference is what is read of a kuberc: which credential plugins kubectl may run.
// https://kubernetes.io/docs/reference/config-api/kuberc.v1beta1/
type preference struct {
	version   string
	Policy    string       `json:"credentialPluginPolicy"`
	Allowlist []allowEntry `json:"credentialPluginAllowlist"`
}

// allowEntry has command since kubectl 1.36; in 1.35 it is name.
type allowEntry struct {
	Name    string `json:"name"`
	Command string `json:"command"`
}

const (
	kubercGroup = "kubectl.config.k8s.io/"
	kubercDocs  = "kubectl 1.35 and newer obey it"
)

// CheckAllowList says whether the kuberc of the user lets kubectl run the command of a kubeconfig. Helm and
// other programs read no kuberc.
func (m Machine) CheckAllowList(command, kubeconfig string) []check.Finding {
	path, named := m.kuberc()
	if path == "" {
		return []check.Finding{AllowList.Good("kubectl reads no kuberc, so every credential plugin may run")}
	}
	text, err := readSome(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return []check.Finding{AllowList.Good("there is no kuberc, so every credential plugin may run")}
	case err != nil && named:
		return []check.Finding{AllowList.Fail(failure.Config, "KUBERC names %s, which can't be read: kubectl ends with an error", place(path)).Or("mend the path, or unset KUBERC")}
	case err != nil:
		return []check.Finding{AllowList.Unchecked("%s can't be read", place(path))}
	}
	p, remedy := parseKuberc(text)
	if remedy != "" {
		f := AllowList.Warn("%s holds no preferences that kubectl takes; kubectl says so and runs every credential plugin", place(path))
		if named {
			f = AllowList.Fail(failure.Config, "KUBERC names %s, which holds no preferences that kubectl takes: kubectl ends with an error", place(path))
		}
		return []check.Finding{f.Or("%s", remedy)}
	}
	return []check.Finding{m.judge(p, path, command, kubeconfig)}
}

// kuberc is the file that kubectl reads, "" if it reads none. named says that a variable names it.
func (m Machine) kuberc() (path string, named bool) {
	switch value := m.Getenv("KUBERC"); {
	case value == "off" || strings.EqualFold(m.Getenv("KUBECTL_KUBERC"), "false"):
		return "", false
	case value != "":
		return value, true
	case m.Home == "":
		return "", false
	}
	return filepath.Join(m.Home, ".kube", "kuberc"), false
}

func readSome(path string) ([]byte, error) {
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxKuberc:
		return nil, fs.ErrInvalid
	}
	return os.ReadFile(path)
}

// parseKuberc returns the first document of a kuberc that holds preferences, or how to mend a kuberc that holds
// none. As in kubectl, a document that can't be read is passed over, one whose list has an entry with two commands
// as well, and fields that are not known, which those in another case are, don't count.
func parseKuberc(text []byte) (_ preference, remedy string) {
	for doc := range bytes.SplitSeq(append([]byte("\n"), text...), []byte("\n---")) {
		if len(bytes.TrimSpace(doc)) == 0 {
			continue
		}
		if remedy == "" {
			remedy = "it has to begin with apiVersion: kubectl.config.k8s.io/v1beta1 and kind: Preference"
		}
		next, ok := parsePreference(doc)
		switch {
		case !ok:
		case next.version == "v1beta1" && slices.ContainsFunc(next.Allowlist, allowEntry.ambiguous):
			remedy = "name and command of an entry of the credentialPluginAllowlist differ: take its name out"
		case next.version == "v1beta1", next.version == "v1alpha1":
			return next, ""
		}
	}
	return preference{}, remedy
}

// parsePreference reads one document. What it is counts in any case of letters, as in Kubernetes, the rest in one.
func parsePreference(doc []byte) (p preference, ok bool) {
	doc = bytes.TrimPrefix(bytes.TrimLeft(doc, "\r\n"), []byte("\xef\xbb\xbf")) // the byte order mark of some editors
	blob, err := yaml.YAMLToJSON(doc)
	if err != nil {
		return p, false
	}
	var is struct{ APIVersion, Kind string }
	if json.Unmarshal(blob, &is) != nil || is.Kind != "Preference" || sigsjson.UnmarshalCaseSensitivePreserveInts(blob, &p) != nil {
		return p, false
	}
	p.version, ok = strings.CutPrefix(is.APIVersion, kubercGroup)
	return p, ok
}

// judge decides as client-go does.
func (m Machine) judge(p preference, path, command, kubeconfig string) check.Finding {
	if p.version == "v1alpha1" && (p.Policy != "" || p.Allowlist != nil) {
		return AllowList.Warn("%s has a policy for credential plugins that kubectl ignores in %s", place(path), kubercGroup+p.version).
			Or("write apiVersion: kubectl.config.k8s.io/v1beta1 there")
	}
	switch p.Policy {
	case "", "AllowAll":
		if p.Allowlist != nil {
			return AllowList.Fail(failure.Config, "%s has a credentialPluginAllowlist without credentialPluginPolicy: Allowlist, which kubectl refuses", place(path)).
				Or("set the policy, or take the list out")
		}
		return AllowList.Good("%s lets every credential plugin run", place(path))
	case "DenyAll":
		return AllowList.Fail(failure.Config, "%s forbids every credential plugin (credentialPluginPolicy: DenyAll); %s", place(path), kubercDocs).
			Or("set credentialPluginPolicy: Allowlist there, with %s", entryFor(command))
	case "Allowlist":
		return m.judgeList(p.Allowlist, path, command, kubeconfig)
	}
	return AllowList.Fail(failure.Config, "%s has the credentialPluginPolicy %q, which kubectl refuses", place(path), name(p.Policy)).
		Or("it has to be AllowAll, DenyAll or Allowlist")
}

func (m Machine) judgeList(list []allowEntry, path, command, kubeconfig string) check.Finding {
	if len(list) == 0 {
		return AllowList.Fail(failure.Config, "%s has the policy Allowlist and no credentialPluginAllowlist, which kubectl refuses", place(path)).
			Or("add %s", entryFor(command))
	}
	for _, e := range list {
		if bad := e.bad(); bad != "" {
			return AllowList.Fail(failure.Config, "%s has a credentialPluginAllowlist with %s, which kubectl refuses", place(path), bad).Or("mend that entry")
		}
	}
	if !m.allowed(list, command, kubeconfig) {
		return AllowList.Fail(failure.Config, "%s does not list %q: kubectl will not run it; %s", place(path), place(command), kubercDocs).
			Or("add to its credentialPluginAllowlist: %s", entryFor(command))
	}
	if !slices.ContainsFunc(list, func(e allowEntry) bool { return e.Command != "" }) {
		return AllowList.Good("%s lists the command (with name:, which kubectl 1.36 calls command:)", place(path))
	}
	return AllowList.Good("%s lists the command", place(path))
}

// bad says what is wrong with an entry, "" if nothing is.
func (e allowEntry) bad() string {
	switch {
	case e.Command == "" && e.Name == "":
		return "an empty entry"
	case filepath.Clean(e.path()) != e.path():
		return "a path that is not in its shortest form (" + place(e.path()) + ")"
	}
	return ""
}

// ambiguous reports whether an entry names two commands.
func (e allowEntry) ambiguous() bool { return e.Command != "" && e.Name != "" && e.Command != e.Name }

func (e allowEntry) path() string { return cmp.Or(e.Command, e.Name) }

// allowed compares the command as it stands and the file that it is, with the entries as they stand and
// the files that they are. Links are not followed.
func (m Machine) allowed(list []allowEntry, command, kubeconfig string) bool {
	cmd := seenFrom(kubeconfig, command)
	file, err := m.Find(cmd)
	for _, e := range list {
		if e.path() == cmd || err == nil && e.path() == file {
			return true
		}
		if err != nil || filepath.Base(e.path()) != filepath.Base(file) {
			continue
		}
		if there, err := m.Find(e.path()); err == nil && there == file {
			return true
		}
	}
	return false
}

// entryFor is the entry that allows a command.
func entryFor(command string) string {
	c := text.Clean(command)
	return `"- command: ` + c + `" (in kubectl 1.35: "- name: ` + c + `")`
}
