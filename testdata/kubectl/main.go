// Kubectl, made of Kubernetes' own code: the tests beside it need no kubectl on the machine.
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
