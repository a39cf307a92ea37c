//go:build unix

package azidentity

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The tests of this file hold the simulator's stand-ins for Azure's machines by the SDKs' own credentials.

// A spot is where a program runs: a stand-in and what it puts into the environment.
type spot struct {
	*testing.T
	sim     *entratest.Server
	machine *entratest.Machine
}

// settle has this process live in a place, as far as its environment goes.
func settle(t *testing.T, place string) spot {
	t.Helper()
	s := spot{T: t, sim: entratest.NewServer()}
	t.Cleanup(s.sim.Close)
	var err error
	switch place {
	case "imds":
		s.machine, err = entratest.StartIMDS(s.sim, "")
	case "appservice":
		s.machine, err = entratest.StartAppService(s.sim)
	case "azureml":
		s.machine, err = entratest.StartAzureML(s.sim)
	case "servicefabric":
		s.machine, err = entratest.StartServiceFabric(s.sim)
	case "cloudshell":
		s.machine, err = entratest.StartCloudShell(s.sim, entratest.Bob)
	default:
		t.Fatal(place)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.machine.Close)
	s.live(s.machine.Env)
	return s
}

// live puts variables into the environment, of which those of other places and people are taken out.
func (s spot) live(env []string) {
	s.Helper()
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		for _, prefix := range []string{"AZURE_", "IDENTITY_", "IMDS_", "MSI_", "SYSTEM_", "AZURESUBSCRIPTION_"} {
			if strings.HasPrefix(name, prefix) {
				s.Setenv(name, "") // to be put back
				os.Unsetenv(name)
			}
		}
	}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		s.Setenv(name, value)
	}
}

// options have requests to the metadata service's address go to the stand-in, and no waits between tries.
func (s spot) options() policy.ClientOptions {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == entratest.IMDSAddress {
			u, _ := url.Parse(s.machine.URL)
			addr = u.Host
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}}
	return policy.ClientOptions{Transport: client, Retry: policy.RetryOptions{RetryDelay: time.Millisecond}}
}

// managed asks for a token of a managed identity; nil is the machine's own. MSAL's memory, which all credentials of a
// process share, is gone round by claims.
func (s spot) managed(id azidentity.ManagedIDKind) (azcore.AccessToken, error) {
	s.Helper()
	c, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ClientOptions: s.options(), ID: id})
	if err != nil {
		return azcore.AccessToken{}, err
	}
	o := scopes(armScope)
	o.Claims = "{}"
	return c.GetToken(s.Context(), o)
}

// of checks whose token it is, and that the SDK knows when it ends.
func (s spot) of(token string, ends time.Time, who string) {
	s.Helper()
	claims, err := s.sim.VerifyToken(token, "https://management.azure.com")
	if err != nil {
		s.Fatal(err)
	}
	if claims["oid"] != who || claims["tid"] != entratest.TenantContoso {
		s.Errorf("a token of %v", claims)
	}
	end, _ := claims["exp"].(float64)
	if off := ends.Sub(time.Unix(int64(end), 0)); off.Abs() > time.Minute {
		s.Errorf("the end is off by %v", off)
	}
}

// brings checks the answer of a program. unit is that of Expires.
func (s spot) brings(a answer, unit time.Duration, who string) {
	s.Helper()
	if a.Error != "" {
		s.Fatalf("%+v", a)
	}
	s.of(a.Token, time.Unix(0, 0).Add(time.Duration(a.Expires)*unit), who)
}

// places are those that need no fixed address or folder, with the object ID that their tokens are of.
func places() map[string]string {
	machine := entratest.SystemIdentity().ObjectID
	return map[string]string{"imds": machine, "appservice": machine, "azureml": machine, "servicefabric": machine,
		"cloudshell": entratest.UserID(entratest.Bob, entratest.TenantContoso)}
}

