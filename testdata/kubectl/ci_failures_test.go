//go:build unix

package main

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestPageFailures breaks the files in the ways that the page's table has. Git says the reason, and get-token's exit code is the
// one of the table.
func TestPageFailures(t *testing.T) {
	t.Parallel()
	page, _ := readPage(t)
	rows := failureRows(page)
	workflow, pipeline := ".github/workflows/deploy.yml", "azure-pipelines.yml"
	broken := map[string]func(j *job, get bool) (string, error){
		"GitHub lets this job ask for no token": func(j *job, get bool) (string, error) {
			return j.gitHub(replaced(j.t, fileOf(j.t, workflow), "id-token: write", "contents: read", get), entratest.GitHubSubject)
		},
		"AADSTS700213": func(j *job, get bool) (string, error) {
			return j.gitHub(replaced(j.t, fileOf(j.t, workflow), "", "", get), "repo:contoso/app:pull_request")
		},
		"SYSTEM_ACCESSTOKEN is not set": func(j *job, get bool) (string, error) {
			return j.pipelines(replaced(j.t, fileOf(j.t, pipeline), "      SYSTEM_ACCESSTOKEN: $(System.AccessToken)\n", "", get))
		},
		"Forbidden": func(j *job, get bool) (string, error) {
			j.cluster.forbids = true
			out, err := j.gitHub(fileOf(j.t, workflow), entratest.GitHubSubject)
			if get && !strings.Contains(out, "Error from server") {
				j.t.Errorf("kubectl says something else: %s", out)
			}
			return out, err
		},
	}
	for says, run := range broken {
		want := rows[says]
		delete(rows, says)
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			for _, get := range []bool{false, true} {
				j := newJob(t)
				out, err := run(j, get)
				failed, _ := errors.AsType[*exec.ExitError](err)
				if failed == nil || !strings.Contains(out, says) {
					t.Fatalf("%v, not %q\n%s", err, says, out)
				}
				code := want
				if !get && says != "Forbidden" {
					code = 128 // git's
				}
				if got := failed.ExitCode(); got != code {
					t.Errorf("exit code %d, not %d\n%s", got, code, out)
				}
				if says == "AADSTS700213" && !strings.Contains(out, "| sub repo:contoso/app:pull_request | aud "+entratest.ExchangeAudience) {
					t.Errorf("the assertion's claims are not said:\n%s", out)
				}
				if len(j.cluster.log()) != 0 && says != "Forbidden" {
					t.Errorf("the cluster was asked: %v", j.cluster.log())
				}
			}
		})
	}
	if rows["himds"] == 0 || rows["no managed identity here"] == 0 || len(rows) != 2 { // which TestAlonePage... have
		t.Errorf("no test is of the rows %v", rows)
	}
}

// replaced breaks a file, and where get-token's exit code is wanted has it run first.
func replaced(t *testing.T, text, old, with string, get bool) string {
	t.Helper()
	if old != "" && strings.Count(text, old) != 1 {
		t.Fatalf("%q is not in\n%s", old, text)
	}
	text = strings.Replace(text, old, with, 1)
	if get {
		text = strings.Replace(text, "entralogin git setup", "entralogin get-token --server-id "+aks, 1)
	}
	return text
}

// failureRows are the exit codes of the page's table, by what is said.
func failureRows(page string) map[string]int {
	rows := map[string]int{}
	for _, row := range failureRow.FindAllStringSubmatch(page, -1) {
		rows[row[1]], _ = strconv.Atoi(row[2])
	}
	return rows
}
