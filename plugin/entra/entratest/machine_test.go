package entratest_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const arm = "https://management.azure.com"

// starters start each stand-in of a place with managed identities, by the name of its route.
func starters(t *testing.T) map[string]func(*entratest.Server) (*entratest.Machine, error) {
	return map[string]func(*entratest.Server) (*entratest.Machine, error){
		"imds":          func(s *entratest.Server) (*entratest.Machine, error) { return entratest.StartIMDS(s, "") },
		"appservice":    entratest.StartAppService,
		"azureml":       entratest.StartAzureML,
		"servicefabric": entratest.StartServiceFabric,
		"cloudshell": func(s *entratest.Server) (*entratest.Machine, error) {
			return entratest.StartCloudShell(s, entratest.Bob)
		},
		"arc": func(s *entratest.Server) (*entratest.Machine, error) {
			a, err := entratest.StartArc(s, "", t.TempDir())
			if err != nil {
				return nil, err
			}
			return a.Machine, nil
		},
	}
}

// start starts a stand-in, in whose environment the test goes on.
func start(t *testing.T, s *entratest.Server, name string) *entratest.Machine {
	t.Helper()
	m, err := starters(t)[name](s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	live(t, m.Env)
	return m
}

// live has this process live in the environment of a stand-in.
func live(t *testing.T, env []string) {
	t.Helper()
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET", "DEFAULT_IDENTITY_CLIENT_ID"} {
		t.Setenv(name, "")
	}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
}

// led is a client whose connections to the metadata service's address go to the stand-in.
func led(m *entratest.Machine) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == entratest.IMDSAddress {
			u, _ := url.Parse(m.URL)
			addr = u.Host
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}}
}

// acquire asks with MSAL. Its memory serves all clients of a process, whatever they ask; claims make it ask anew.
func acquire(t *testing.T, m *entratest.Machine, id managedidentity.ID) (managedidentity.AuthResult, error) {
	t.Helper()
	c, err := managedidentity.New(id, managedidentity.WithHTTPClient(led(m)), managedidentity.WithRetryPolicyDisabled())
	if err != nil {
		return managedidentity.AuthResult{}, err
	}
	return c.AcquireToken(t.Context(), arm, managedidentity.WithClaims("{}"))
}

// holds checks a token and who it is of.
func holds(t *testing.T, s *entratest.Server, token string, id entratest.Identity) map[string]any {
	t.Helper()
	claims, err := s.VerifyToken(token, arm)
	if err != nil {
		t.Fatal(err)
	}
	if claims["oid"] != id.ObjectID || claims["azp"] != id.ClientID || claims["xms_mirid"] != id.ResourceID || claims["idtyp"] != "app" {
		t.Errorf("a token of %v", claims)
	}
	return claims
}

