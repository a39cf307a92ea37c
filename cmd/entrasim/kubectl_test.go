package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// asKubectl makes a kubectl of the test binary that knows one command, auth whoami.
const asKubectl = "ENTRASIM_TEST_KUBECTL"

// whoami asks the cluster of the kubeconfig whose token client-go's credential plugin brings.
func whoami() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(err)
	client, err := rest.HTTPClientFor(config)
	must(err)
	resp, err := client.Post(config.Host+"/apis/authentication.k8s.io/v1/selfsubjectreviews", "application/json", strings.NewReader("{}"))
	must(err)
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		must(fmt.Errorf("the cluster answers %s", resp.Status))
	}
	_, err = io.Copy(os.Stdout, resp.Body)
	must(err)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
