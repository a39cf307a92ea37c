package sshcmd

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
)

// forwardPort runs ssh with a port of the host's loopback forwarded to one of this process, which passes on to the agent
// what shows the key. Anybody on either machine reaches a port: the key is what keeps them out.
func forwardPort(ctx context.Context, ssh string, args []string, socket string) error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	key, port := newKey(), remotePort()
	go (&relay{key: key, socket: socket}).serve(l)
	place := fmt.Sprintf("127.0.0.1:%d", port)
	return attend(ctx, ssh, forwarding(place+":"+l.Addr().String(), args), environment(variables("http://"+place, key.Reveal())))
}

// newKey makes one of 256 bits.
func newKey() cache.Secret {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return cache.NewSecret(hex.EncodeToString(key))
}

// remotePort is one of the host's that no system gives out by itself. Which one a server gives out (port 0) it says to
// nobody but the person.
func remotePort() int64 {
	const lowest, count = 10_000, 22_000
	n, err := rand.Int(rand.Reader, big.NewInt(count))
	if err != nil {
		return lowest
	}
	return lowest + n.Int64()
}

// relay passes on to the agent the connections that show the key.
type relay struct {
	key    cache.Secret
	socket string
}

func (r *relay) serve(l net.Listener) {
	room := make(chan struct{}, 64) // for strangers, who can hold a connection for as long as an agent is patient
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		room <- struct{}{}
		go func() {
			defer func() { conn.Close(); <-room }()
			r.pass(conn)
		}()
	}
}

// pass looks at the head of the first request alone: who has shown the key may say anything in that connection.
func (r *relay) pass(conn net.Conn) {
	const mostHead = 8 << 10
	conn.SetDeadline(time.Now().Add(agent.Patience))
	var head bytes.Buffer
	req, err := http.ReadRequest(bufio.NewReader(io.TeeReader(io.LimitReader(conn, mostHead), &head)))
	if err != nil {
		return
	}
	if !r.knows(req.Header.Get("Authorization")) {
		fmt.Fprintf(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		return
	}
	socket, err := net.DialTimeout("unix", r.socket, agent.Patience)
	if err != nil {
		return
	}
	defer socket.Close()
	conn.SetDeadline(time.Now().Add(agent.Patience + agent.Attended))
	go func() {
		io.Copy(socket, io.MultiReader(&head, conn))
		if half, ok := socket.(*net.UnixConn); ok {
			half.CloseWrite()
		}
	}()
	io.Copy(conn, socket)
}

// knows compares what a caller shows with the key, in a time that tells nothing of it.
func (r *relay) knows(shown string) bool {
	return subtle.ConstantTimeCompare([]byte(shown), []byte("Bearer "+r.key.Reveal())) == 1
}