// MSAL for Go gets a token of the machine's own identity in each place where its key needs no fixed folder, and
// believes how long it lives.
func TestMachineMSAL(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	for _, test := range []struct{ place, source string }{
		{"imds", "DefaultToIMDS"}, {"appservice", "AppService"}, {"azureml", "AzureML"}, {"servicefabric", "ServiceFabric"}, {"cloudshell", "CloudShell"},
	} {
		t.Run(test.place, func(t *testing.T) {
			m := start(t, s, test.place)
			if source, err := managedidentity.GetSource(); err != nil || string(source) != test.source {
				t.Fatalf("MSAL thinks it is %q, %v", source, err)
			}
			got, err := acquire(t, m, managedidentity.SystemAssigned())
			if err != nil {
				t.Fatal(err)
			}
			life := 24 * time.Hour
			if test.place == "cloudshell" {
				life = time.Hour
				if claims, err := s.VerifyToken(got.AccessToken, arm); err != nil || claims["preferred_username"] != entratest.Bob {
					t.Errorf("a token of %v, %v", claims, err)
				}
			} else {
				holds(t, s, got.AccessToken, entratest.SystemIdentity())
			}
			if left := time.Until(got.ExpiresOn); left < life-time.Minute || left > life+time.Minute {
				t.Errorf("it ends in %v", left)
			}
			if n := s.Requests(test.place); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// Which identity is meant is said in each place's own words, and refused where it is not the machine's.
func TestMachineAssigned(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	deploy, other := entratest.AssignedIdentity("deploy"), entratest.AssignedIdentity("other")
	for _, place := range []string{"imds", "appservice", "azureml"} {
		t.Run(place, func(t *testing.T) {
			m := start(t, s, place)
			ids := map[managedidentity.ID]bool{managedidentity.UserAssignedClientID(deploy.ClientID): true, managedidentity.UserAssignedClientID(other.ClientID): false}
			if place != "azureml" {
				ids[managedidentity.UserAssignedObjectID(deploy.ObjectID)] = true
				ids[managedidentity.UserAssignedResourceID(strings.ToUpper(deploy.ResourceID))] = true
				ids[managedidentity.UserAssignedResourceID(other.ResourceID)] = false
			}
			for id, good := range ids {
				got, err := acquire(t, m, id)
				if good && err != nil || !good && (err == nil || !strings.Contains(err.Error(), "400")) {
					t.Errorf("%v: %v", id, err)
				}
				if good {
					holds(t, s, got.AccessToken, deploy)
				}
			}
		})
	}
}

// Without a system-assigned identity the only other one is meant where none is named, and of several none.
func TestMachineAssign(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	m := start(t, s, "imds")
	deploy, other := entratest.AssignedIdentity("deploy"), entratest.AssignedIdentity("other")
	m.SetLife(time.Hour)
	m.Assign(false, other)
	got, err := acquire(t, m, managedidentity.SystemAssigned())
	if err != nil {
		t.Fatal(err)
	}
	holds(t, s, got.AccessToken, other)
	if left := time.Until(got.ExpiresOn); left > time.Hour {
		t.Errorf("it ends in %v", left)
	}
	for _, assigned := range [][]entratest.Identity{{deploy, other}, {}} {
		m.Assign(false, assigned...)
		if _, err := acquire(t, m, managedidentity.SystemAssigned()); err == nil || !strings.Contains(err.Error(), "400") {
			t.Errorf("%d identities, and none named: %v", len(assigned), err)
		}
	}
}

// What lacks a header, a version or a resource is refused in each place, and so is whoever came by a proxy.
func TestMachineStrict(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	good := map[string]struct {
		header, query string
	}{
		"imds":          {"Metadata=true", "api-version=2018-02-01&resource=" + arm},
		"arc":           {"Metadata=true", "api-version=2020-06-01&resource=" + arm},
		"appservice":    {"X-IDENTITY-HEADER=IDENTITY_HEADER", "api-version=2019-08-01&resource=" + arm},
		"azureml":       {"secret=MSI_SECRET", "api-version=2017-09-01&resource=" + arm},
		"servicefabric": {"secret=IDENTITY_HEADER", "api-version=2019-07-01-preview&resource=" + arm},
		"cloudshell":    {"Metadata=true", "resource=" + arm},
	}
	for place, g := range good {
		t.Run(place, func(t *testing.T) {
			m := start(t, s, place)
			status := func(header, query string, more ...string) int {
				t.Helper()
				code, _ := ask(t, m, header, query, more...)
				return code
			}
			want := http.StatusOK
			if place == "arc" {
				want = http.StatusUnauthorized // its first answer
			}
			if got := status(g.header, g.query); got != want {
				t.Errorf("as it should be: %d", got)
			}
			name, _, _ := strings.Cut(g.header, "=")
			cases := map[string]int{"no header": status("", g.query), "a wrong header": status(name+"=True", g.query),
				"no resource": status(g.header, strings.Replace(g.query, "resource=", "x=", 1)), "no query": status(g.header, "")}
			if strings.Contains(g.query, "api-version") {
				cases["no version"] = status(g.header, "resource="+arm)
				cases["another version"] = status(g.header, strings.Replace(g.query, "api-version=20", "api-version=19", 1))
			}
			if place == "imds" {
				cases["by a proxy"] = status(g.header, g.query, "X-Forwarded-For", "192.0.2.1")
				cases["the probe"] = status("", "")
				cases["two identities"] = status(g.header, g.query+"&client_id=a&object_id=b")
			}
			if place != "arc" && place != "cloudshell" {
				cases["a scope"] = status(g.header, g.query+"/.default")
			}
			for what, got := range cases {
				if got < 400 {
					t.Errorf("%s: %d", what, got)
				}
			}
		})
	}
}

// ask sends a request. The value of a header may be the name of a variable.
func ask(t *testing.T, m *entratest.Machine, header, query string, more ...string) (int, map[string]any) {
	t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	target := m.URL + "?" + query
	if os.Getenv("MSI_ENDPOINT") == m.URL && os.Getenv("MSI_SECRET") == "" {
		method, target, body = http.MethodPost, m.URL, strings.NewReader(query)
	}
	req, err := http.NewRequest(method, target, body)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if name, value, ok := strings.Cut(header, "="); ok {
		if set := os.Getenv(value); set != "" {
			value = set
		}
		req.Header.Set(name, value)
	}
	for i := 0; i+1 < len(more); i += 2 {
		req.Header.Set(more[i], more[i+1])
	}
	resp, err := insecure().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if challenge := resp.Header.Get("WWW-Authenticate"); challenge != "" {
		answer["challenge"] = challenge
	}
	return resp.StatusCode, answer
}

// The fields of an answer have the types that each place gives them.
func TestMachineFields(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	text := func(t *testing.T, answer map[string]any, names ...string) {
		t.Helper()
		for _, name := range names {
			number, ok := answer[name].(string)
			if _, err := strconv.Atoi(number); !ok || err != nil {
				t.Errorf("%s is %v", name, answer[name])
			}
		}
	}
	m := start(t, s, "imds")
	_, answer := ask(t, m, "Metadata=true", "api-version=2018-02-01&resource="+arm+"&object_id="+entratest.AssignedIdentity("deploy").ObjectID)
	text(t, answer, "expires_in", "expires_on", "not_before")
	if answer["object_id"] != entratest.AssignedIdentity("deploy").ObjectID || answer["resource"] != arm || answer["token_type"] != "Bearer" {
		t.Errorf("%v", answer)
	}
	m = start(t, s, "servicefabric")
	if _, answer = ask(t, m, "Secret=IDENTITY_HEADER", "api-version=2019-07-01-preview&resource="+arm); answer["expires_on"] == nil || answer["expires_in"] != nil {
		t.Errorf("%v", answer)
	} else if _, number := answer["expires_on"].(float64); !number {
		t.Errorf("expires_on is %v", answer["expires_on"])
	}
	m = start(t, s, "cloudshell")
	_, answer = ask(t, m, "Metadata=true", "resource="+arm)
	text(t, answer, "expires_in", "expires_on", "not_before")
	if status, answer := ask(t, m, "Metadata=true", "resource=6dae42f8-4368-4678-94ff-3960e28e3630"); status != 400 {
		t.Errorf("a cluster in the Cloud Shell: %d %v", status, answer)
	}
}

// Azure Arc wants the content of a file that serves once, and its agents confirm the identity that was asked for, or,
// if they are old, give another one's token.
func TestArc(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	keys := t.TempDir()
	a, err := entratest.StartArc(s, "", keys)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	live(t, a.Env)
	deploy := entratest.AssignedIdentity("deploy")
	query := "api-version=2020-06-01&resource=" + arm + "&msi_res_id=" + url.QueryEscape(deploy.ResourceID)
	prove := func() string {
		t.Helper()
		status, answer := ask(t, a.Machine, "Metadata=true", query)
		challenge, _ := answer["challenge"].(string)
		path, ok := strings.CutPrefix(challenge, "Basic realm=")
		if status != http.StatusUnauthorized || !ok || filepath.Dir(path) != keys || filepath.Ext(path) != ".key" {
			t.Fatalf("%d %v", status, answer)
		}
		key, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return "Basic " + string(key)
	}
	key := prove()
	status, answer := ask(t, a.Machine, "Metadata=true", query, "Authorization", key)
	if status != http.StatusOK || answer["msi_res_id"] != deploy.ResourceID {
		t.Fatalf("%d %v", status, answer)
	}
	holds(t, s, answer["access_token"].(string), deploy)
	for _, used := range []string{key, "Basic x", "Bearer x"} {
		if status, _ := ask(t, a.Machine, "Metadata=true", query, "Authorization", used); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", used[:7], status)
		}
	}
	if left, err := os.ReadDir(keys); err != nil || len(left) != 3 { // those that were named above
		t.Errorf("%d keys, %v", len(left), err)
	}
	a.SetOld(true)
	if _, answer = ask(t, a.Machine, "Metadata=true", query, "Authorization", prove()); answer["msi_res_id"] != nil {
		t.Errorf("%v", answer)
	}
	holds(t, s, answer["access_token"].(string), entratest.SystemIdentity())
	a.Close()
	if left, err := os.ReadDir(keys); err != nil || len(left) > 0 {
		t.Errorf("%d keys are left behind, %v", len(left), err)
	}
}

// The faults of the Server are those of the stand-ins, too, in the shape of each place.
func TestMachineFaults(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	m := start(t, s, "imds")
	query := "api-version=2018-02-01&resource=" + arm
	for _, status := range []int{404, 410, 429, 500, 503} {
		s.Fault("imds", entratest.Fault{Times: 1, Status: status})
		if got, answer := ask(t, m, "Metadata=true", query); got != status || answer["error"] == nil {
			t.Errorf("%d: %d %v", status, got, answer)
		}
	}
	if got, _ := ask(t, m, "Metadata=true", query); got != http.StatusOK {
		t.Errorf("afterwards: %d", got)
	}
	s.Fault("imds", entratest.Fault{Times: 1, Drop: true})
	if resp, err := http.Get(m.URL); err == nil {
		t.Errorf("dropped: %s", resp.Status)
	}
	s.Fault("imds", entratest.Fault{Times: 1, Redirect: "http://192.0.2.1/"})
	if resp, err := http.DefaultTransport.RoundTrip(request(t, m.URL)); err != nil || resp.Header.Get("Location") != "http://192.0.2.1/" {
		t.Errorf("redirected: %v, %v", resp, err)
	}
	s.Fault("imds", entratest.Fault{Times: 1, Stream: 64 << 20})
	resp, err := http.Get(m.URL)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != 64<<20 {
		t.Errorf("streamed: %d bytes, %v", n, err)
	}
	s.Fault("imds", entratest.Fault{Times: 1, Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := http.DefaultClient.Do(request(t, m.URL).WithContext(ctx)); err == nil {
		t.Error("it did not wait")
	}
	shapes := map[string]string{"appservice": "statusCode", "azureml": "statusCode", "servicefabric": "error", "cloudshell": "error"}
	for place, field := range shapes {
		m := start(t, s, place)
		s.Fault(place, entratest.Fault{Times: 1, Status: 500})
		if status, answer := ask(t, m, "", ""); status != 500 || answer[field] == nil || answer["error_description"] != nil {
			t.Errorf("%s: %d %v", place, status, answer)
		}
	}
}

func request(t *testing.T, target string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}
