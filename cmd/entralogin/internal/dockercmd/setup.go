package dockercmd

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/docker"
	"github.com/entralogin/entralogin/plugin/docker/dockercheck"
	"github.com/entralogin/entralogin/plugin/docker/dockerconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// edit is a change of docker's or podman's file.
type edit struct {
	podman    bool
	file      string
	dryRun    bool
	overwrite bool
}

func newSetup(f *cli.Factory) *cobra.Command {
	var e edit
	cmd := &cobra.Command{
		Use:   "setup [REGISTRY...]",
		Short: "Have docker and podman run entralogin for registries",
		Long: `Setup writes into docker's config.json that entralogin is the helper of a registry
(credHelpers). Podman, buildah, skopeo, crane, ORAS and Helm read that file, too.
Without a registry it does so for those under registries: in the config file.
credsStore, the helper of all other registries, is left alone, and so is every
other byte of the file.

The file is $DOCKER_CONFIG/config.json or ~/.docker/config.json. With --podman it
is podman's own: $REGISTRY_AUTH_FILE, else ~/.config/containers/auth.json.

Docker runs docker-credential-entralogin, a link to entralogin, from the PATH.

Running it twice changes nothing. Another helper of a registry is left alone
without --overwrite. "entralogin docker unset" takes it back.`,
		Example: `  entralogin docker setup contoso.azurecr.io
  entralogin docker setup --dry-run contoso.azurecr.io
  entralogin docker setup --podman contoso.azurecr.io`,
		RunE: func(cmd *cobra.Command, args []string) error { return e.set(cmd.Context(), f, args) },
	}
	e.flags(cmd)
	cmd.Flags().BoolVar(&e.overwrite, "overwrite", false, "replace another helper of the registry")
	return cmd
}

func newUnset(f *cli.Factory) *cobra.Command {
	var e edit
	cmd := &cobra.Command{
		Use:   "unset [REGISTRY...]",
		Short: "Take back what docker setup wrote",
		Long: `Unset removes what "entralogin docker setup" wrote, and nothing else: for the
registries that are named, or for all that have entralogin as their helper.`,
		Example: `  entralogin docker unset
  entralogin docker unset contoso.azurecr.io`,
		RunE: func(cmd *cobra.Command, args []string) error { return e.unset(cmd.Context(), f, args) },
	}
	e.flags(cmd)
	return cmd
}

func (e *edit) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if flags.Changed("file") && e.file == "" {
			return cli.Usagef("--file is empty: which file is meant?")
		}
		return nil
	}
	flags.BoolVar(&e.podman, "podman", false, "change podman's file instead of docker's")
	flags.StringVar(&e.file, "file", "", "change this `file` instead of docker's")
	flags.BoolVar(&e.dryRun, "dry-run", false, "show the change and write nothing")
}

// path is the file that is meant.
func (e edit) path(f *cli.Factory) (string, error) {
	places := calls.DockerPlaces(f)
	path := places.Docker()
	switch {
	case e.podman && e.file != "":
		return "", cli.Usagef("--podman and --file: only one file can be meant")
	case e.file != "":
		return e.file, nil
	case e.podman:
		path = places.PodmanLasting()
	}
	if path == "" {
		return "", &config.Error{Name: "docker's config.json", What: "has no place: HOME is not set", Hint: "Set it, or name the file with --file."}
	}
	return path, nil
}

// words are those of the command with what was given.
func (e edit) words(name string, registries []string) []string {
	words := append([]string{"docker", name}, registries...)
	if e.podman {
		words = append(words, "--podman")
	}
	if e.file != "" {
		words = append(words, "--file", e.file)
	}
	return words
}

