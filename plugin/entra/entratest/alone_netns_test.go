//go:build netns && linux

package entratest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The tests of this file run in namespaces of their own, where the fixed addresses of the real places can be had: as
// root, or where the kernel lets others have user namespaces.
//
//	go test -tags netns -run '^TestAlone' ./plugin/entra/entratest

// settled asks with MSAL as it comes.
func settled(t *testing.T, id managedidentity.ID, options ...managedidentity.ClientOption) (managedidentity.AuthResult, error) {
	t.Helper()
	c, err := managedidentity.New(id, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c.AcquireToken(t.Context(), arm, managedidentity.WithClaims("{}"))
}

// metadata is the server of a metadata service at its own address.
func metadata(t *testing.T) *entratest.Server {
	t.Helper()
	live(t, nil)
	s := entratest.NewServer()
	t.Cleanup(s.Close)
	if err := entratest.SetMetadata(entratest.MetadataHere); err != nil {
		t.Fatal(err)
	}
	m, err := entratest.StartIMDS(s, entratest.IMDSAddress)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return s
}

// MSAL for Go as it comes finds the metadata service at its own address, after it was busy, too.
func TestAloneIMDS(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	s := metadata(t)
	s.Fault("imds", entratest.Fault{Times: 1, Status: 410})
	got, err := settled(t, managedidentity.UserAssignedClientID(entratest.AssignedIdentity("deploy").ClientID))
	if err != nil {
		t.Fatal(err)
	}
	holds(t, s, got.AccessToken, entratest.AssignedIdentity("deploy"))
	if n := s.Requests("imds"); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// A network where the address leads nowhere: what is sent there gets lost, or the system says so at once.
func TestAloneNowhere(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	live(t, nil)
	for what, lost := range map[string]bool{entratest.MetadataDropped: true, entratest.MetadataUnreachable: false} {
		if err := entratest.SetMetadata(what); err != nil {
			t.Fatal(err)
		}
		client := insecure()
		if client.Timeout = time.Minute; lost {
			client.Timeout = 300 * time.Millisecond
		}
		_, err := client.Get("http://169.254.169.254/metadata/identity/oauth2/token")
		if err == nil || os.IsTimeout(err) != lost {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// MSAL for Go reads the key of Azure Arc's agent from its folder, and finds the agent without a variable.
func TestAloneArc(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	s := entratest.NewServer()
	defer s.Close()
	a, err := entratest.StartArc(s, entratest.ArcAddress, entratest.ArcKeys)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	live(t, a.Env)
	deploy := entratest.AssignedIdentity("deploy")
	got, err := settled(t, managedidentity.UserAssignedResourceID(deploy.ResourceID))
	if err != nil {
		t.Fatal(err)
	}
	holds(t, s, got.AccessToken, deploy)
	a.SetOld(true)
	if got, err := settled(t, managedidentity.UserAssignedClientID(deploy.ClientID)); err == nil {
		t.Errorf("MSAL takes another identity's token: %v", got.ExpiresOn)
	}
	live(t, nil)
	if err := entratest.PutArcAgent(); err != nil {
		t.Fatal(err)
	}
	if got, err = settled(t, managedidentity.SystemAssigned()); err != nil {
		t.Fatal(err)
	}
	holds(t, s, got.AccessToken, entratest.SystemIdentity())
}

// The Azure CLI signs in as the machine, and as another identity: what an ID is of it finds out by trying.
func TestAloneAzureCLI(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	s := metadata(t)
	home := t.TempDir()
	ca := filepath.Join(home, "ca.pem")
	if err := os.WriteFile(ca, s.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	deploy := entratest.AssignedIdentity("deploy")
	cmd := exec.CommandContext(t.Context(), "sh", "testdata/azure_cli_machine.sh", s.URL, deploy.ObjectID, deploy.ResourceID)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "AZURE_CONFIG_DIR=" + filepath.Join(home, "azure"), "REQUESTS_CA_BUNDLE=" + ca}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	tokens := strings.Fields(string(out))
	if len(tokens) != 3 {
		t.Fatalf("%d tokens", len(tokens))
	}
	for i, id := range []entratest.Identity{entratest.SystemIdentity(), deploy, deploy} {
		claims, err := s.VerifyToken(tokens[i], "https://management.core.windows.net/")
		if err != nil || claims["oid"] != id.ObjectID {
			t.Errorf("token %d: %v, %v", i, claims, err)
		}
	}
}
