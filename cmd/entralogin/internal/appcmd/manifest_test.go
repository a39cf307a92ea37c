package appcmd

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/authority"
)

func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	none := func(string) (string, bool) { return "", false }
	f := &cli.Factory{IO: cli.IO{Out: &out, Err: new(term.Stderr)}, Env: none}
	cmd := &cobra.Command{Use: "entralogin", PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return f.TakeFlags(cmd.Flags()) }}
	f.SharedFlags(cmd.PersistentFlags())
	cmd.AddCommand(New(f))
	cmd.SetArgs(args)
	if err := cmd.Execute(); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}

// The manifest is one of Microsoft Graph's applications: JSON whose IDs are GUIDs, a public client of one
// tenant, with the permissions that were asked for and no others.
func TestAppManifest(t *testing.T) {
	guid := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	for flags, want := range map[string]map[string]int{
		"":                                {graphResource: 1},
		"--manager":                       {graphResource: 2},
		"--aks":                           {graphResource: 1, authority.AKSServer: 1},
		"--azure-devops":                  {graphResource: 1, devopsResource: 1},
		"--aks --azure-devops --groups":   {graphResource: 1, authority.AKSServer: 1, devopsResource: 1},
		"--name x\"y\\z --aks --manager ": {graphResource: 2, authority.AKSServer: 1},
	} {
		var m manifest
		text := printed(t, append([]string{"app", "manifest"}, strings.Fields(flags)...)...)
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&m); err != nil {
			t.Fatalf("%s: %v: %s", flags, err, text)
		}
		if !m.IsFallbackPublicClient || m.SignInAudience != "AzureADMyOrg" || m.API.RequestedAccessTokenVersion != 2 || m.DisplayName == "" {
			t.Errorf("%s: %+v", flags, m)
		}
		if got := m.PublicClient.RedirectURIs; !slices.Equal(got, []string{"http://localhost", "https://login.microsoftonline.com/common/oauth2/nativeclient"}) {
			t.Errorf("%s: the redirect URIs %q", flags, got)
		}
		got := map[string]int{}
		for _, r := range m.RequiredResourceAccess {
			got[r.ResourceAppID] = len(r.ResourceAccess)
			for _, p := range r.ResourceAccess {
				if !guid.MatchString(p.ID) || !guid.MatchString(r.ResourceAppID) || p.Type != "Scope" {
					t.Errorf("%s: %+v", flags, r)
				}
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %v, not %v", flags, got, want)
		}
		for resource, n := range want {
			if got[resource] != n {
				t.Errorf("%s: %d permissions of %s, not %d", flags, got[resource], resource, n)
			}
		}
		if groups := strings.Contains(flags, "groups"); groups != (m.GroupMembershipClaims == "SecurityGroup") || groups != (m.OptionalClaims != nil) {
			t.Errorf("%s: groups: %+v", flags, m)
		}
	}
}

// The lines for the Azure CLI run in a shell, with an "az" that says what it was given: the manifest arrives
// as it is, whatever the name of the application.
func TestAppManifestForAzureCLI(t *testing.T) {
	const name = `it's "mine" $(touch x) \n MANIFEST`
	args := []string{"app", "manifest", "--manager", "--name", name}
	script := printed(t, append(args, "--az")...)
	run := exec.Command("sh", "-eu")
	run.Dir = t.TempDir()
	run.Stdin = strings.NewReader(`az() { echo "az $*" >&2; if [ "$1" = rest ]; then cat >&2; echo 11111111-2222-3333-4444-555555555555; fi; }` + "\n" + script)
	var out, said bytes.Buffer
	run.Stdout, run.Stderr = &out, &said
	if err := run.Run(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	want := "az rest --method POST --url https://graph.microsoft.com/v1.0/applications --query appId --output tsv --body @-\n" +
		printed(t, args...) +
		"az ad sp create --id 11111111-2222-3333-4444-555555555555\naz ad app permission admin-consent --id 11111111-2222-3333-4444-555555555555\n"
	if said.String() != want || out.String() != "client-id: 11111111-2222-3333-4444-555555555555\n" {
		t.Errorf("got %q and %q, want %q", out.String(), said.String(), want)
	}
	if gov := printed(t, "app", "manifest", "--az", "--environment", "AzureUSGovernmentCloud"); !strings.Contains(gov, "https://graph.microsoft.us/v1.0/applications") {
		t.Errorf("another cloud: %s", gov)
	}
}
