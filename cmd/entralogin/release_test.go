package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// workflow is what of a workflow of GitHub Actions decides who can do what with the repository.
type workflow struct {
	Permissions map[string]string `json:"permissions"`
	Jobs        map[string]struct {
		Permissions map[string]string `json:"permissions"`
		Steps       []step            `json:"steps"`
	} `json:"jobs"`
}

type step struct {
	Uses string         `json:"uses"`
	With map[string]any `json:"with"`
	Run  string         `json:"run"`
	If   string         `json:"if"`
}

var pinned = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}$`)

// check says what lets somebody else's text or program into the step.
func (s step) check() error {
	switch {
	case s.Uses != "" && !pinned.MatchString(s.Uses):
		return fmt.Errorf("%s is not named by its commit", s.Uses)
	case strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != false:
		return fmt.Errorf("%s leaves its token to the next steps", s.Uses)
	case strings.HasPrefix(s.Uses, "actions/setup-go@") && s.With["cache"] != false, strings.HasPrefix(s.Uses, "actions/cache"):
		return fmt.Errorf("%s takes what another run left", s.Uses)
	case strings.Contains(s.Run, "${{"):
		return fmt.Errorf("an expression becomes a part of the script: %s", s.Run)
	}
	return nil
}

// TestWorkflows holds the workflows to actions that can't change, rights for each job by itself, and scripts that nothing
// foreign gets into.
func TestWorkflows(t *testing.T) {
	paths, err := filepath.Glob("../../.github/workflows/*")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		text := readDoc(t, path)
		for _, word := range []string{"pull_request_target", "secrets.", "workflow_run"} {
			if strings.Contains(text, word) {
				t.Errorf("%s: %s", path, word)
			}
		}
		var w workflow
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatal(err)
		}
		if w.Permissions == nil || len(w.Permissions) != 0 || len(w.Jobs) == 0 {
			t.Errorf("%s: all jobs get %v", path, w.Permissions)
		}
		for name, job := range w.Jobs {
			if len(job.Permissions) == 0 {
				t.Errorf("%s: the job %s has no permissions of its own", path, name)
			}
			for _, s := range job.Steps {
				if err := s.check(); err != nil {
					t.Errorf("%s: %s: %v", path, name, err)
				}
				if _, writes := job.Permissions["id-token"]; writes && strings.HasPrefix(s.Uses, "actions/checkout@") {
					t.Errorf("%s: the job %s can sign, and runs the repository's programs", path, name)
				}
			}
		}
	}
}

// TestSetupAction holds the action to the same, and to two installers that take the same inputs.
func TestSetupAction(t *testing.T) {
	var action struct {
		Inputs map[string]any `json:"inputs"`
		Runs   struct {
			Using string `json:"using"`
			Steps []struct {
				step
				Shell string            `json:"shell"`
				Env   map[string]string `json:"env"`
			} `json:"steps"`
		} `json:"runs"`
	}
	if err := yaml.Unmarshal([]byte(readDoc(t, "../../.release/action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	if len(action.Runs.Steps) != 2 || action.Runs.Using != "composite" {
		t.Fatalf("%+v", action)
	}
	for _, s := range action.Runs.Steps {
		if err := s.check(); err != nil {
			t.Error(err)
		}
		for name := range action.Inputs {
			if s.Env[strings.ToUpper(name)] != "${{ inputs."+name+" }}" {
				t.Errorf("%s: the input %s is lost", s.Shell, name)
			}
		}
		if len(s.Env) != len(action.Inputs) || s.If == "" || s.Shell == "" {
			t.Errorf("%+v", s)
		}
	}
}