// The SDK for Go finds each place by its variables.
func TestManagedIdentity(t *testing.T) {
	for place, who := range places() {
		t.Run(place, func(t *testing.T) {
			s := settle(t, place)
			token, err := s.managed(nil)
			if err != nil {
				t.Fatal(err)
			}
			s.of(token.Token, token.ExpiresOn, who)
			if n := s.sim.Requests("*"); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// It names an identity in the words of the place, outlives what the metadata service says while it is updated, and says
// what it is told of an identity that the machine doesn't have.
func TestManagedIdentityAssigned(t *testing.T) {
	deploy := entratest.AssignedIdentity("deploy")
	for _, place := range []string{"imds", "appservice"} {
		s := settle(t, place)
		for _, id := range []azidentity.ManagedIDKind{azidentity.ClientID(deploy.ClientID), azidentity.ObjectID(deploy.ObjectID), azidentity.ResourceID(deploy.ResourceID)} {
			token, err := s.managed(id)
			if err != nil {
				t.Fatal(err)
			}
			s.of(token.Token, token.ExpiresOn, deploy.ObjectID)
		}
	}
	s := settle(t, "imds")
	for _, status := range []int{404, 410, 429, 500, 503} {
		s.sim.Fault("imds", entratest.Fault{Times: 1, Status: status})
	}
	if token, err := s.managed(nil); err != nil {
		t.Error(err)
	} else {
		s.of(token.Token, token.ExpiresOn, entratest.SystemIdentity().ObjectID)
	}
	if n := s.sim.Requests("imds"); n != 6 {
		t.Errorf("%d requests", n)
	}
	_, err := s.managed(azidentity.ClientID(entratest.AssignedIdentity("other").ClientID))
	if said := fmt.Sprint(err); !strings.Contains(said, "the requested identity isn't assigned to this resource") || !strings.Contains(said, "Identity not found") {
		t.Error(said)
	}
}

// What answers at the address of the metadata service and is not it makes a chain of credentials go on.
func TestManagedIdentityForeign(t *testing.T) {
	for what, f := range map[string]entratest.Fault{
		"a page":         {Body: "<html><body>Welcome</body></html>", Header: map[string]string{"Content-Type": "text/html"}},
		"Docker Desktop": {Status: 403, Body: "connecting to 169.254.169.254:80: connecting to 169.254.169.254:80: dial tcp 169.254.169.254:80: connectex: A socket operation was attempted to an unreachable network."},
	} {
		s := settle(t, "imds")
		s.sim.Fault("imds", f)
		if _, err := s.managed(nil); err == nil || what == "Docker Desktop" && !strings.Contains(err.Error(), "unreachable") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The SDK for JavaScript does likewise, and finds the metadata service by a variable. Service Fabric's certificate it doesn't know
// what to do with: it has the thumbprint, and compares nothing.
func TestManagedIdentityJavaScript(t *testing.T) {
	for place, who := range places() {
		t.Run(place, func(t *testing.T) {
			s := settle(t, place)
			a := s.javaScript("managed", armScope)
			if place == "servicefabric" {
				if a.Error != "CredentialUnavailableError" || s.sim.Requests("servicefabric") != 0 {
					t.Errorf("%+v", a)
				}
				return
			}
			s.brings(a, time.Millisecond, who)
		})
	}
	s := settle(t, "imds")
	deploy := entratest.AssignedIdentity("deploy")
	for name, value := range map[string]string{"clientId": deploy.ClientID, "objectId": deploy.ObjectID, "resourceId": deploy.ResourceID} {
		a := s.javaScript("managed", armScope, name, value)
		s.brings(a, time.Millisecond, deploy.ObjectID)
	}
}

// So does the SDK for Python. It takes whatever certificate Service Fabric has.
func TestManagedIdentityPython(t *testing.T) {
	for place, who := range places() {
		t.Run(place, func(t *testing.T) {
			s := settle(t, place)
			a := s.python(armScope)
			s.brings(a, time.Second, who)
		})
	}
	deploy := entratest.AssignedIdentity("deploy")
	for place, ids := range map[string][][]string{
		"imds":       {{"client_id", deploy.ClientID}, {"object_id", deploy.ObjectID}, {"msi_res_id", deploy.ResourceID}},
		"appservice": {{"client_id", deploy.ClientID}, {"mi_res_id", deploy.ResourceID}},
		"azureml":    {{"client_id", deploy.ClientID}},
	} {
		s := settle(t, place)
		for _, id := range ids {
			a := s.python(append([]string{armScope}, id...)...)
			s.brings(a, time.Second, deploy.ObjectID)
		}
	}
}

// world has the checks of a person's, without a home.
func (s spot) world() *world { return &world{T: s.T, sim: s.sim} }

// python runs machines.py.
func (s spot) python(args ...string) answer {
	s.Helper()
	s.Setenv("PYTHONWARNINGS", "ignore") // of the certificate
	return s.world().ask(cmp.Or(os.Getenv("PYTHON"), "/usr/bin/python3"), append([]string{"machines.py"}, args...)...)
}

// javaScript runs machines.cjs.
func (s spot) javaScript(args ...string) answer {
	s.Helper()
	return s.world().ask(s.world().node(), slices.Concat([]string{"../azidentity-js/machines.cjs"}, args)...)
}