// set has docker run entralogin for registries.
func (e edit) set(ctx context.Context, f *cli.Factory, names []string) error {
	s, err := f.Settings(f.Call())
	if err != nil {
		return err
	}
	known := calls.Registries(s.File)
	if len(names) == 0 {
		for _, r := range known {
			names = append(names, r.Host)
		}
	}
	if len(names) == 0 {
		return cli.Usagef("docker setup needs a registry, such as contoso.azurecr.io")
	}
	var registries []string
	for _, name := range names {
		if name == "" {
			return cli.Usagef("docker setup: a registry is named by an empty word")
		}
		r := docker.Find(name, known)
		if !r.Ours {
			what, hint := diagnose.Stranger(r, name)
			return &config.Error{Name: text.Redact(name, 120), What: what, Hint: upper(hint) + "."}
		}
		registries = append(registries, r.Host)
	}
	store := e.ownStore(f)
	err = e.make(ctx, f, dockerconfig.Change{Set: registries, Overwrite: e.overwrite})
	if taken, ok := errors.AsType[*dockerconfig.TakenError](err); ok {
		return &config.Error{Name: "docker's configuration", What: taken.Error(),
			Hint: "Nothing was changed. To put entralogin in its place: " + f.Explainer().Command(append(e.words("setup", names), "--overwrite")...)}
	}
	if err == nil {
		sayLink(f)
	}
	if err == nil && store != "" && !e.dryRun {
		f.Err.Warn(fmt.Sprintf(`from now on docker keeps other passwords in this file, in plain text, and no longer in %s, which it took by itself; to have it go on, add to the file: "credsStore": %q`,
			dockerconfig.Program(store), store))
	}
	return err
}

// ownStore is the helper that docker takes by itself for other registries until its file names one, "" for none. What
// can't be read is told elsewhere.
func (e edit) ownStore(f *cli.Factory) string {
	path, err := e.path(f)
	if err != nil || path != calls.DockerPlaces(f).Docker() {
		return ""
	}
	says, err := dockerconfig.Load(path)
	if err != nil || !says.Undecided() {
		return ""
	}
	return dockerconfig.OwnStore(runtime.GOOS, exec.LookPath)
}

func upper(sentence string) string { return strings.ToUpper(sentence[:1]) + sentence[1:] }

// sayLink tells where docker would not find the program.
func sayLink(f *cli.Factory) {
	if found := dockercheck.CheckProgram(check.ThisMachine(), diagnose.LinkCommand()); found.Level != check.OK {
		f.Err.Warn(found.What + "; " + found.Remedy)
	}
}

// unset takes registries out, also those that are no longer in the config file.
func (e edit) unset(ctx context.Context, f *cli.Factory, names []string) error {
	path, err := e.path(f)
	if err != nil {
		return err
	}
	says, err := dockerconfig.Load(path)
	if err != nil {
		return err
	}
	registries := says.Ours()
	if len(names) > 0 {
		registries = slices.DeleteFunc(registries, func(ours string) bool { return !isNamed(ours, names) })
	}
	return e.make(ctx, f, dockerconfig.Change{Unset: registries})
}

// isNamed reports whether a registry of the file is among names, which are as setup takes them: hosts, and addresses of them.
func isNamed(registry string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, host, found := strings.Cut(name, "://")
		if !found {
			host = name
		}
		host, _, _ = strings.Cut(host, "/")
		return name == registry || strings.EqualFold(host, registry)
	})
}

// make makes a change, or shows it. A file that does not exist is not made where nothing is to stand in it.
func (e edit) make(ctx context.Context, f *cli.Factory, c dockerconfig.Change) error {
	path, err := e.path(f)
	if err != nil {
		return err
	}
	says, err := dockerconfig.Load(path)
	if err != nil {
		return err
	}
	planned, err := says.Edit(c)
	switch {
	case err != nil:
		return err
	case planned.IsNothing():
		return f.AnswerText("Nothing to change.\n")
	case e.dryRun:
		return f.AnswerText(planned.Diff(path))
	}
	ctx, stop := proc.UntilSignal(ctx)
	defer stop()
	done, err := dockerconfig.Update(ctx, path, c)
	switch {
	case err != nil:
		return err
	case done.IsNothing(): // another process was faster
		return f.AnswerText("Nothing to change.\n")
	}
	said := "entralogin is the helper of " + strings.Join(done.Set, ", ")
	if len(c.Unset) > 0 {
		said = "entralogin is no longer the helper of " + strings.Join(done.Lost, ", ")
	}
	return f.AnswerSentences("Changed " + text.Short(path, 300) + ": " + said + ".\n")
}
