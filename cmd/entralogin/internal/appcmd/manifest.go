// Package appcmd is the command app.
package appcmd

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/config"
)

// options are the flags of manifest.
type options struct {
	name                                  string
	manager, aks, azureDevOps, groups, az bool
}

// New makes the command app.
func New(f *cli.Factory) *cobra.Command {
	var o options
	group := &cobra.Command{
		Use:     "app",
		Short:   "Help to register the application that signs in",
		Long:    `App prints what an administrator needs to register the application.`,
		Example: "  entralogin app manifest --aks",
		Args:    cli.NeedSubcommand,
		RunE:    cli.NeedSubcommand,
	}
	cmd := &cobra.Command{
		Use:   "manifest",
		Short: "Print the manifest of the application to register",
		Long: `Manifest prints the application to register as JSON, in the format of Microsoft
Graph: a public client without any secret, for accounts of one tenant, with the
redirect URIs of a browser and of a broker, and the delegated permissions that
it asks for. It asks no service.

In the Entra portal the Manifest page of an application takes it; with --az the
commands of the Azure CLI are printed that register the application, and the
steps that follow. See "entralogin help application".`,
		Example: `  entralogin app manifest --aks > manifest.json
  entralogin app manifest --aks --azure-devops --manager --az`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return show(f, o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.name, "name", "entralogin", "`name` of the application")
	flags.BoolVar(&o.manager, "manager", false, "for graph me --manager: User.Read.All, which an administrator has to grant")
	flags.BoolVar(&o.aks, "aks", false, "for AKS with Entra ID")
	flags.BoolVar(&o.azureDevOps, "azure-devops", false, "for git and Azure DevOps")
	flags.BoolVar(&o.groups, "groups", false, "groups in the ID token, for clusters that check ID tokens (--token-kind id)")
	flags.BoolVar(&o.az, "az", false, "print commands of the Azure CLI instead")
	group.AddCommand(cmd)
	return group
}

// manifest is the part of an application that differs from the defaults:
// https://learn.microsoft.com/graph/api/resources/application
type manifest struct {
	DisplayName            string `json:"displayName"`
	SignInAudience         string `json:"signInAudience"`
	IsFallbackPublicClient bool   `json:"isFallbackPublicClient"`
	GroupMembershipClaims  string `json:"groupMembershipClaims,omitempty"`
	PublicClient           struct {
		RedirectURIs []string `json:"redirectUris"`
	} `json:"publicClient"`
	API struct {
		RequestedAccessTokenVersion int `json:"requestedAccessTokenVersion"`
	} `json:"api"`
	RequiredResourceAccess []resourceAccess           `json:"requiredResourceAccess"`
	OptionalClaims         map[string][]optionalClaim `json:"optionalClaims,omitempty"` // by kind of token
}

type resourceAccess struct {
	ResourceAppID  string             `json:"resourceAppId"`
	ResourceAccess []permissionAccess `json:"resourceAccess"`
}

type permissionAccess struct {
	ID   string `json:"id"`
	Type string `json:"type"` // Scope: delegated, in the name of who signs in
}

type optionalClaim struct {
	Name      string `json:"name"`
	Essential bool   `json:"essential"`
}

// Where the answer to a sign-in may go: to a browser on the person's machine, whatever the port
// (https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions), and to the broker of a machine.
// A device code needs neither, but isFallbackPublicClient.
const (
	browserRedirect = "http://localhost"
	brokerRedirect  = broker.RedirectURI
)

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

func (o options) manifest() manifest {
	m := manifest{DisplayName: o.name, SignInAudience: "AzureADMyOrg", IsFallbackPublicClient: true}
	m.PublicClient.RedirectURIs = []string{browserRedirect, brokerRedirect}
	m.API.RequestedAccessTokenVersion = 2
	need := func(resource string, permissions ...string) {
		r := resourceAccess{ResourceAppID: resource}
		for _, id := range permissions {
			r.ResourceAccess = append(r.ResourceAccess, permissionAccess{ID: id, Type: "Scope"})
		}
		m.RequiredResourceAccess = append(m.RequiredResourceAccess, r)
	}
	if o.manager {
		need(graphResource, graphUserRead, graphUserReadAll)
	} else {
		need(graphResource, graphUserRead)
	}
	if o.aks {
		need(authority.AKSServer, aksUserRead)
	}
	if o.azureDevOps {
		need(devopsResource, devopsImpersonate)
	}
	if o.groups {
		m.GroupMembershipClaims = "SecurityGroup"
		m.OptionalClaims = map[string][]optionalClaim{"idToken": {{Name: "groups"}}}
	}
	return m
}

func show(f *cli.Factory, o options) error {
	if utf8.RuneCountInString(o.name) > 120 {
		return cli.Usagef("--name is longer than the 120 characters that an application's name may have")
	}
	m := o.manifest()
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	answer := string(content) + "\n"
	if o.az {
		answer = azCommands(m, answer, graphOf(f.Flags[config.Environment]))
	}
	return f.AnswerText(answer)
}

// graphOf is the Graph of a cloud, else of the public one.
func graphOf(environment string) string {
	if cloud, ok := authority.Cloud(environment); ok {
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
