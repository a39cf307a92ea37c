package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin/authority"
)

func (a *app) appCommand() *cobra.Command {
	group := &cobra.Command{
		Use:     "app",
		Short:   "Help to register the application that signs in",
		Long:    `App prints what an administrator needs to register the application.`,
		Example: "  entralogin app manifest --aks",
		Args:    needSubcommand,
		RunE:    needSubcommand,
	}
	cmd := &cobra.Command{
		Use:   "manifest",
		Short: "Print the manifest of the application to register",
		Long: `Manifest prints the application to register as JSON, in the format of Microsoft
Graph: a public client without any secret, for accounts of one tenant, with the
delegated permissions that it asks for. It asks no service.

In the Entra portal the Manifest page of an application takes it; with --az the
commands of the Azure CLI are printed that register the application, and the
steps that follow. See "entralogin help application".`,
		Example: `  entralogin app manifest --aks > manifest.json
  entralogin app manifest --aks --azure-devops --manager --az`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.appManifest() },
	}
	f := cmd.Flags()
	f.String("name", "entralogin", "`name` of the application")
	f.Bool("manager", false, "for graph me --manager: User.Read.All, which an administrator has to grant")
	f.Bool("aks", false, "for AKS with Entra ID")
	f.Bool("azure-devops", false, "for git and Azure DevOps")
	f.Bool("groups", false, "groups in the ID token, for clusters that check ID tokens (--token-kind id)")
	f.Bool("az", false, "print commands of the Azure CLI instead")
	group.AddCommand(cmd)
	return group
}

// manifest is the part of an application that differs from the defaults:
// https://learn.microsoft.com/graph/api/resources/application
type manifest struct {
	DisplayName            string           `json:"displayName"`
	SignInAudience         string           `json:"signInAudience"`
	IsFallbackPublicClient bool             `json:"isFallbackPublicClient"`
	GroupMembershipClaims  string           `json:"groupMembershipClaims,omitempty"`
	API                    manifestAPI      `json:"api"`
	RequiredResourceAccess []resourceAccess `json:"requiredResourceAccess"`
	OptionalClaims         *optionalClaims  `json:"optionalClaims,omitempty"`
}

type manifestAPI struct {
	RequestedAccessTokenVersion int `json:"requestedAccessTokenVersion"`
}

type resourceAccess struct {
	ResourceAppID  string             `json:"resourceAppId"`
	ResourceAccess []permissionAccess `json:"resourceAccess"`
}

type permissionAccess struct {
	ID   string `json:"id"`
	Type string `json:"type"` // Scope: delegated, in the name of who signs in
}

type optionalClaims struct {
	IDToken []optionalClaim `json:"idToken"`
}

type optionalClaim struct {
	Name      string `json:"name"`
	Essential bool   `json:"essential"`
}

// Resources and their delegated permissions have the same IDs in all tenants. Microsoft Graph's are listed in
// https://learn.microsoft.com/graph/permissions-reference; "az ad sp show --id RESOURCE --query
// oauth2PermissionScopes" shows those of the others, where a tenant has them.
const (
	graphResource     = "00000003-0000-0000-c000-000000000000"
	graphUserRead     = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
	graphUserReadAll  = "a154be20-db9c-4678-8ab7-66f6cc099a59"
	aksUserRead       = "34a47c2f-cd0d-47b4-a93c-2c41130c671c"
	devopsResource    = "499b84ac-1321-427f-aa17-267ca6975798"
	devopsImpersonate = "ee69721e-6c3a-468f-a9ec-302d16a4c599"
)

func (a *app) manifest() manifest {
	on := func(flag string) bool { return a.flags[flag] == "true" }
	scopes := func(resource string, permissions ...string) resourceAccess {
		r := resourceAccess{ResourceAppID: resource}
		for _, id := range permissions {
			r.ResourceAccess = append(r.ResourceAccess, permissionAccess{ID: id, Type: "Scope"})
		}
		return r
	}
	m := manifest{DisplayName: a.flags["name"], SignInAudience: "AzureADMyOrg", IsFallbackPublicClient: true,
		API: manifestAPI{RequestedAccessTokenVersion: 2}}
	if m.DisplayName == "" {
		m.DisplayName = "entralogin"
	}
	graphs := []string{graphUserRead}
	if on("manager") {
		graphs = append(graphs, graphUserReadAll)
	}
	m.RequiredResourceAccess = []resourceAccess{scopes(graphResource, graphs...)}
	if on("aks") {
		m.RequiredResourceAccess = append(m.RequiredResourceAccess, scopes(aksServer, aksUserRead))
	}
	if on("azure-devops") {
		m.RequiredResourceAccess = append(m.RequiredResourceAccess, scopes(devopsResource, devopsImpersonate))
	}
	if on("groups") {
		m.GroupMembershipClaims = "SecurityGroup"
		m.OptionalClaims = &optionalClaims{IDToken: []optionalClaim{{Name: "groups"}}}
	}
	return m
}

func (a *app) appManifest() error {
	if name := a.flags["name"]; utf8.RuneCountInString(name) > 120 {
		return usagef("--name is longer than the 120 characters that an application's name may have")
	}
	m := a.manifest()
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	answer := string(text) + "\n"
	if a.flags["az"] == "true" {
		answer = azCommands(m, answer, a.manifestGraph())
	}
	_, err = fmt.Fprint(a.stdout, answer)
	return outputError(err)
}

// manifestGraph is the Graph of the cloud that --environment names, else of the public one.
func (a *app) manifestGraph() string {
	if cloud, ok := authority.Cloud(a.flags[environment]); ok {
		return cloud.Graph[0]
	}
	return authority.Clouds()[0].Graph[0]
}

// azCommands are lines for a POSIX shell: "az rest" sends the manifest as it is, which "az ad app create" has
// no flags for: https://learn.microsoft.com/graph/api/application-post-applications
func azCommands(m manifest, text, graph string) string {
	var b strings.Builder
	b.WriteString(`# Registers the application, and prints its client ID.
client_id=$(az rest --method POST --url ` + graph + `/v1.0/applications \
  --query appId --output tsv --body @- <<'MANIFEST'
` + text + `MANIFEST
)
echo "client-id: $client_id"
# Its part in your tenant, which permissions are granted to.
az ad sp create --id "$client_id"
`)
	if len(m.RequiredResourceAccess[0].ResourceAccess) > 1 {
		b.WriteString("# An administrator grants what nobody may grant for themselves alone (User.Read.All).\n" +
			"az ad app permission admin-consent --id \"$client_id\"\n")
	}
	return b.String()
}
