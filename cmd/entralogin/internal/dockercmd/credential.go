// Package dockercmd are the commands docker-credential, which docker and others run, and docker, which sets that up.
package dockercmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/docker"
)

// Credential is the name of the command that docker runs.
const Credential = calls.DockerCredential

// NewCredential makes the command docker-credential.
func NewCredential(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   Credential + " " + strings.Join(docker.Operations(), "|"),
		Short: "Answer docker as a credential helper",
		Long: `Docker-credential is the credential helper: docker, podman, crane, ORAS, Helm and
others run it, name a registry on standard input, and get a token for those of
Azure and those of the config file. For all other registries it has none.
"entralogin docker setup" has docker run it.

  get      a token; a person is asked where nobody has signed in yet
  store    nothing: what docker login was given is forgotten
  erase    forgets the registry's token: the next get has it give out another
  list     the registries whose tokens are stored, and those of the config file
  version  the version`,
		Example: `  docker pull contoso.azurecr.io/app
  printf contoso.azurecr.io | entralogin docker-credential get`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !docker.IsOperation(args[0]) {
				return cli.Usagef("%s takes one operation: %s", Credential, strings.Join(docker.Operations(), ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return answerDocker(cmd.Context(), f, args[0]) },
	}
}

// answerDocker runs one operation.
func answerDocker(ctx context.Context, f *cli.Factory, operation string) error {
	var out bytes.Buffer
	switch operation {
	case docker.VersionOf:
		return errors.Join(docker.Version(&out, cli.ReadVersion().Release), f.Answer(out.Bytes()))
	case docker.List:
		return listRegistries(f)
	}
	in, err := readInput(f, operation)
	switch {
	case err != nil:
		return fail(f, err)
	case operation == docker.Store:
		return nil
	}
	call, err := calls.FindDocker(f, f.Flags, in.Server)
	switch {
	case err != nil:
		return fail(f, err)
	case operation == docker.Erase:
		return erase(ctx, f, call)
	case !call.Registry.Ours:
		return notFound(f, call.Registry.Why)
	}
	for _, note := range call.Notes {
		f.Err.Warn(note)
	}
	return get(ctx, f, call, in)
}

// readInput reads what docker says.
func readInput(f *cli.Factory, operation string) (docker.Input, error) {
	return calls.ReadInput(f, func(in io.Reader) (docker.Input, error) { return docker.Read(operation, in) },
		func(what string) error { return &docker.InputError{What: what} })
}

// fail has docker show why there is no answer: of a helper that fails it shows the standard output.
func fail(f *cli.Factory, err error) error {
	told := err
	if _, ok := errors.AsType[*docker.InputError](err); !ok {
		told = errors.New(inOneLine(f.Explain(err).Lines))
	}
	var out bytes.Buffer
	return errors.Join(err, docker.Failure(&out, told), f.Answer(out.Bytes()))
}

// inOneLine puts lines behind each other, of which some end without a full stop.
func inOneLine(lines []string) string {
	lines = slices.Clone(lines)
	for i, line := range lines {
		if i < len(lines)-1 && !strings.ContainsAny(line[max(0, len(line)-1):], ".:?!") {
			lines[i] += "."
		}
	}
	return strings.Join(lines, " ")
}

// notFound has docker go on without a credential. why is for a person, "" where nobody is to be told.
func notFound(f *cli.Factory, why string) error {
	if why != "" {
		f.Err.Warn(why)
	} else {
		f.Err.Explain("the registry is none of Azure, and not in registries: of the config file")
	}
	var out bytes.Buffer
	return errors.Join(docker.NotFound(&out), f.Answer(out.Bytes()), &cli.ExitError{Code: cli.ExitOther})
}

// listRegistries lists those whose tokens are stored, and those of the config file.
func listRegistries(f *cli.Factory) error {
	s, err := f.Settings(f.Call())
	if err != nil {
		return err
	}
	var hosts []string
	for _, r := range s.File.Registries {
		hosts = append(hosts, r.Host)
	}
	place, err := f.Config().Place(s.Settings)
	if err == nil && place.Dir != "" {
		var st *cache.Store
		if st, err = f.CacheAt(place); err == nil {
			var kept []string
			kept, err = calls.KeptRegistries(st)
			known := calls.Registries(s.File)
			hosts = append(hosts, slices.DeleteFunc(kept, func(host string) bool { return !docker.Find(host, known).Ours })...)
		}
	}
	if err != nil {
		return err
	}
	slices.Sort(hosts)
	var out bytes.Buffer
	return errors.Join(docker.Listed(&out, slices.Compact(hosts)), f.Answer(out.Bytes()))
}
