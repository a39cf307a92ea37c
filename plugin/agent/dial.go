package agent

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

const (
	// busy is between two tries at a socket on which more wait than its listener has room for: N processes begin at once.
	busy = 10 * time.Millisecond
	// newborn is how long a socket that refuses is left alone: sshd makes it first, and listens then.
	newborn = time.Minute
)

// Dial connects to an agent, and makes sure that it is one of the user uid. Whatever stands in the way of that is said in words
// for -v. A dead socket that ssh left behind is removed.
func Dial(ctx context.Context, p Place, uid int) (net.Conn, error) {
	if err := p.check(uid); err != nil {
		return nil, err
	}
	conn, err := p.connect(ctx)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, errors.New("nobody listens there" + p.remove())
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, errors.New(text.Short(err.Error(), 200))
	}
	if err := checkPeer(conn, uid); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// Answers reports whether an agent of the user uid serves at a place. It is asked for nothing but a sign of life: that somebody
// listens says too little, since one that is being killed, or is stopped, does.
func (p Place) Answers(ctx context.Context, uid int) bool {
	p.stray = false // who only looks removes nothing
	conn, err := Dial(ctx, p, uid)
	if err != nil {
		return false
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	conn.SetDeadline(time.Now().Add(hello))
	a := newAttempt(p, conn, false)
	if a.send(nil) != nil {
		return false
	}
	_, err = a.in.Peek(1)
	return err == nil
}

// connect waits for a listener that is busy, up to hello.
func (p Place) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, hello)
	defer cancel()
	network, address := "unix", p.Path
	if p.Address != "" {
		network, address = "tcp", p.Address
	}
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if !errors.Is(err, syscall.EAGAIN) {
			return conn, err
		}
		select {
		case <-time.After(busy):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// remove removes a dead socket that ssh left behind, and says so. On other systems than Linux a listener refuses for a moment, too,
// where many wait.
func (p Place) remove() string {
	if !p.stray || runtime.GOOS != "linux" {
		return ""
	}
	info, err := os.Lstat(p.Path)
	if err != nil || time.Since(info.ModTime()) < newborn || os.Remove(p.Path) != nil {
		return ""
	}
	return ": it was left behind, and is removed"
}
