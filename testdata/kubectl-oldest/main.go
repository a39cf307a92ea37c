// Kubectl of the oldest version that Kubernetes supports (https://kubernetes.io/releases/), made of its own
// code: the tests in ../kubectl drive it beside the newest. When that version is not supported any more, go.mod
// takes the next one.
//
// It is https://github.com/kubernetes/kubernetes/blob/master/cmd/kubectl/kubectl.go without what registers
// metrics and credential plugins that are compiled in.
package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
