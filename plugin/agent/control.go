package agent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Control tells the running agent of this machine what to do. No other agent is told, whatever a variable names.
type Control struct {
	Getenv func(string) string
	UID    int // the effective user
}

// NoneError says that no agent of the user answers on this machine.
type NoneError struct {
	Path string // of the socket
	Why  string // in clean words; "" where there is no socket
}

func (e *NoneError) Error() string {
	said := "no agent of yours answers at " + text.Short(e.Path, 200)
	if e.Why != "" {
		said += " (" + e.Why + ")"
	}
	return said
}

// Answering is an agent that was told something.
type Answering struct {
	Path string // of its socket
	body []byte // of its answer
}

// Lock has the agent give out nothing, until Unlock. Errors: *NoneError, *CallError.
func (c Control) Lock(ctx context.Context) (Answering, error) {
	return c.tell(ctx, http.MethodPost, LockPath)
}

// Unlock ends Lock. Errors: as Lock.
func (c Control) Unlock(ctx context.Context) (Answering, error) {
	return c.tell(ctx, http.MethodPost, UnlockPath)
}

// Stop has the agent end. It may do so a moment later. Errors: as Lock.
func (c Control) Stop(ctx context.Context) (Answering, error) {
	return c.tell(ctx, http.MethodPost, StopPath)
}

// Log is what the agent has given out, and to whom, the oldest line first. Errors: as Lock.
func (c Control) Log(ctx context.Context) ([]Entry, error) {
	said, err := c.tell(ctx, http.MethodGet, LogPath)
	if err != nil {
		return nil, err
	}
	all := []Entry{}
	if json.Unmarshal(said.body, &all) != nil || len(all) > MostEntries {
		return nil, said.senseless()
	}
	return all, nil
}

// Status is what the agent says of itself. Errors: as Lock.
func (c Control) Status(ctx context.Context) (Status, Answering, error) {
	said, err := c.tell(ctx, http.MethodGet, StatusPath)
	if err != nil {
		return Status{}, said, err
	}
	var s Status
	if json.Unmarshal(said.body, &s) != nil {
		return Status{}, said, said.senseless()
	}
	return s, said, nil
}

// tell makes one request of the first agent that is there.
func (c Control) tell(ctx context.Context, method, path string) (Answering, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var none *NoneError
	for _, p := range owns(c.Getenv, c.UID) {
		conn, err := Dial(ctx, p, c.UID)
		if err == nil {
			return order(ctx, conn, Answering{Path: p.Path}, method, path)
		}
		if none == nil {
			none = &NoneError{Path: p.Path}
		}
		if !errors.Is(err, errNothing) && none.Why == "" {
			none = &NoneError{p.Path, err.Error()}
		}
	}
	return Answering{}, none
}

// order makes one request of an agent that was reached.
func order(ctx context.Context, conn net.Conn, a Answering, method, path string) (Answering, error) {
	defer conn.Close()
	most := int64(MostBytes)
	if path == LogPath {
		const mostOfEntry = 4 << 10 // with every character escaped
		most = MostEntries * mostOfEntry
	}
	status, body, err := exchange(ctx, conn, method, path, nil, most)
	a.body = body
	var n Note
	switch {
	case err != nil:
		return a, &NoneError{a.Path, "it was reached, and did not answer"}
	case status == http.StatusOK, status == http.StatusNoContent:
		return a, nil
	case json.Unmarshal(body, &n) != nil || n.Error == nil:
		return a, a.senseless()
	}
	return a, &CallError{Place: text.Short(a.Path, 200), Code: n.Error.Code, What: cmp.Or(text.Redact(n.Error.Message, 300), "it gives no reason"), Kind: known(n.Error.Class)}
}

// senseless is the error of an answer that makes no sense.
func (a Answering) senseless() error {
	return &CallError{Place: text.Short(a.Path, 200), What: "what it answered is no answer of an agent", Kind: failure.Answer,
		Advice: []string{"Whoever listens there may be no agent, or one of another version."}}
}

// exchange makes one request of an agent, and reads its answer, of most bytes at the most. It closes the connection.
func exchange(ctx context.Context, conn net.Conn, method, path string, body []byte, most int64) (status int, answer []byte, err error) {
	defer conn.Close()
	dial := func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, method, "http://agent"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err == nil && int64(len(answer)) > most {
		err = fmt.Errorf("the answer has more than %d bytes", most)
	}
	return resp.StatusCode, answer, err
}
