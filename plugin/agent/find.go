package agent

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// The variables that name an agent. Servers of SSH take LC_* from a client where they take no other name. Off is the value
// with which none is looked for.
const (
	Variable      = "ENTRALOGIN_AGENT"
	VariableLC    = "LC_ENTRALOGIN_AGENT"
	KeyVariable   = "ENTRALOGIN_AGENT_KEY"
	KeyVariableLC = "LC_ENTRALOGIN_AGENT_KEY"
	Off           = "none"
)

// Place is where an agent may listen.
type Place struct {
	Path    string       // of a unix socket; "" with Address
	Address string       // of a port of this machine, "127.0.0.1:40123"
	Key     cache.Secret // that the agent at Address wants to see
	Origin  string       // why it is looked at: a variable, or which of the usual places it is
	Own     bool         // it is that of the agent of this machine, and not a forwarded one

	stray bool // it may be removed when it is dead
	usual bool // nothing has named it
}

// String names the place to a person.
func (p Place) String() string {
	where := p.Path
	if where == "" {
		where = "http://" + p.Address
	}
	return fmt.Sprintf("%s (%s)", text.Short(where, 200), p.Origin)
}

// OwnPlace is that of the agent of this machine.
func OwnPlace(getenv func(string) string, uid int) Place {
	return Place{Path: filepath.Join(Folder(getenv, uid), Main), Origin: "the agent of this machine", Own: true, usual: true}
}

// owns are the places of the agent of this machine: where no variable says so, it may have been started where one did.
func owns(getenv func(string) string, uid int) []Place {
	own := []Place{OwnPlace(getenv, uid)}
	if runtime.GOOS == "linux" && getenv(runtimeDir) == "" {
		usual := func(string) string { return "/run/user/" + strconv.Itoa(uid) } // of systemd's pam_systemd(8)
		own = append(own, OwnPlace(usual, uid))
	}
	return own
}

// Find goes through the places where an agent may be, the one to ask first first: what the variables name, the agent of this
// machine, and what ssh forwards, the newest first. An error stands for a place that can't be one, or says that none is to be
// looked for. Nothing is opened. uid is the effective user.
func Find(getenv func(string) string, uid int) iter.Seq2[Place, error] {
	return find(getenv, uid, tmp)
}

// FindOwn is Find for the agent of this machine alone, which has the keys of what is stored here.
func FindOwn(getenv func(string) string, uid int) iter.Seq2[Place, error] {
	return func(yield func(Place, error) bool) {
		for _, name := range []string{Variable, VariableLC} {
			if getenv(name) == Off {
				yield(Place{}, fmt.Errorf("%s=%s: none is looked for", name, Off))
				return
			}
		}
		for _, p := range owns(getenv, uid) {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// find is Find with the folder of the sockets that ssh forwards.
func find(getenv func(string) string, uid int, folder string) iter.Seq2[Place, error] {
	return func(yield func(Place, error) bool) {
		own, seen := owns(getenv, uid), map[string]bool{}
		isOwn := func(path string) bool { return slices.ContainsFunc(own, func(p Place) bool { return p.Path == path }) }
		for _, names := range [][2]string{{Variable, KeyVariable}, {VariableLC, KeyVariableLC}} {
			value := getenv(names[0])
			if value == Off {
				yield(Place{}, fmt.Errorf("%s=%s: none is looked for", names[0], Off))
				return
			}
			if value == "" || seen[value] {
				continue
			}
			seen[value] = true
			p, err := named(value, names[0], cache.NewSecret(getenv(names[1])))
			p.Own = isOwn(p.Path)
			p.stray = filepath.Dir(p.Path) == folder && isForwarded(filepath.Base(p.Path))
			if !yield(p, err) {
				return
			}
		}
		for _, p := range own {
			if !seen[p.Path] && !yield(p, nil) {
				return
			}
		}
		for _, p := range strays(folder, uid) {
			if !seen[p.Path] && !yield(p, nil) {
				return
			}
		}
	}
}

// named is the place that a variable names.
func named(value, origin string, key cache.Secret) (Place, error) {
	if filepath.IsAbs(value) {
		return Place{Path: filepath.Clean(value), Origin: origin}, nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return Place{}, fmt.Errorf("%s is %q: neither an absolute path of a socket nor http://127.0.0.1:PORT", origin, text.Redact(value, 120))
	}
	address, err := netip.ParseAddrPort(u.Host)
	switch {
	case err != nil || !address.Addr().IsLoopback() || address.Port() == 0:
		return Place{}, fmt.Errorf("%s is %q, which is no address of this machine: http://127.0.0.1:PORT", origin, text.Redact(value, 120))
	case key.IsZero():
		return Place{}, fmt.Errorf("%s is an address, and %s_KEY is not set: whoever reaches a port has to show a key", origin, origin)
	}
	return Place{Address: u.Host, Key: key, Origin: origin}, nil
}

// isForwarded reports whether a socket has the name of one that ssh forwards.
func isForwarded(name string) bool {
	match, _ := filepath.Match(forwarded, name)
	return match
}

// mostStrays bounds how many of them are tried.
const mostStrays = 128

// strays are the sockets of a user in the folder where ssh puts those that it forwards, the newest first. Those of others are
// not looked at any further.
func strays(folder string, uid int) []Place {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	type socket struct {
		path string
		made time.Time
	}
	var ours []socket
	for _, entry := range entries {
		if !isForwarded(entry.Name()) || entry.Type() != fs.ModeSocket {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue
		}
		if owner, known := ownerOf(info); known && owner == uid {
			ours = append(ours, socket{filepath.Join(folder, entry.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(ours, func(a, b socket) int { return cmp.Or(b.made.Compare(a.made), cmp.Compare(a.path, b.path)) })
	var places []Place
	for _, s := range ours[:min(len(ours), mostStrays)] {
		places = append(places, Place{Path: s.path, Origin: "forwarded by ssh", stray: true})
	}
	return places
}

// check says why nothing is to be sent to a socket, nil if it is a user's own and closed to all others.
func (p Place) check(uid int) error {
	if p.Address != "" {
		return nil
	}
	if len(p.Path) > LongestPath {
		return fmt.Errorf("its path has %d bytes, and a socket's has %d at most", len(p.Path), LongestPath)
	}
	info, err := os.Lstat(p.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return errNothing
	}
	if err != nil {
		return errors.New(text.Short(err.Error(), 200))
	}
	if why := unfit(info, fs.ModeSocket, uid); why != "" {
		return errors.New("it " + why)
	}
	folder, err := os.Lstat(filepath.Dir(p.Path))
	if err != nil {
		return errors.New(text.Short(err.Error(), 200))
	}
	if folder.Mode().Perm()&0o022 != 0 && folder.Mode()&fs.ModeSticky == 0 {
		return errors.New("others may put another socket in its place: its folder is open to them, and has no sticky bit")
	}
	return nil
}

// errNothing says that there is no such socket.
var errNothing = errors.New("there is none")

// checkPeer wants whoever listens to be the user, or root.
func checkPeer(conn net.Conn, uid int) error {
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return nil // of a loopback port, which has a key
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return errors.New("it can't be asked who listens there")
	}
	var owner int
	var failed error
	if err := raw.Control(func(fd uintptr) { owner, failed = peer(int(fd)) }); err != nil || failed != nil {
		return errors.New("it can't be asked who listens there")
	}
	if owner != uid && owner != 0 {
		return fmt.Errorf("the user %d listens there, and not you", owner)
	}
	return nil
}
