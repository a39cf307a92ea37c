//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// completing is a house in which somebody is signed in, with profiles and a kubeconfig.
func completing(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, "LC_ALL=C")
	h.sim.AutoApprove(entratest.Alice, 0)
	if r := h.call("entralogin", "get-token", "--server-id", entratest.ServerID); r.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("%s", r.err.Bytes())
	}
	config := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "profiles:\n  work:\n    prompt: never\n  world:\n    prompt: auto\n  a;reboot:\n    prompt: auto\n"...)
	kube := `{"apiVersion":"v1","kind":"Config","clusters":[],"users":[{"name":"clusterUser","user":{}}],"contexts":[` +
		`{"name":"prod","context":{}},{"name":"arn:aws:eks:eu:1:cluster/prod","context":{}},{"name":"$(reboot)","context":{}},{"name":"a b","context":{}},{"name":"-x","context":{}}]}`
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(h.home, ".kube"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.home, ".kube", "config"), []byte(kube), 0o600); err != nil {
		t.Fatal(err)
	}
	h.sim.ResetRequests()
	return h
}

// filesBelow are the names, sizes and times of all files in a folder.
func filesBelow(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			all.WriteString(path + info.Mode().String() + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Words come from the cache, the config and the kubeconfig; no request is sent, no file touched, nothing said.
// A name that a shell would take for more than one word is left out.
func TestComplete(t *testing.T) {
	t.Parallel()
	h := completing(t)
	before := filesBelow(t, h.home)
	for line, want := range map[string]string{
		"get-token --account |":            entratest.Alice,
		"get-token --account=al|":          entratest.Alice,
		"logout |":                         entratest.Alice,
		"get-token --account x|":           "",
		"login --profile wo|":              "work world",
		"login --profile |":                "work world",
		"login --tenant-id |":              entratest.TenantContoso,
		"login --client-id |":              entratest.ClientID,
		"kubeconfig check --context |":     "arn:aws:eks:eu:1:cluster/prod prod",
		"kubeconfig add --user |":          "clusterUser",
		"login --environment azureus|":     "AzureUSGovernmentCloud",
		"graph me --output |":              "json table wide yaml",
		"cache list -o |":                  "json table wide yaml",
		"login --storage key|":             "keyctl keyring",
		"get-token --token-kind |":         "access id",
		"login --prompt |":                 "always auto never",
		"agent --confirm |":                "always first never",
		"agent --allow |":                  "acr aks arm devops graph",
		"exec --allow a|":                  "acr aks arm",
		"agent |":                          "install lock log status stop uninstall unlock",
		"completion |":                     "bash fish powershell zsh",
		"help conf|":                       "config",
		"help git |":                       "check setup unset",
		"cache cl|":                        "clear",
		"config |":                         "edit get list path set unset",
		"config set te|":                   "tenant-id",
		"config set prompt |":              "",
		"config unset profiles.work.pr|":   "profiles.work.prompt profiles.work.prompt-timeout",
		"config get allow|":                "allow-env allow-resources",
		"git |":                            "check setup unset",
		"doctor |":                         "kube git docker graph network",
		"git-credential |":                 "capability erase get store",
		"docker-credential |":              "erase get list store version",
		"version |":                        "",
		"version -o |":                     "json text yaml",
		"login --prompt-timeout |":         "",
		"login --cache-dir /none --acc|":   "--account",
		"logout --cache-dir /none |":       "",
		"--config /none login --profile |": "",
	} {
		words := strings.Split(strings.TrimSuffix(line, "|"), " ")
		r := h.call(append([]string{"entralogin", "__completeNoDesc"}, words...)...)
		out := strings.Split(strings.TrimSpace(string(r.out.Bytes())), "\n")
		if got := strings.Join(out[:len(out)-1], " "); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
		if said := r.err.Bytes(); len(said) > 0 || r.cmd.ProcessState.ExitCode() != 0 {
			t.Errorf("%s: said %q", line, said)
		}
		if directive := out[len(out)-1]; want != "" && directive != ":4" {
			t.Errorf("%s: the directive is %q", line, directive)
		}
	}
	if n := h.sim.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
	if after := filesBelow(t, h.home); after != before {
		t.Errorf("files changed:\n%s\n%s", before, after)
	}
}

// Bash itself completes lines, with its own splitting of words and without the package bash-completion.
func TestCompleteInBash(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Log("there is no bash here: its completion is not tried")
		return
	}
	h := completing(t)
	for line, want := range map[string]string{
		"entralogin ca":                                             "cache",
		"entralogin get-token --account ":                           entratest.Alice,
		"entralogin get-token --account=":                           entratest.Alice,
		"entralogin get-token --account=al":                         entratest.Alice,
		"entralogin login --profile=wo":                             "work world",
		"entralogin login --authority-host https://x --profile wor": "work world",
		"entralogin kubeconfig check --context arn:aw":              "aws:eks:eu:1:cluster/prod",
		"entralogin kubeconfig check --context ":                    "arn:aws:eks:eu:1:cluster/prod prod",
	} {
		run := exec.Command(bash, "--norc", "--noprofile", "-i")
		run.Env, run.Dir = h.env, h.work
		run.Stdin = strings.NewReader(`PS1=; source <(entralogin completion bash); complete -p entralogin >&3
line='` + line + `'
COMP_LINE=$line; COMP_POINT=${#line}
# bash's own splitting, at COMP_WORDBREAKS
COMP_WORDS=(); rest=$line
while [[ -n $rest ]]; do
	if [[ $rest =~ ^[[:space:]]+ ]]; then rest=${rest:${#BASH_REMATCH}}; [[ -n $rest ]] || COMP_WORDS+=(""); continue; fi
	[[ $rest =~ ^[=:]+ || $rest =~ ^[^[:space:]=:]+ ]]; COMP_WORDS+=("$BASH_REMATCH"); rest=${rest:${#BASH_REMATCH}}
done
COMP_CWORD=$((${#COMP_WORDS[@]}-1))
__start_entralogin
for word in "${COMPREPLY[@]}"; do echo "${word%% *}" >&3; done
exit
`)
		var out, said bytes.Buffer
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		run.ExtraFiles, run.Stdout, run.Stderr = []*os.File{write}, &said, &said
		err = run.Run()
		write.Close()
		out.ReadFrom(read)
		lines := strings.Fields(strings.TrimPrefix(out.String(), "complete -o default -F __start_entralogin entralogin\n"))
		if got := strings.Join(lines, " "); got != want || err != nil {
			t.Errorf("%s: got %q, want %q: %v %s", line, got, want, err, said.String())
		}
	}
}

// The scripts for the other shells are what cobra makes; those whose shell is here are read by it.
func TestCompletionScripts(t *testing.T) {
	for shell, check := range map[string][]string{"bash": {"bash", "-n"}, "zsh": {"zsh", "-n"}, "fish": {"fish", "--no-execute"}, "powershell": nil} {
		script := printed(t, "completion", shell)
		if !strings.Contains(script, "__complete") || !strings.Contains(script, "entralogin") {
			t.Errorf("%s: %q", shell, script)
		}
		if check == nil {
			continue
		}
		if _, err := exec.LookPath(check[0]); err != nil {
			t.Logf("there is no %s here: its script is not read by it", shell)
			continue
		}
		file := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(check[0], append(check[1:], file)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", shell, err, out)
		}
	}
}
