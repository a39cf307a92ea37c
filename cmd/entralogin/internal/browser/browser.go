// Package browser opens pages for the person who sits at this machine, and runs other programs of the desktop. What
// they write reaches nobody: standard output is the answer's alone.
package browser

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

// Opener opens pages. Making one runs and reads nothing.
type Opener struct {
	Env func(string) string

	// Command is the person's own choice: a program with its arguments, in which %s stands for the address. Then it alone
	// is tried. "none" opens nothing, and "" leaves the choice to BROWSER and the system.
	Command string

	// Environ is the environment of what is run, nil for that of this process.
	Environ []string

	// Untrusted says that whoever set the environment is not the person: it chooses nothing. What remains are the
	// programs that a system has in one place, and opens pages with as its own settings say.
	Untrusted bool

	// Refused is why nothing may be run, nil if something may: Open ends with it.
	Refused error

	Root fs.FS // the files of this machine, from "/"; nil for the real ones. Stubbable for testing.
}

// none is the word for no browser at all.
const none = "none"

// patience is how long a program may take to fail: a browser that is new stays, and one that was there already ends
// at once.
const patience = 2 * time.Second

// Here says why no page can be opened here for the person to see, "" if one can.
func (o Opener) Here() string {
	all, otherwise := o.candidates()
	var why []string
	for _, c := range all {
		err := c.missing()
		if err == nil {
			return ""
		}
		why = append(why, err.Error())
	}
	return join(why, otherwise)
}

// Elsewhere reports whether the person's browser runs on another machine than this one, as far as one can tell here.
func (o Opener) Elsewhere() bool { return o.distant() != "" && o.Here() != "" }

// NoneError says that there is no program to open a page with.
type NoneError struct{ Why string }

func (e *NoneError) Error() string { return e.Why }

// Open opens a page, with the first program that does not fail within its first moment. An error names all that were
// tried, or is a *NoneError.
func (o Opener) Open(ctx context.Context, page string) error {
	switch {
	case o.Refused != nil:
		return o.Refused
	case o.Untrusted && systemEnvironment() == nil:
		return errors.New("a kubeconfig may have set what chooses the browser: the environment that its caller started with can't be seen here")
	case !isPlain(page):
		return errors.New("it is no address that a browser is given")
	}
	all, otherwise := o.candidates()
	if len(all) == 0 {
		return &NoneError{otherwise}
	}
	var why []string
	for _, c := range all {
		err := c.open(ctx, page)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		why = append(why, err.Error())
	}
	return errors.New(join(why, otherwise))
}

func join(why []string, more string) string {
	if more != "" {
		why = append(why, more)
	}
	return strings.Join(why, ", ")
}

// isPlain reports whether a page is an address of the web, with nothing in it that a program could take for more.
func isPlain(page string) bool {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return false
	}
	return !strings.ContainsFunc(page, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"'`<>\\^{|}$;()", r) })
}

// candidates are the programs to try, the best one first, and why the system's own are not among them.
func (o Opener) candidates() (all []candidate, otherwise string) {
	switch list := strings.TrimSpace(o.Env("BROWSER")); {
	case o.Untrusted:
	case o.Command == none:
		return nil, "the setting browser is none"
	case o.Command != "":
		return []candidate{o.parse(o.Command)}, ""
	case list == none:
		return nil, "BROWSER is none"
	default: // https://man7.org/linux/man-pages/man1/xdg-open.1.html and http://www.catb.org/~esr/BROWSER/
		for _, command := range filepath.SplitList(list) {
			if strings.TrimSpace(command) != "" {
				all = append(all, o.parse(command))
			}
		}
	}
	if why := o.distant(); why != "" {
		return all, why
	}
	return append(all, o.systems()...), ""
}

// distant says why the system's own programs don't reach the person, "" if they do.
func (o Opener) distant() string {
	switch {
	case o.Env("SSH_CONNECTION") != "" || o.Env("SSH_TTY") != "":
		return "this is another machine, reached by ssh"
	case runtime.GOOS == "windows", runtime.GOOS == "darwin":
		return ""
	case o.InContainer():
		return "this is a container"
	case o.inWSL(), o.Env("WAYLAND_DISPLAY") != "", o.Env("DISPLAY") != "":
		return ""
	}
	return "there is no desktop here: neither WAYLAND_DISPLAY nor DISPLAY is set"
}

// InContainer reports whether this is a container, whose localhost is another one than its host's.
func (o Opener) InContainer() bool { return o.has(".dockerenv") || o.has("run/.containerenv") }

func (o Opener) root() fs.FS {
	if o.Root != nil {
		return o.Root
	}
	return os.DirFS("/")
}

func (o Opener) has(file string) bool {
	_, err := fs.Stat(o.root(), file)
	return err == nil
}

// candidate is a program that may open a page.
type candidate struct {
	name  string
	args  []string // %s stands for the address
	env   []string // nil for that of this process
	more  []string // variables besides, in which %s stands for the address
	unfit string   // why it is not run
}

// missing says why the program can't be run.
func (c candidate) missing() error {
	if c.unfit != "" {
		return errors.New(text.Short(c.name, 80) + " " + c.unfit)
	}
	_, err := Program{Name: c.name}.find()
	return err
}

func (c candidate) open(ctx context.Context, page string) error {
	if c.unfit != "" {
		return c.missing()
	}
	filled := func(texts []string) []string {
		var all []string
		for _, t := range texts {
			all = append(all, strings.ReplaceAll(t, "%s", page))
		}
		return all
	}
	p := Program{Name: c.name, Args: filled(c.args), Env: c.env, Stays: true}
	if c.more != nil {
		p.Env = slices.Concat(c.env, filled(c.more))
	}
	return p.Run(ctx, "", patience)
}
