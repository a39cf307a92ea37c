package main

import (
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
)

func cloudNames() []string {
	var names []string
	for _, c := range authority.Clouds() {
		names = append(names, c.Environment)
	}
	return names
}

// cloudChoice offers the clouds for a flag, with their short names.
func cloudChoice() string {
	names := cloudNames()
	for _, c := range authority.Clouds() {
		names = append(names, c.Aliases[0])
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last] + " (default " + names[0] + ")"
}

// cloudWords lists the clouds with all their names.
func cloudWords() string {
	var clouds []string
	for _, c := range authority.Clouds() {
		clouds = append(clouds, fmt.Sprintf("%s (%s)", c.Environment, strings.Join(c.Aliases, ", ")))
	}
	return "the clouds are " + strings.Join(clouds, ", ")
}

// checkKind refuses a sign-in service that is none of Microsoft Entra ID, whatever the config says of it. It is
// an authority that can't be trusted like any other, not a slip in the command line.
func checkKind(address, origin string) error {
	kind := authority.Unsupported(address)
	if kind == "" {
		return nil
	}
	return &configError{name: authorityHost, origin: origin,
		what: fmt.Sprintf("names %s, which entralogin does not support", kind),
		hint: "Entralogin signs in with Microsoft Entra ID: --environment names the cloud."}
}
