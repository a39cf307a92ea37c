//go:build netns && linux

package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The metadata service is at its own address, where loopback has that, and Azure Arc's keys are where programs look for
// them. The test runs in namespaces of its own.
func TestAloneServe(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	if err := entratest.SetMetadata(entratest.MetadataHere); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var stdout, stderr lockedBuffer
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--dir", t.TempDir(), "--machines"}, &stdout, &stderr)
	}()
	if !until(func() bool { return strings.Contains(stdout.String(), "AZURE_AUTHORITY_HOST=") }) {
		t.Fatalf("it does not start: %q %q", stdout.String(), stderr.String())
	}
	says(t, stdout.String(), "# IMDS\n# is where every program looks for it\n")
	req, err := http.NewRequest("GET", "http://"+entratest.IMDSAddress+"/metadata/identity/oauth2/token?api-version=2018-02-01&resource="+entratest.ServerID, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Metadata", "true")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if json.NewDecoder(resp.Body).Decode(&answer); answer["client_id"] != entratest.SystemIdentity().ClientID {
		t.Errorf("%s %v", resp.Status, answer)
	}
	_, arc, _ := strings.Cut(stdout.String(), "# Azure Arc\nexport IDENTITY_ENDPOINT=")
	arc, _, _ = strings.Cut(arc, "\n")
	if req, err = http.NewRequest("GET", arc+"?api-version=2020-06-01&resource="+entratest.ServerID, nil); err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Metadata", "true")
	if resp, err = http.DefaultClient.Do(req); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if named := resp.Header.Get("WWW-Authenticate"); !strings.HasPrefix(named, "Basic realm="+entratest.ArcKeys+"/") {
		t.Errorf("the key is %s", named)
	}
	stop()
	if got := <-code; got != 0 || stderr.String() != "" {
		t.Errorf("exit %d, stderr %q", got, stderr.String())
	}
}
