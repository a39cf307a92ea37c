package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/oauth2"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/client"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A program that asks Microsoft Graph who has signed in. Here a simulator stands for the service and for the
// person; with a tenant of your own nothing but the settings differs.
func Example() {
	sim := entratest.NewServer()
	defer sim.Close()
	sim.AutoApprove(entratest.Alice, 0)
	sim.Set(func(o *entratest.Settings) { o.Interval = time.Second })
	dir, config := house(sim)
	defer os.RemoveAll(dir)

	c, err := client.New(client.Options{
		ConfigFile: config,
		CacheDir:   filepath.Join(dir, "cache"),
		Asker:      "an example",
		Prompt: func(_ plugin.Request, p plugin.Prompt) error {
			fmt.Println("asked for a sign-in at the page", p.URL[len(sim.URL):])
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, sim.Client())
	graph := oauth2.NewClient(ctx, c.TokenSource(ctx, "User.Read"))
	for range 2 { // the second call needs nobody
		resp, err := graph.Get(sim.URL + "/v1.0/me")
		if err != nil {
			fmt.Println(err)
			return
		}
		var me struct{ DisplayName string }
		err = json.NewDecoder(resp.Body).Decode(&me)
		resp.Body.Close()
		fmt.Println(http.StatusText(resp.StatusCode), me.DisplayName, err)
	}
	// Output:
	// asked for a sign-in at the page /devicelogin
	// OK Alice Adams <nil>
	// OK Alice Adams <nil>
}

// A program that runs where nobody signs in: the application has a secret, which the settings name. The same program
// serves a person's laptop, with other settings.
func Example_machine() {
	sim := entratest.NewServer()
	defer sim.Close()
	dir, config := house(sim)
	defer os.RemoveAll(dir)
	daemon := sim.Applications.Get(entratest.DaemonID)
	daemon.Assign("https://graph.microsoft.com", "User.Read.All")
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(daemon.AddSecret(time.Hour)), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	for name, value := range map[string]string{"ENTRALOGIN_LOGIN": "spn", "ENTRALOGIN_CLIENT_SECRET_FILE": secret} { // as a pod has them
		defer os.Unsetenv(name)
		os.Setenv(name, value)
	}

	c, err := client.New(client.Options{ConfigFile: config, CacheDir: filepath.Join(dir, "cache"), ClientID: entratest.DaemonID})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, sim.Client())
	graph := oauth2.NewClient(ctx, c.TokenSource(ctx, sim.URL+"/.default"))
	resp, err := graph.Get(sim.URL + "/v1.0/users/" + entratest.Alice)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var user struct{ DisplayName string }
	err = json.NewDecoder(resp.Body).Decode(&user)
	fmt.Println(http.StatusText(resp.StatusCode), user.DisplayName, err)
	// Output:
	// OK Alice Adams <nil>
}

// house is a folder with a config file that trusts the simulator.
func house(sim *entratest.Server) (dir, config string) {
	dir, err := os.MkdirTemp("", "client")
	if err != nil {
		panic(err)
	}
	config = filepath.Join(dir, "config.yaml")
	content := fmt.Sprintf("authorities:\n- host: %s\n  ca-file: ca.pem\n  graph: %s\nauthority-host: %s\ntenant-id: %s\nclient-id: %s\n",
		sim.Host, sim.URL, sim.URL, entratest.TenantContoso, entratest.ClientID)
	for path, blob := range map[string][]byte{config: []byte(content), filepath.Join(dir, "ca.pem"): sim.CertPEM()} {
		if err := os.WriteFile(path, blob, 0o600); err != nil {
			panic(err)
		}
	}
	return dir, config
}
