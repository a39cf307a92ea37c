//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
)

// The page "ci" shows files to copy. These tests take them out of the page and run their steps as they stand there, with real
// kubectl and git: what stands in for the CI system gives a step what the file asks for, and no more.

const ciPage = "../../cmd/entralogin/docs/ci.md"

// aks is the resource of AKS's clusters, as entries of --aks name it.
const aks = "6dae42f8-4368-4678-94ff-3960e28e3630"

var (
	shownFile  = regexp.MustCompile("(?ms)^```[a-z]+\n# ([^\\s,]+)[^\n]*\n(.*?)^```$")
	shownBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	parameters = regexp.MustCompile("(?s) --parameters '(.*?)'")
	issuerRow  = regexp.MustCompile("(?m)^\\| (\\w+) \\| [^|]* \\| `([^`]+)` \\|$")
	failureRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (\\d)(?:, kubectl's)? \\| .* \\|$")
)

// readPage returns the page, and the files that it shows by their names.
func readPage(t *testing.T) (page string, files map[string]string) {
	t.Helper()
	text, err := os.ReadFile(ciPage)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, shown := range shownFile.FindAllStringSubmatch(string(text), -1) {
		files[shown[1]] = shown[2]
	}
	return string(text), files
}

// fileOf is one of the files.
func fileOf(t *testing.T, name string) string {
	t.Helper()
	_, files := readPage(t)
	if files[name] == "" {
		t.Fatalf("the page has no %s", name)
	}
	return files[name]
}

// A job is a machine that has nothing but what images of CI systems have, beside a cluster and an Azure DevOps with a
// repository whose kubeconfig is written as the page says.
type job struct {
	*home
	app     *entratest.Application
	cluster *cluster
	devops  *devops.Server
	work    string // where steps run
	env     []string
}

func newJob(t *testing.T) *job {
	t.Helper()
	j := &job{home: newHome(t), work: filepath.Join(t.TempDir(), "work")}
	j.app = j.sim.Applications.Get(entratest.DaemonID)
	j.cluster = j.newCluster(aks)
	var err error
	if j.devops, err = devops.Start(j.sim, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.devops.Close)
	j.devops.AddOrganization("contoso", entratest.TenantContoso)
	if err := errors.Join(os.RemoveAll(filepath.Join(j.dir, ".kube")), os.RemoveAll(filepath.Join(j.dir, "bin")), os.Mkdir(j.work, 0o700),
		os.Mkdir(filepath.Join(j.dir, "tools"), 0o700), os.Symlink(kubectls[0].path, filepath.Join(j.dir, "tools", "kubectl"))); err != nil {
		t.Fatal(err)
	}
	j.write("ca.crt", 0o600, string(j.ca))
	j.write("all.pem", 0o600, string(j.sim.CertPEM())+string(j.devops.CertPEM()))
	// What the address of the installer leads to: install_test of .release holds the installer itself.
	installer := fmt.Sprintf("#!/bin/sh\nset -e\n[ \"$1\" = --dir ]\nmkdir -p \"$2\"\ncp '%s' \"$2\"/entralogin\n", filepath.Join(binaries, "entralogin"))
	j.write("install.sh", 0o600, installer)
	j.write("tools/curl", 0o700, fmt.Sprintf(`#!/bin/sh
[ "$2" = https://github.com/entralogin/entralogin/releases/download/v1.2.3/install.sh ] || exit 22
case $1 in
-fsSL) exec cat '%[1]s' ;;
-fsSLO) exec cp '%[1]s' install.sh ;;
esac
exit 2
`, filepath.Join(j.dir, "install.sh")))
	j.env = []string{"HOME=" + j.dir, "PATH=" + filepath.Join(j.dir, "tools") + ":/usr/bin:/bin", "TMPDIR=" + t.TempDir(), "SSL_CERT_FILE=" + filepath.Join(j.dir, "all.pem"),
		"GIT_SSL_CAINFO=" + filepath.Join(j.dir, "all.pem"), "GIT_CONFIG_NOSYSTEM=1", "HTTPS_PROXY=" + j.devops.ProxyURL, "https_proxy=" + j.devops.ProxyURL,
		"NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "AZURE_AUTHORITY_HOST=" + j.sim.URL + "/"}
	j.fill()
	return j
}

// installed is the PATH where entralogin has been installed.
func (j *job) installed() string {
	return "PATH=" + binaries + ":" + filepath.Join(j.dir, "tools") + ":/usr/bin:/bin"
}

// fill makes the repository, with the kubeconfig that the page's command writes.
func (j *job) fill() {
	j.t.Helper()
	page, _ := readPage(j.t)
	command := shownBlock.FindAllStringSubmatch(page[strings.Index(page, "## Files to copy"):], 1)
	if command == nil {
		j.t.Fatal("the page does not say how the kubeconfig is written")
	}
	bare, err := j.devops.AddRepository("contoso/shop/_git/deploy")
	if err != nil {
		j.t.Fatal(err)
	}
	object, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "app"}, "data": map[string]any{"value": "1"}})
	if err != nil {
		j.t.Fatal(err)
	}
	j.write("repository/ca.crt", 0o600, string(j.ca))
	j.write("repository/app/app.json", 0o600, string(object))
	script := strings.NewReplacer("TENANT", entratest.TenantContoso, "https://prod.example", j.server).Replace(command[0][1]) + `
git init --quiet
git add kubeconfig ca.crt app
git -c user.name=Carol -c user.email=carol@fabrikam.example commit --quiet -m 'the first'
git push --quiet '` + bare + `' HEAD:refs/heads/main
`
	if out, err := j.step(filepath.Join(j.dir, "repository"), []string{"PATH=" + binaries + ":/usr/bin:/bin"}, "bash", "-euc", script); err != nil {
		j.t.Fatalf("%v\n%s", err, out)
	}
}

