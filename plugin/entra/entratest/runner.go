package entratest

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Runner stands in for the service that gives the jobs of a CI system assertions about themselves. An issuer signs
// them; whether an application trusts it is another matter (see Application.AddFederated).
type Runner struct {
	URL string   // as the job has it
	Env []string // "NAME=value": what a job finds in its environment

	server   *Server
	listener net.Listener
	http     *http.Server
	issuer   *FederatedIssuer
	token    string // of the job

	mu        sync.Mutex // guards all below
	assertion Assertion
}

// startRunner serves a CI system until Close, under the Server's certificate.
func startRunner(s *Server, issuer *FederatedIssuer, a Assertion, r route, query string, serve func(*Runner, http.ResponseWriter, *http.Request)) (*Runner, error) {
	runner := &Runner{server: s, issuer: issuer, token: "eyJ" + newSecret(120), assertion: a}
	r.serve = func(w http.ResponseWriter, req *http.Request) { serve(runner, w, req) }
	mux := http.NewServeMux()
	mux.Handle(r.pattern, s.observed(r))
	mux.Handle("/", s.observed(route{name: "unknown", serve: http.NotFound}))
	l, h, origin, err := listen("", &s.leaf, mux)
	if err != nil {
		return nil, err
	}
	runner.listener, runner.http, runner.URL = l, h, origin+r.pattern+query
	s.keepSecrets(runner.token)
	return runner, nil
}

// Close stops the service, and ends the requests that a fault keeps waiting.
func (r *Runner) Close() {
	r.listener.Close()
	r.http.Close()
}

// Assert says what the assertions are from now on: whom they are about, and how long they live.
func (r *Runner) Assert(a Assertion) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.assertion = a
}

// sign signs an assertion for an audience.
func (r *Runner) sign(audience string) string {
	r.mu.Lock()
	a := r.assertion
	r.mu.Unlock()
	if a.Audience == "" {
		a.Audience = audience
	}
	return r.issuer.Sign(a)
}

// authorized says whether a request has the job's token.
func (r *Runner) authorized(req *http.Request) bool {
	scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && token == r.token
}

// GitHubSubject is whom the assertions of StartGitHub are about.
const GitHubSubject = "repo:contoso/app:ref:refs/heads/main"

// StartGitHub stands in for the ID token endpoint of GitHub Actions: it is asked with GET, for any audience.
// https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
func StartGitHub(s *Server, issuer *FederatedIssuer) (*Runner, error) {
	claims := map[string]any{"repository": "contoso/app", "repository_owner": "contoso", "ref": "refs/heads/main", "ref_type": "branch", "event_name": "push",
		"actor": "alice", "workflow": "deploy", "run_id": "1", "run_attempt": "1", "runner_environment": "github-hosted"}
	r, err := startRunner(s, issuer, Assertion{Subject: GitHubSubject, Life: 5 * time.Minute, Claims: claims},
		route{name: "github", pattern: "/" + newGUID() + "/idtoken/" + newGUID(), methods: []string{"GET"}}, "?api-version=2.0", (*Runner).serveGitHub)
	if err == nil {
		r.Env = []string{"GITHUB_ACTIONS=true", "ACTIONS_ID_TOKEN_REQUEST_URL=" + r.URL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + r.token}
	}
	return r, err
}

func (r *Runner) serveGitHub(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	switch {
	case !r.authorized(req):
		writeJSON(w, http.StatusUnauthorized, map[string]any{"statusCode": http.StatusUnauthorized, "errorMessage": "the job's token is missing or wrong"})
		return
	case query.Get("api-version") != "2.0" || len(query["audience"]) > 1:
		writeJSON(w, http.StatusBadRequest, map[string]any{"statusCode": http.StatusBadRequest, "errorMessage": "the address is not the one that the job was given"})
		return
	}
	audience := query.Get("audience")
	if audience == "" {
		audience = "https://github.com/contoso"
	}
	value := r.sign(audience)
	writeJSON(w, http.StatusOK, map[string]any{"count": len(value), "value": value})
}

// PipelinesSubject is whom the assertions of StartPipelines are about: a service connection of a project.
const PipelinesSubject = "sc://contoso/app/azure"

// StartPipelines stands in for the endpoint of Azure Pipelines that gives a job an assertion of a service connection, whose
// application has the client ID.
// https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
func StartPipelines(s *Server, issuer *FederatedIssuer, clientID string) (*Runner, error) {
	path := "/contoso/" + newGUID() + "/_apis/distributedtask/hubs/build/plans/" + newGUID() + "/jobs/" + newGUID() + "/oidctoken"
	r, err := startRunner(s, issuer, Assertion{Subject: PipelinesSubject}, route{name: "pipelines", pattern: path, methods: []string{"POST"}}, "", (*Runner).servePipelines)
	if err == nil {
		r.Env = []string{"TF_BUILD=True", "SYSTEM_OIDCREQUESTURI=" + r.URL, "SYSTEM_ACCESSTOKEN=" + r.token,
			"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=" + ServiceConnection(), "AZURESUBSCRIPTION_CLIENT_ID=" + clientID, "AZURESUBSCRIPTION_TENANT_ID=" + TenantContoso}
	}
	return r, err
}

// ServiceConnection is the ID of the only one that StartPipelines knows.
func ServiceConnection() string { return derivedGUID("service connection") }

func (r *Runner) servePipelines(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	w.Header().Set("x-vss-e2eid", newGUID())
	switch {
	case !r.authorized(req) && !slices.Contains(req.Header["X-Tfs-Fedauthredirect"], "Suppress"):
		w.Header().Set("Location", r.server.URL+"/devops/_signin") // for a person's browser
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusFound)
		return
	case !r.authorized(req):
		w.Header().Set("WWW-Authenticate", "Bearer authorization_uri="+r.server.URL+"/"+TenantContoso)
		writePipelinesError(w, http.StatusUnauthorized, "TF400813: The user '' is not authorized to access this resource.")
		return
	case !slices.Contains([]string{"7.1", "7.1-preview.1", "7.2-preview.1"}, query.Get("api-version")):
		writePipelinesError(w, http.StatusBadRequest, "No api-version was supplied for the \"POST\" request, or one that is not supported.")
		return
	case !strings.EqualFold(query.Get("serviceConnectionId"), ServiceConnection()):
		writePipelinesError(w, http.StatusNotFound, "The service connection does not exist, has been disabled or hasn't been authorized for use.")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"oidcToken": r.sign(ExchangeAudience)})
}

func writePipelinesError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]any{"$id": "1", "innerException": nil, "message": message,
		"typeName": "Microsoft.TeamFoundation.DistributedTask.WebApi.DistributedTaskException", "typeKey": "DistributedTaskException", "errorCode": 0, "eventId": 3000})
}
