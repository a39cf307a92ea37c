// Package entratest simulates the Microsoft identity platform v2.0 on the loopback interface, in the manner of
// net/http/httptest: a Server is started, used by a test and closed.
//
// One TLS origin serves what lies on several hosts in the real world: the authority (OpenID discovery, device code,
// authorization, token and key endpoints), the page where a person enters the user code, Microsoft Graph's /me, /me/manager and
// /users, a Kubernetes-like API that checks the token of `kubectl auth whoami`, as much of Azure Resource Manager
// as a sign-in of the Azure CLI reads, container registries of Azure (AddRegistry), and of Azure DevOps whose tenant an
// organization is in (SetOrganizations).
//
// Applications sign in as themselves (Applications): with a client secret, a certificate (NewCertificate), or an assertion
// of a foreign issuer (NewFederatedIssuer), which has a loopback server of its own.
//
// The person is a method call (Approve, Decline, AutoApprove, or Visit, which plays a browser), the page at /devicelogin,
// or an HTTP request below /.sim/ for programs in other languages. Misbehaviour is asked for with Fault, a tenant that
// refuses a way to sign in with Block, and a lasting change of manners with Set.
//
// Beside it stand what programs without a person ask: a Machine for each place that has managed identities, a Runner for
// the CI systems that give assertions, Bindings for a cluster's proxy. They are started one by one, have ports of their own
// and share the Server's log and faults.
//
// The shapes follow Microsoft's documentation:
//
//   - https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
//   - https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
//   - https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
//   - https://learn.microsoft.com/entra/identity-platform/certificate-credentials
//   - https://learn.microsoft.com/entra/workload-id/workload-identity-federation
//   - https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
//   - https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
//   - https://learn.microsoft.com/entra/identity-platform/reference-error-codes
//   - https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
//   - https://www.rfc-editor.org/rfc/rfc8628 where Entra follows it, and where it is asked to
//
// Nothing here is a model for a real authorization server: it believes whoever clicks.
package entratest
