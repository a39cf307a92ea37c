//go:build netns && linux

package azidentity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The tests of this file run in namespaces of their own, where the SDKs find Azure's fixed addresses as they come:
//
//	go test -tags netns -run '^TestAlone'

// The chain of credentials asks whether there is a metadata service, and then for a token.
func TestAloneMetadata(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	s := spot{T: t, sim: entratest.NewServer()}
	t.Cleanup(s.sim.Close)
	s.live(nil)
	s.Setenv("PATH", "/usr/bin:/bin")
	s.Setenv("AZURE_TOKEN_CREDENTIALS", "prod")
	if err := entratest.SetMetadata(entratest.MetadataDropped); err != nil {
		t.Fatal(err)
	}
	chain := func() *azidentity.DefaultAzureCredential {
		c, err := azidentity.NewDefaultAzureCredential(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if _, err := chain().GetToken(t.Context(), scopes(armScope)); !strings.Contains(fmt.Sprint(err), "managed identity timed out") {
		t.Error(err)
	}
	if err := entratest.SetMetadata(entratest.MetadataHere); err != nil {
		t.Fatal(err)
	}
	m, err := entratest.StartIMDS(s.sim, entratest.IMDSAddress)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	token, err := chain().GetToken(t.Context(), scopes(armScope))
	if err != nil {
		t.Fatal(err)
	}
	s.of(token.Token, token.ExpiresOn, entratest.SystemIdentity().ObjectID)
	if log := s.sim.RequestLog(); len(log) != 2 || log[0].Status != 400 || log[1].Status != 200 {
		t.Errorf("the requests are %+v", log)
	}
	a := s.javaScript("managed", armScope, "objectId", entratest.AssignedIdentity("deploy").ObjectID)
	s.brings(a, time.Millisecond, entratest.AssignedIdentity("deploy").ObjectID)
}

// Azure Arc: both SDKs read the key that the agent wrote, want the identity confirmed, and find the agent by its program.
func TestAloneArc(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	s := spot{T: t, sim: entratest.NewServer()}
	t.Cleanup(s.sim.Close)
	a, err := entratest.StartArc(s.sim, entratest.ArcAddress, entratest.ArcKeys)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	s.machine = a.Machine
	s.live(a.Env)
	deploy := entratest.AssignedIdentity("deploy")
	for _, id := range []azidentity.ManagedIDKind{azidentity.ClientID(deploy.ClientID), azidentity.ObjectID(deploy.ObjectID), azidentity.ResourceID(deploy.ResourceID)} {
		token, err := s.managed(id)
		if err != nil {
			t.Fatal(err)
		}
		s.of(token.Token, token.ExpiresOn, deploy.ObjectID)
	}
	js := s.javaScript("managed", armScope, "resourceId", deploy.ResourceID)
	s.brings(js, time.Millisecond, deploy.ObjectID)
	a.SetOld(true)
	if _, err := s.managed(azidentity.ClientID(deploy.ClientID)); !strings.Contains(fmt.Sprint(err), "did not confirm") {
		t.Error(err)
	}
	if js := s.javaScript("managed", armScope, "clientId", deploy.ClientID); js.Error == "" {
		t.Error("another identity's token was taken")
	}
	s.live(nil)
	if err := entratest.PutArcAgent(); err != nil {
		t.Fatal(err)
	}
	token, err := s.managed(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.of(token.Token, token.ExpiresOn, entratest.SystemIdentity().ObjectID)
}
