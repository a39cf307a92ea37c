// Command azcli gets a token as programs do that take one from the Azure CLI: each library of theirs runs az.
//
//	azcli LIBRARY [--tenant ID] [--subscription ID] [--graph] [--identity]
//
// On standard output: what was got, or the error that a person would see.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
)

// asked is what a program's configuration says.
type asked struct {
	tenant, subscription string
	graph                bool // Microsoft Graph, not Azure Resource Manager
	identity             bool // a managed identity, not az
}

// got is what a library makes of it.
type got struct {
	Token, Second              string `json:",omitempty"` // the second is of another tenant, or for another service
	Tenant, Subscription, User string `json:",omitempty"`
	Expires                    int64  `json:",omitempty"`
	Error                      string `json:",omitempty"`
}

// libraries are those that are there.
var libraries = map[string]func(context.Context, asked) (got, error){
	"go-azure-sdk":     byGoAzureSDK,
	"go-azure-helpers": byGoAzureHelpers,
	"hamilton":         byHamilton,
	"databricks":       byDatabricks,
	"go-autorest":      byAutorest,
	"sops":             bySops,
}

func main() {
	log.SetOutput(io.Discard) // some say there what they run
	if len(os.Args) < 2 || libraries[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: azcli", strings.Join(slices.Sorted(maps.Keys(libraries)), "|"), "[--tenant ID] [--subscription ID] [--graph] [--identity]")
		os.Exit(2)
	}
	var a asked
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	flags.StringVar(&a.tenant, "tenant", "", "the tenant's `ID`")
	flags.StringVar(&a.subscription, "subscription", "", "the subscription's `ID`")
	flags.BoolVar(&a.graph, "graph", false, "for Microsoft Graph, where the library serves it")
	flags.BoolVar(&a.identity, "identity", false, "as a managed identity, where the library serves it")
	flags.Parse(os.Args[2:])
	answer, err := libraries[os.Args[1]](context.Background(), a)
	if err != nil {
		answer.Error = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}

// bearer is the token of a request that a library has signed.
func bearer(req *http.Request) string {
	if token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	return ""
}
