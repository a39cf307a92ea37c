//go:build unix

package main

import (
	"bufio"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestPageFiles has each file of the page in one of these tests.
func TestPageFiles(t *testing.T) {
	_, files := readPage(t)
	want := []string{".github/workflows/deploy.yml", ".gitlab-ci.yml", "/etc/systemd/system/deploy.service", "/etc/systemd/system/deploy.service.d/arc.conf", "azure-pipelines.yml", "pod.yaml"}
	if names := slices.Sorted(maps.Keys(files)); !slices.Equal(names, want) {
		t.Errorf("the page has %q", names)
	}
}

// A workflow is as much of GitHub's as the page shows. YAML 1.1 reads "on" as true.
type workflow struct {
	On          map[string]any    `json:"true"`
	Permissions map[string]string `json:"permissions"`
	Jobs        map[string]struct {
		RunsOn string            `json:"runs-on"`
		Env    map[string]string `json:"env"`
		Steps  []struct {
			Uses string            `json:"uses"`
			With map[string]string `json:"with"`
			Run  string            `json:"run"`
		} `json:"steps"`
	} `json:"jobs"`
}

// gitHub runs the workflow as GitHub's runner does.
func (j *job) gitHub(text string, subject string) (string, error) {
	j.t.Helper()
	var w workflow
	if err := yaml.UnmarshalStrict([]byte(text), &w); err != nil {
		j.t.Fatal(err)
	}
	r, err := entratest.StartGitHub(j.sim, j.trust("GitHub"))
	if err != nil {
		j.t.Fatal(err)
	}
	j.t.Cleanup(r.Close)
	r.Assert(entratest.Assertion{Subject: subject})
	work, env := w.Jobs["deploy"], []string{"CI=true", "GITHUB_ACTIONS=true"}
	if w.Permissions["id-token"] == "write" {
		env = append(env, r.Env...)
	}
	variables := strings.NewReplacer("${{ vars.AZURE_TENANT_ID }}", entratest.TenantContoso, "${{ vars.AZURE_CLIENT_ID }}", entratest.DaemonID)
	for name, value := range work.Env {
		env = append(env, name+"="+variables.Replace(value))
	}
	var all strings.Builder
	for _, s := range work.Steps {
		if s.Uses != "" {
			if s.Uses != "entralogin/entralogin/.release@COMMIT" || s.With["version"] == "" || s.Run != "" {
				j.t.Fatalf("what is %+v?", s)
			}
			env = append(env, j.installed())
			continue
		}
		out, err := j.bash(s.Run, env...)
		if all.WriteString(out); err != nil {
			return all.String(), err
		}
	}
	return all.String(), nil
}

func TestPageGitHub(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	out, err := j.gitHub(fileOf(t, ".github/workflows/deploy.yml"), entratest.GitHubSubject)
	j.deployed(entratest.DaemonID, out, err)
	j.asked("github", 2) // once for git, once for the cluster
	j.asked("token", 2)
}

// A pipeline is as much of Azure Pipelines' as the page shows.
type pipeline struct {
	Pool struct {
		VMImage string `json:"vmImage"`
	} `json:"pool"`
	Steps []struct {
		Task   string            `json:"task"`
		Inputs map[string]string `json:"inputs"`
		Env    map[string]string `json:"env"`
	} `json:"steps"`
}

// pipelines runs the pipeline. The task AzureCLI says which service connection it has; the job's token is there only where a
// step asks for it.
func (j *job) pipelines(text string) (string, error) {
	j.t.Helper()
	var p pipeline
	if err := yaml.UnmarshalStrict([]byte(text), &p); err != nil {
		j.t.Fatal(err)
	}
	r, err := entratest.StartPipelines(j.sim, j.trusted(j.app, entratest.PipelinesSubject), entratest.DaemonID)
	if err != nil {
		j.t.Fatal(err)
	}
	j.t.Cleanup(r.Close)
	if len(p.Steps) != 1 || p.Steps[0].Task != "AzureCLI@2" || p.Steps[0].Inputs["scriptType"] != "bash" || p.Steps[0].Inputs["scriptLocation"] != "inlineScript" {
		j.t.Fatalf("%+v", p)
	}
	env, token := []string{"AGENT_TEMPDIRECTORY=" + j.t.TempDir()}, ""
	for _, pair := range r.Env {
		if value, ok := strings.CutPrefix(pair, "SYSTEM_ACCESSTOKEN="); ok {
			token = value
			continue
		}
		env = append(env, pair)
	}
	for name, value := range p.Steps[0].Env {
		env = append(env, name+"="+strings.ReplaceAll(value, "$(System.AccessToken)", token))
	}
	return j.bash(p.Steps[0].Inputs["inlineScript"], env...)
}

func TestPagePipelines(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	out, err := j.pipelines(fileOf(t, "azure-pipelines.yml"))
	j.deployed(entratest.DaemonID, out, err)
	j.asked("pipelines", 2)
	j.asked("token", 2)
}

// A gitLab is as much of a job of GitLab's as the page shows.
type gitLab struct {
	Image    string `json:"image"`
	IDTokens map[string]struct {
		Aud string `json:"aud"`
	} `json:"id_tokens"`
	Variables map[string]string `json:"variables"`
	Script    []string          `json:"script"`
}

func TestPageGitLab(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	var jobs map[string]gitLab
	if err := yaml.UnmarshalStrict([]byte(fileOf(t, ".gitlab-ci.yml")), &jobs); err != nil {
		t.Fatal(err)
	}
	issuer, g := j.trust("GitLab"), jobs["deploy"]
	env := []string{"CI=true", "AZURE_CLIENT_ID=" + entratest.DaemonID, "AZURE_TENANT_ID=" + entratest.TenantContoso}
	for name, value := range g.Variables {
		env = append(env, name+"="+value)
	}
	for name, wanted := range g.IDTokens {
		env = append(env, name+"="+issuer.Sign(entratest.Assertion{Subject: subjectOf(t, "GitLab"), Audience: wanted.Aud}))
	}
	out, err := j.bash("set -o pipefail\n"+strings.Join(g.Script, "\n"), env...)
	j.deployed(entratest.DaemonID, out, err)
	j.asked("token", 2)
}

// podOf decodes the manifest as the API server does, which knows each field.
func podOf(t *testing.T) (account *corev1.ServiceAccount, pod *corev1.Pod) {
	t.Helper()
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	for documents := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(fileOf(t, "pod.yaml")))); ; {
		text, err := documents.Read()
		if err == io.EOF {
			return account, pod
		}
		object, _, err2 := decoder.Decode(text, nil, nil)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		switch o := object.(type) {
		case *corev1.ServiceAccount:
			account = o
		case *corev1.Pod:
			pod = o
		}
	}
}

