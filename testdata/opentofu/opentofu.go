// Package opentofu is nothing but the place where go.mod says which OpenTofu the tests of ../azcli run: "go build -o DIR
// github.com/opentofu/opentofu/cmd/tofu" makes it. Its requirements go with nobody else's, for it replaces one of them.
package opentofu
