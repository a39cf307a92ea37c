package term

import (
	"io"
	"strings"
	"sync"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

// countdown says on one line of a terminal how much time is left. It is drawn anew when its words change: once
// a minute and, in the last 90 seconds, once a second. It needs no escape sequences: a carriage return goes
// back to the beginning of the line, and spaces take away what stood there.
type countdown struct {
	out     io.Writer
	left    func() time.Duration
	columns func() int
	mine    func() bool   // this process may write on the terminal now, and has it for itself
	over    func() string // the prompt as it goes over what another program draws; "" where none does
	stop    func()        // ends it for good

	mu      sync.Mutex
	drawn   string
	covered bool // something of another program's screen
}

// start draws until the returned function is called. Then the line is empty.
func (c *countdown) start() (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			c.draw()
			select {
			case <-tick.C:
			case <-end:
				return
			}
		}
	}()
	return func() {
		close(end)
		<-ended
		c.aside(func() {})
		if c.covered {
			askToRedraw()
		}
	}
}

// words are what fits into one line; the last column stays free, since a terminal may go on to the next line
// when it is filled.
func (c *countdown) words() string {
	left := text.Span(c.left()) + " left"
	for _, words := range []string{Prefix + "waiting for the sign-in, " + left, Prefix + left, left} {
		if len(words) < c.columns() {
			return words
		}
	}
	return ""
}

func (c *countdown) draw() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if prompt := c.over(); prompt != "" {
		io.WriteString(c.out, prompt)
		c.drawn, c.covered = "", true
		return
	}
	if !c.mine() {
		c.drawn = ""
		return
	}
	if text := c.words(); text != c.drawn {
		c.wipe()
		io.WriteString(c.out, text)
		c.drawn = text
	}
}

// wipe empties the line, with a few columns more for what a key pressed has left there ("^C").
func (c *countdown) wipe() {
	const echo = 2
	if c.drawn == "" {
		return
	}
	io.WriteString(c.out, "\r"+strings.Repeat(" ", min(len(c.drawn)+echo, max(c.columns()-1, 0)))+"\r")
	c.drawn = ""
}

// aside does something else on the terminal, from the beginning of an empty line.
func (c *countdown) aside(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mine() {
		c.wipe()
	}
	do()
}
