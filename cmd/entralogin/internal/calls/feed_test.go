package calls

import (
	"testing"

	"github.com/entralogin/entralogin/plugin/artifacts"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git"
)

// Whoever types a command may name the program that it runs. What stands in a configuration that a repository brings may not.
func TestProgramsOfFeeds(t *testing.T) {
	f := factory(t, nil, "client-id: "+client+"\n")
	flags := map[string]string{config.Browser: "firefox"}
	feed := artifacts.Find("https://pkgs.dev.azure.com/contoso")
	if call, err := FindFeed(t.Context(), f, flags, feed, "npm", ""); err != nil || !call.Place.Ours || call.Place.Organization != "contoso" {
		t.Errorf("typed: %+v, %v", call.Place, err)
	}
	if _, err := FindGit(t.Context(), f, flags, git.Input{Protocol: "https", Host: "dev.azure.com", Path: "contoso"}); err == nil {
		t.Error("git's configuration chose a program")
	}
	if _, err := ReadFeedArgs([]string{"--browser", "firefox"}, "cargo's configuration"); err == nil {
		t.Error("cargo's configuration chose a program")
	}
}