// step runs a program as a step of a job, and returns all that it says.
func (j *job) step(dir string, env []string, args ...string) (string, error) {
	j.t.Helper()
	cmd := exec.CommandContext(j.t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, slices.Concat(j.env, env), 5*time.Second
	out, err := cmd.CombinedOutput()
	for _, secret := range j.sim.Secrets() {
		if strings.Contains(string(out), secret) {
			j.t.Errorf("a secret is said: %s", out)
		}
	}
	return string(out), err
}

// bash runs a script of a job.
func (j *job) bash(script string, env ...string) (string, error) {
	return j.step(j.work, env, "bash", "-e", "-c", script)
}

// trust has the application trust what the page says: the credential of its command, with the subject of a row.
func (j *job) trust(row string) *entratest.FederatedIssuer {
	j.t.Helper()
	page, _ := readPage(j.t)
	var credential struct {
		Name, Issuer, Subject string
		Audiences             []string
	}
	if found := parameters.FindStringSubmatch(page); found == nil || json.Unmarshal([]byte(found[1]), &credential) != nil || len(credential.Audiences) != 1 {
		j.t.Fatalf("the page creates no federated credential: %q", found)
	}
	issuer := entratest.NewFederatedIssuer(j.sim, "")
	subject := strings.Replace(credential.Subject, "SUBJECT", subjectOf(j.t, row), 1)
	j.app.AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: subject, Audience: credential.Audiences[0]})
	return issuer
}

// subjectOf is whom the page says that jobs are.
func subjectOf(t *testing.T, row string) string {
	t.Helper()
	page, _ := readPage(t)
	for _, found := range issuerRow.FindAllStringSubmatch(page, -1) {
		if found[1] == row {
			return found[2]
		}
	}
	t.Fatalf("the page has no subject for %s", row)
	return ""
}

// deployed checks that the cluster has what stands in the repository, from the one whose client ID that is.
func (j *job) deployed(clientID, out string, err error) {
	j.t.Helper()
	if err != nil {
		j.t.Fatalf("%v\n%s\n%v\n%v", err, out, j.cluster.log(), j.devops.Requests())
	}
	made := 0
	for _, r := range j.cluster.log() {
		if r.claims["azp"] != clientID && r.claims["appid"] != clientID {
			j.t.Errorf("%s %s: %d, a token of %v", r.method, r.path, r.status, r.claims)
		}
		if r.method == "POST" && r.status == 200 {
			made++
		}
	}
	cloned := 0
	for _, r := range j.devops.Requests() {
		if claims, err := j.sim.VerifyToken(r.Token, devops.Audience); err == nil && (claims["azp"] == clientID || claims["appid"] == clientID) {
			cloned++
		}
	}
	if made != 1 || cloned == 0 || len(j.devops.Strangers()) != 0 {
		j.t.Errorf("%d objects made, %d requests of git, strangers %v:\n%s", made, cloned, j.devops.Strangers(), out)
	}
	j.requests(0, -1)
}

// asked checks how many requests a stand-in got.
func (j *job) asked(endpoint string, want int) {
	j.t.Helper()
	if n := j.sim.Requests(endpoint); n != want {
		j.t.Errorf("%d requests of %s, want %d", n, endpoint, want)
	}
}