// TestPagePod gives the container what the webhook of workload identity does, where the labels and annotations ask for it.
func TestPagePod(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	account, pod := podOf(t)
	issuer := j.trust("AKS")
	subject := "system:serviceaccount:default:" + pod.Spec.ServiceAccountName
	if account == nil || account.Name != pod.Spec.ServiceAccountName || pod.Labels["azure.workload.identity/use"] != "true" {
		t.Fatalf("the webhook would leave it alone: %+v %+v", account, pod)
	}
	j.write("azure-identity-token", 0o644, issuer.Sign(entratest.Assertion{Subject: subject, Life: time.Hour}))
	c := pod.Spec.Containers[0]
	if len(c.VolumeMounts) != 1 || c.VolumeMounts[0].MountPath != c.WorkingDir || c.VolumeMounts[0].Name != pod.Spec.Volumes[0].Name || pod.Spec.Volumes[0].EmptyDir == nil {
		t.Fatalf("%+v", c)
	}
	if id := account.Annotations["azure.workload.identity/client-id"]; len(id) != len(entratest.DaemonID) {
		t.Errorf("the client ID is %s", id)
	}
	if err := os.Chmod(j.work, 0o777); err != nil { // as an emptyDir is
		t.Fatal(err)
	}
	env := []string{j.installed(), "AZURE_CLIENT_ID=" + entratest.DaemonID, "AZURE_TENANT_ID=" + entratest.TenantContoso,
		"AZURE_FEDERATED_TOKEN_FILE=" + filepath.Join(j.dir, "azure-identity-token"), "ENTRALOGIN_CONFIG=" + filepath.Join(j.dir, ".config", "entralogin", "config.yaml")}
	for _, e := range c.Env {
		value := e.Value
		if value == c.WorkingDir {
			value = j.work
		}
		env = append(env, e.Name+"="+value)
	}
	out, err := j.step(j.work, env, slices.Concat(c.Command, c.Args)...)
	j.deployed(entratest.DaemonID, out, err)
	j.asked("token", 2)
	for _, name := range []string{".cache", ".gitconfig", "deploy"} {
		if _, err := os.Stat(filepath.Join(j.work, name)); err != nil {
			t.Error(err)
		}
	}
}
